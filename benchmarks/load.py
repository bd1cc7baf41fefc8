#!/usr/bin/env python3
"""Load on a server of this machine: many clients at once, with text, pictures, sounds, streams that are left, and bodies that are wrong.

    gemmasharp serve --port 8080 &
    python3 benchmarks/load.py --clients 100 --seconds 60

Fails when an answer is an error that is not the client's, or when memory grows past the bound. Needs nothing beside Python.
"""
import argparse, asyncio, base64, json, pathlib, random, time

SAMPLES = pathlib.Path(__file__).parent.parent / "models" / "pocket" / "samples"


def chat(content, **more):
    return json.dumps({"messages": [{"role": "user", "content": content}], "max_tokens": 40, **more}).encode()


def media(kind, name, text):
    data = base64.b64encode((SAMPLES / name).read_bytes()).decode()
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}} if kind == "image" else {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    return chat([part, {"type": "text", "text": text}])


async def request(host, port, body, leave=False, path="/v1/chat/completions"):
    """Status of an answer that was read to its end; None where the client left."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body or b'')}\r\n\r\n"
        writer.write(head.encode() + (body or b""))
        await writer.drain()
        if leave:
            await reader.read(200)
            return None, b""
        answer = await reader.read()
        return int(answer.split(b" ", 2)[1]), answer
    finally:
        writer.close()


async def client(args, number, end, counts, wrong):
    rng = random.Random(number)
    kinds = {
        "text": lambda: (chat(rng.choice(["Count from 2 to 7.", "Good morning!", "What can you do?"])), {200, 429}),
        "stream": lambda: (chat("Name four colors as JSON.", stream=True), {200, 429}),
        "image": lambda: (media("image", f"scene-{rng.randrange(8)}.png", "Describe the image."), {200, 429}),
        "audio": lambda: (media("audio", f"speech-{rng.randrange(8)}.wav", "Transcribe the audio."), {200, 429}),
        "leave": lambda: (chat("Count from 6 to 11.", stream=True), {None}),
        "malformed": lambda: (rng.choice([b"{", b"[]", b'{"messages": 1}', chat("x", nonsense=1), chat([{"type": "image_url", "image_url": "data:image/png;base64,AAAA"}])]), {400, 429}),
    }
    while time.monotonic() < end:
        kind = rng.choice(list(kinds))
        body, expected = kinds[kind]()
        try:
            status, answer = await request(args.host, args.port, body, leave=kind == "leave")
        except (ConnectionError, IndexError, ValueError) as error:
            status, answer = "broken", repr(error).encode()
        counts[kind, status] = counts.get((kind, status), 0) + 1
        if status not in expected:
            wrong.append((kind, status, answer[-300:]))
        if status == 429:
            await asyncio.sleep(0.2)


async def memory(args):
    _, answer = await request(args.host, args.port, None, path="/metrics")
    return int(next(line for line in answer.decode().split("\n") if line.startswith("gemmasharp_memory_bytes ")).split()[1])


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--growth", type=int, default=256, help="MB that memory may grow in the second half")
    args = parser.parse_args()
    counts, wrong = {}, []
    end = time.monotonic() + args.seconds
    clients = [asyncio.create_task(client(args, number, end, counts, wrong)) for number in range(args.clients)]
    await asyncio.sleep(args.seconds / 2)
    half = await memory(args)
    await asyncio.gather(*clients)
    full = await memory(args)
    for (kind, status), count in sorted(counts.items(), key=str):
        print(f"{kind} {status}: {count}")
    print(f"memory: {half >> 20} MB at half time, {full >> 20} MB at the end")
    for one in wrong[:10]:
        print("wrong:", one)
    return bool(wrong) or full - half > args.growth << 20


raise SystemExit(asyncio.run(main()))
