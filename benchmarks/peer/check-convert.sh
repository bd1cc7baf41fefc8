#!/usr/bin/env bash
# Converts a Hugging Face folder to every output type, loads each file in llama.cpp and compares its logits with GemmaSharp's.
# check-convert.sh DIR [FOLDER]: DIR is where build.sh builds; needs npm, gcc and python3. Fails where a clear argmax differs.
set -eu
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
dir=${1:?folder to build in}; folder=${2:-$root/tests/GemmaSharp.Tests/Fixtures/Gguf/conv-hf}
[ -x "$dir/peer" ] || "$here/build.sh" "$dir"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
ids=2,363,247,269,346,230,302,323,101,40,129,123,337,352,21,201,318,67,310,63,190,317,130,144
echo "$ids" > "$work/ids"
for type in f32 f16 bf16 q8_0; do
    "$root/gemmasharp" convert "$folder" -o "$work/$type.gguf" --outtype "$type" 2>/dev/null
    "$dir/peer" logits "$work/$type.gguf" -t 1 -fa 0 -kv 0 -x 0 -ids "$work/ids" -o "$work/peer.bin" 2>/dev/null
    "$root/gemmasharp" logits -m "$work/$type.gguf" --ids "$ids" -o "$work/own.safetensors"
    python3 - "$type" "$work/peer.bin" "$work/own.safetensors" <<'PY'
import array, json, math, sys
name, peer_path, own_path = sys.argv[1:]
peer = array.array("f", open(peer_path, "rb").read())
data = open(own_path, "rb").read()
length = int.from_bytes(data[:8], "little")
entry = json.loads(data[8:8 + length])["logits"]
start, end = entry["data_offsets"]
own = array.array("f", data[8 + length + start:8 + length + end])
rows, width = entry["shape"]
assert len(peer) == len(own), f"{len(peer)} logits from llama.cpp, {len(own)} from GemmaSharp"
square, same, clear_wrong = 0.0, 0, 0
for row in range(rows):
    a, b = peer[row * width:(row + 1) * width], own[row * width:(row + 1) * width]
    square += sum((x - y) ** 2 for x, y in zip(a, b))
    first, second = sorted(a, reverse=True)[:2]
    agrees = max(range(width), key=a.__getitem__) == max(range(width), key=b.__getitem__)
    same += agrees
    clear_wrong += not agrees and first - second > 0.2
print(f"{name}: RMSE {math.sqrt(square / len(own)):.5f}, argmax {same} of {rows}, clear ones that differ {clear_wrong}")
sys.exit(clear_wrong > 0)
PY
done
