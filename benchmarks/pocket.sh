#!/usr/bin/env bash
# Measures the pocket model and writes results/pocket/<processor>.md; needs nothing but the .NET SDK.
# usage: benchmarks/pocket.sh [starts of the README's command, 10 by default]
set -eu
cd "$(dirname "$0")/.."
starts="${1:-10}"
export DOTNET_NOLOGO=1
dotnet build src/GemmaSharp.Cli -c Release -v q >&2
dotnet build benchmarks/GemmaSharp.Benchmarks -c Release -v q >&2
bench="artifacts/bin/GemmaSharp.Benchmarks/release/GemmaSharp.Benchmarks.dll"
. benchmarks/processor.sh
into="benchmarks/results/pocket/$name.md"

# Seconds from the start of the program to the first byte of its answer.
first_token() {
    local began ended
    began="$(date +%s%N)"
    ./gemmasharp run --image models/pocket/samples/scene-0.png --audio models/pocket/samples/speech-0.wav -p "Transcribe the audio." 2>/dev/null | head -c 1 >/dev/null
    ended="$(date +%s%N)"
    echo "$(( (ended - began) / 1000000 ))"
}

{
    echo "# $title"
    echo
    echo "$(dotnet --version), load $(cut -d' ' -f1-3 /proc/loadavg) at the start"
    echo
    for threads in $(seq 1 "$(( $(nproc) > 1 ? $(nproc) - 1 : 1 ))" "$(nproc)"); do
        echo "## $threads thread$([ "$threads" = 1 ] || echo s)"
        echo
        dotnet "$bench" pocket "$threads"
        echo
    done
    echo "## Start to first token of the README's command, a process each"
    echo
    times="$(for _ in $(seq "$starts"); do first_token; done | sort -n)"
    echo "best $(echo "$times" | head -1) ms, median $(echo "$times" | sed -n "$(( (starts + 1) / 2 ))p") ms of $starts"
    echo
    echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
} | tee "$into.part"
mv "$into.part" "$into"
echo "written: $into" >&2
