#!/usr/bin/env bash
# The test command: sets itself up, runs every test, then those of the engine again with narrower vectors and those of kernels and decoder with none.
set -eu
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if ! command -v ffmpeg >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends ffmpeg; } >/dev/null 2>&1 || true
    fi
    command -v ffmpeg >/dev/null || echo "left out: tests that decode with ffmpeg (the program is not installed)" >&2
fi
tests/fetch-tokenizer.sh
tests/fetch-openai-client.sh
dotnet build GemmaSharp.slnx -c Release -v q
[ -n "${GEMMASHARP_FULLSIZE:-}" ] || echo "left out: both towers at the released size (3 GB, minutes; GEMMASHARP_FULLSIZE=1 runs them)"
dotnet test tests/GemmaSharp.Tests -c Release --no-build -v q --logger "console;verbosity=minimal"
echo "again, the engine (kernels, model, library) with AVX2 alone:"
DOTNET_EnableAVX512=0 DOTNET_EnableAVXVNNI=0 dotnet test tests/GemmaSharp.Tests -c Release --no-build -v q --logger "console;verbosity=minimal" --filter "FullyQualifiedName~Tests.Kernels|FullyQualifiedName~Tests.Model|FullyQualifiedName~Tests.Library"
echo "again, kernels and decoder without vector instructions:"
DOTNET_EnableHWIntrinsic=0 dotnet test tests/GemmaSharp.Tests -c Release --no-build -v q --logger "console;verbosity=minimal" --filter "FullyQualifiedName~Tests.Kernels|FullyQualifiedName~TextModelTests"
