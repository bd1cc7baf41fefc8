#!/usr/bin/env bash
# Measures what drafts give and writes results/drafts/<processor>.md; needs the .NET SDK and two files of real shape:
#   gemmasharp synth --preset e2b --type q4_0 -o e2b-q4_0.gguf; gemmasharp synth --preset e4b --type q4_0 -o e4b-q4_0.gguf
# usage: benchmarks/drafts.sh E2B.gguf E4B.gguf
# ALONE may name a command that runs another while nothing else runs.
set -eu
cd "$(dirname "$0")/.."
e2b="$1" e4b="$2"
export DOTNET_NOLOGO=1
dotnet build benchmarks/GemmaSharp.Benchmarks -c Release -v q >&2
. benchmarks/processor.sh
into="benchmarks/results/drafts/$name.md"
mkdir -p "$(dirname "$into")"

measure() {
    echo
    echo "\`drafts $(basename "$1")$(printf ' %q' "${@:2}")\`"
    echo
    ${ALONE:-} dotnet artifacts/bin/GemmaSharp.Benchmarks/release/GemmaSharp.Benchmarks.dll drafts "$@"
}

{
    echo "# $title"
    echo
    echo "$(dotnet --version), load $(cut -d' ' -f1-3 /proc/loadavg) at the start; medians of the rounds, answers with and without drafts in turn"
    measure "$e2b" --tokens 120 --rounds 3
    measure "$e2b" --tokens 40 --rounds 3 --clients 4
    for work in "one token" "by itself"; do
        measure "$e4b" --tokens 48 --rounds 2 --work "$work" --slice "Config for official E2B Model" --slice "Config for E2.98B (block-level)"
    done
    measure models/pocket --rounds 15 --slice "Config for mixed width" --slice "Config for half width" --slice "Config for small model"
    echo
    echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
} | tee "$into.part"
mv "$into.part" "$into"
echo "written: $into" >&2
