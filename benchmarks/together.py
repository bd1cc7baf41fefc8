#!/usr/bin/env python3
"""Clients at the same time on a server of this machine: tokens/s of one and of several, the first token of a short prompt beside a long one, and an answer
beside a picture that is encoded (--picture FILE).

    gemmasharp serve --port 8080 --max-concurrent 16 &
    python3 benchmarks/together.py --clients 8

Prompts are token ids, the end of a turn is biased away, so that any model makes answers of the same length. Needs nothing beside Python.
"""
import argparse, asyncio, base64, json, random, statistics, time


def body(rng, prompt, tokens):
    ids = [rng.randrange(1000, 200000) for _ in range(prompt)]
    return {"prompt": ids, "max_tokens": tokens, "stream": True, "temperature": 0.7, "seed": rng.randrange(1 << 30), "logit_bias": {"1": -100, "106": -100}}


async def ask(args, content, path="/v1/completions"):
    """Seconds to the first token, and of all tokens as they came."""
    reader, writer = await asyncio.open_connection(args.host, args.port)
    data = json.dumps(content).encode()
    started, times = time.monotonic(), []
    writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    await writer.drain()
    status = int((await reader.readline()).split()[1])
    if status != 200:
        raise SystemExit(f"{status}: {(await reader.read()).decode(errors='replace')[-500:]}")
    while line := await reader.readline():
        if line.startswith(b"data: {"):
            times.append(time.monotonic() - started)
    writer.close()
    return times


async def rate(args, clients, rng):
    started = time.monotonic()
    await asyncio.gather(*(ask(args, body(rng, args.prompt, args.tokens)) for _ in range(clients)))
    return clients * args.tokens / (time.monotonic() - started)


async def first_beside_long(args, rng):
    long = asyncio.create_task(ask(args, body(rng, args.long, 4)))
    firsts, between = [], []
    await asyncio.sleep(1)
    while not long.done() and len(firsts) < args.rounds * 4:
        times = await ask(args, body(rng, args.prompt, 8))
        if not long.done():
            firsts.append(times[0])
            between += [b - a for a, b in zip(times, times[1:])]
        await asyncio.sleep(rng.random() * 0.5)
    return firsts, between, (await long)[0]


async def beside_picture(args, rng):
    with open(args.picture, "rb") as file:
        url = "data:image/png;base64," + base64.b64encode(file.read()).decode()
    about = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}], "max_tokens": 1, "stream": True}
    answer = asyncio.create_task(ask(args, body(rng, args.prompt, 400)))
    started = time.monotonic()
    await asyncio.sleep(2)
    begun = time.monotonic() - started
    await ask(args, about, "/v1/chat/completions")
    ended = time.monotonic() - started
    times = await answer
    return ended - begun, [b - a for a, b in zip(times, times[1:]) if begun <= b <= ended]


async def main(args):
    rng = random.Random(7)
    await rate(args, 1, rng)
    one, many = [], []
    for _ in range(args.rounds):
        one.append(await rate(args, 1, rng))
        many.append(await rate(args, args.clients, rng))
    print(f"1 client: {statistics.median(one):.1f} tokens/s; {args.clients} clients: {statistics.median(many):.1f} tokens/s; {statistics.median(many) / statistics.median(one):.2f} times (prompts included)")
    alone = [(await ask(args, body(rng, args.prompt, 8)))[0] for _ in range(2 * args.rounds)]
    long_alone = (await ask(args, body(rng, args.long, 1)))[0]
    beside, between, long_beside = await first_beside_long(args, rng)
    print(f"first token of {args.prompt}: alone {statistics.median(alone):.2f} s; beside a prompt of {args.long}: median {statistics.median(beside):.2f}, most {max(beside):.2f} s of {len(beside)}; {statistics.median(beside) / statistics.median(alone):.2f} times")
    print(f"between tokens beside it: median {statistics.median(between):.3f}, most {max(between):.3f} s; the long prompt: {long_alone:.1f} s alone, {long_beside:.1f} s beside")
    if args.picture:
        took, gaps = await beside_picture(args, rng)
        print(f"a picture beside an answer: first token after {took:.1f} s; between the answer's tokens meanwhile: median {statistics.median(gaps):.3f}, most {max(gaps):.3f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--prompt", type=int, default=32)
    parser.add_argument("--long", type=int, default=4096)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picture")
    asyncio.run(main(parser.parse_args()))
