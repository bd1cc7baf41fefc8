#!/usr/bin/env python3
"""Load on a server of this machine: many clients at once, with text, pictures, sounds, several answers, calls, streams and uploads that are left, and bodies that are wrong.

    gemmasharp serve --port 8080 &
    python3 benchmarks/load.py --clients 100 --seconds 60

Fails when an answer is an error that is not the client's, or when memory grows past the bound in the second half. Needs nothing beside Python;
benchmarks/load.sh does all of it with the pocket model.
"""
import argparse, asyncio, base64, json, pathlib, random, time

SAMPLES = pathlib.Path(__file__).parent.parent / "models" / "pocket" / "samples"
JSON = "application/json"
PAINT = {"type": "function", "function": {"name": "paint", "parameters": {
    "type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"], "additionalProperties": False}}}
WRONG = [b"{", b"[]", b"\xff\xfe", b'{"messages": 1}', b'{"messages": [], "messages": []}', b'{"messages": ' + b"[" * 5000]


def chat(content, **more):
    return json.dumps({"messages": [{"role": "user", "content": content}], "max_tokens": 40, **more}).encode()


def media(kind, name, text):
    data = base64.b64encode((SAMPLES / name).read_bytes()).decode()
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}} if kind == "image" else {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    return chat([part, {"type": "text", "text": text}])


def form(name):
    sound = (SAMPLES / name).read_bytes()
    return b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n' + sound + b"\r\n--x--\r\n"


async def request(args, body, leave=None, path="/v1/chat/completions", kind=JSON):
    """Status of an answer that was read to its end; None where the client left, "answer" while it read or "upload" while it sent."""
    reader, writer = await asyncio.open_connection(args.host, args.port)
    try:
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {len(body or b'')}\r\n\r\n"
        writer.write(head.encode() + (body or b"")[: len(body) // 2 if leave == "upload" else None])
        await writer.drain()
        if leave:
            if leave == "answer":
                await reader.read(200)
            return None, b""
        answer = await reader.read()
        return int(answer.split(b" ", 2)[1]), answer
    finally:
        writer.close()


def kinds(rng):
    done = {200, 429}
    return {
        "text": lambda: (dict(body=chat(rng.choice(["Count from 2 to 7.", "Good morning!", "What can you do?"]))), done),
        "stream": lambda: (dict(body=chat("Name four colors as JSON.", stream=True)), done),
        "three answers": lambda: (dict(body=chat("Good morning!", n=3, temperature=1)), done),
        "call": lambda: (dict(body=chat("Paint it.", tools=[PAINT], tool_choice="required", parallel_tool_calls=False)), done),
        "image": lambda: (dict(body=media("image", f"scene-{rng.randrange(8)}.png", "Describe the image.")), done),
        "audio": lambda: (dict(body=media("audio", f"speech-{rng.randrange(8)}.wav", "Transcribe the audio.")), done),
        "transcription": lambda: (dict(body=form(f"speech-{rng.randrange(8)}.wav"), path="/v1/audio/transcriptions", kind="multipart/form-data; boundary=x"), done),
        "left answer": lambda: (dict(body=chat("Count from 6 to 11.", stream=True), leave="answer"), {None}),
        "left upload": lambda: (dict(body=media("image", "scene-0.png", "Describe the image."), leave="upload"), {None}),
        "malformed": lambda: (dict(body=rng.choice([*WRONG, chat("x", nonsense=1), chat([{"type": "image_url", "image_url": "data:image/png;base64,AAAA"}])])), {400, 429}),
        "wrong path": lambda: (dict(body=b"{}", path=rng.choice(["/v1/nothing", "/v1/chat"])), {404}),
    }


async def client(args, number, end, seen, wrong):
    rng = random.Random(number)
    choices = kinds(rng)
    while time.monotonic() < end:
        kind = rng.choice(list(choices))
        asked, expected = choices[kind]()
        began = time.monotonic()
        try:
            status, answer = await request(args, **asked)
        except (ConnectionError, IndexError, ValueError) as error:
            status, answer = "broken", repr(error).encode()
        seen.setdefault((kind, str(status or "left")), []).append(time.monotonic() - began)
        if status not in expected:
            wrong.append((kind, status, answer[-300:]))
        if status == 429:
            await asyncio.sleep(0.2)


async def metrics(args, *names):
    _, answer = await request(args, None, path="/metrics")
    lines = [line.split() for line in answer.decode().split("\n")]
    return [float(next(line[1] for line in lines if line and line[0] == f"gemmasharp_{name}")) for name in names]


async def watch(args, seen):
    """Memory every tenth of the time, in MB."""
    while True:
        await asyncio.sleep(args.seconds / 10)
        seen.append(int((await metrics(args, "memory_bytes"))[0]) >> 20)


async def settle(args):
    """Nothing runs and nothing waits a moment after the last client."""
    for _ in range(100):
        left = await metrics(args, "requests_running", "requests_waiting")
        if not any(left):
            return True
        await asyncio.sleep(0.1)
    return False


def report(args, seen, memory, tokens, wrong, settled):
    print(f"{args.clients} clients for {args.seconds:.0f} s: {sum(map(len, seen.values()))} requests, {tokens / args.seconds:.0f} tokens of answers a second\n")
    print("| request | answer | number | median, ms | 99 of 100, ms |\n|---|---|---|---|---|")
    for (kind, status), times in sorted(seen.items()):
        times.sort()
        print(f"| {kind} | {status} | {len(times)} | {times[len(times) // 2] * 1e3:.0f} | {times[len(times) * 99 // 100] * 1e3:.0f} |")
    print(f"\nmemory every {args.seconds / 10:.0f} s, MB: {', '.join(map(str, memory))}")
    print(f"errors that are not the client's: {len(wrong)}; afterwards {'nothing runs or waits' if settled else 'requests still run or wait'}")
    for one in wrong[:10]:
        print("wrong:", one)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--growth", type=int, default=256, help="MB that memory may grow in the second half")
    args = parser.parse_args()
    seen, wrong, memory = {}, [], []
    before = (await metrics(args, "completion_tokens_total"))[0]
    end = time.monotonic() + args.seconds
    watching = asyncio.create_task(watch(args, memory))
    await asyncio.gather(*[client(args, number, end, seen, wrong) for number in range(args.clients)])
    watching.cancel()
    settled = await settle(args)
    report(args, seen, memory, (await metrics(args, "completion_tokens_total"))[0] - before, wrong, settled)
    return bool(wrong) or not settled or max(memory[5:]) - memory[4] > args.growth


raise SystemExit(asyncio.run(main()))
