#!/usr/bin/env bash
# Puts load on a server of the pocket model and writes results/load/<processor>.md; needs the .NET SDK and Python.
# usage: benchmarks/load.sh [options of load.py]
set -eu
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1
dotnet build src/GemmaSharp.Cli -c Release -v q >&2
. benchmarks/processor.sh
into="benchmarks/results/load/$name.md"
mkdir -p "$(dirname "$into")"
log="$(mktemp)"
dotnet artifacts/bin/GemmaSharp.Cli/release/GemmaSharp.Cli.dll serve --port 0 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$log"' EXIT
for _ in $(seq 100); do grep -q ': ready' "$log" && break; sleep 0.2; done
port="$(sed -n 's/.*http:\/\/127\.0\.0\.1:\([0-9]*\),.*/\1/p' "$log")"
code=0
{
    echo "# $title"
    echo
    echo "\`benchmarks/load.sh${*:+ $*}\`, pocket model, load $(cut -d' ' -f1-3 /proc/loadavg) at the start"
    echo
    python3 benchmarks/load.py --port "$port" "$@" || code=$?
    grep -v 'no -m given\|listening on\|: ready' "$log" | sed 's/^/    /' || true
} >"$into.part"
mv "$into.part" "$into"
cat "$into"
exit "$code"
