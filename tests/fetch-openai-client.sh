#!/usr/bin/env bash
# Fetches OpenAI's JavaScript client, with which some tests ask the server.
set -u
folder="$(cd "$(dirname "$0")/.." && pwd)/artifacts/openai-node"
[ -f "$folder/node_modules/openai/index.mjs" ] && exit 0
mkdir -p "$folder" && cd "$folder" || exit 0
if ! { command -v node && command -v npm && timeout 300 npm install --silent --no-audit --no-fund --prefix . openai@6.49.0; } >/dev/null 2>&1; then
    rm -rf "$folder"
    echo "left out: the tests with OpenAI's JavaScript client (node, npm or the package is not available here)" >&2
fi
