#!/usr/bin/env bash
# Measures what every type costs and keeps on the pocket model, and prints the table of docs/formats.md; needs nothing but the .NET SDK.
# usage: benchmarks/quants.sh [TYPE...]
set -eu
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1
types="${*:-BF16 F16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K_S Q4_1 Q4_0 IQ4_NL IQ4_XS MXFP4 Q3_K_L Q3_K_M Q3_K_S Q2_K TQ2_0 TQ1_0}"
expected="tests/GemmaSharp.Tests/Fixtures/Pocket/expected.json"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
dotnet build src/GemmaSharp.Cli -c Release -v q -o "$work/cli" >&2
dotnet build benchmarks/Answers.cs -c Release -v q -o "$work/bin" >&2
answers() { dotnet "$work/bin/Answers.dll" "$@"; }
gemmasharp() { dotnet "$work/cli/GemmaSharp.Cli.dll" "$@"; }

gemmasharp convert models/pocket --outtype bf16 -o "$work/pocket.gguf" >&2
gemmasharp convert models/pocket --outtype bf16 --mmproj -o "$work/mmproj-bf16.gguf" >&2
answers text "$expected" > "$work/text.txt"

# The figure of that name out of the plain columns of the perplexity command.
figure() { sed -n "s/^$1  *\([0-9.Ee+-]*\)$/\1/p" "$work/score" | head -1; }

echo "| type | MB | perplexity | KL divergence | same top token | answers right |"
echo "|---|---|---|---|---|---|"
for type in $types; do
    mkdir "$work/$type"
    ln -s "$work/mmproj-bf16.gguf" "$work/$type/mmproj-bf16.gguf"
    gemmasharp quantize "$work/pocket.gguf" "$type" -o "$work/$type/model.gguf" >&2
    gemmasharp perplexity "$work/$type/model.gguf" "$work/text.txt" --kl-base "$work/pocket.gguf" --ctx 256 --parse-special > "$work/score"
    size="$(stat -c %s "$work/$type/model.gguf")"
    printf '| %s | %s | %s ± %s | %s | %s %% | %s |\n' "$type" "$(awk "BEGIN { printf \"%.2f\", $size / 1e6 }")" \
        "$(awk "BEGIN { printf \"%.4f\", $(figure perplexity) }")" "$(awk "BEGIN { printf \"%.4f\", $(figure 'perplexity error') }")" \
        "$(awk "BEGIN { printf \"%.6f\", $(figure 'KL divergence') }")" "$(awk "BEGIN { printf \"%.1f\", 100 * $(figure 'same top token') }")" \
        "$(answers count "$expected" models/pocket/samples "$work/$type/model.gguf")"
    rm -r "${work:?}/$type"
done
