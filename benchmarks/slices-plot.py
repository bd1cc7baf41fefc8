#!/usr/bin/env python3
"""Plots speed and quality of slices against their effective parameters as an SVG.

usage: slices-plot.py ROWS.json > plot.svg
ROWS.json: a list of {"name", "effective_parameters", "decode" (tokens/s), "quality" (share of right answers, 0 to 1)};
either figure may be missing. `gemmasharp slices MODEL --json` gives names and parameters, `gemmasharp bench --slice` the speed.
"""
import json
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 64, 64, 36, 52
SPEED, QUALITY = "#1f6feb", "#d1570a"


def main(path):
    loaded = json.load(open(path))
    rows = sorted(loaded["slices"] if isinstance(loaded, dict) else loaded, key=lambda row: row["effective_parameters"])
    if not rows:
        sys.exit(f"{path}: no slices in it")
    most = max(row["effective_parameters"] for row in rows)
    unit, letter = (1e9, "B") if most >= 1e9 else (1e6, "M")
    fastest = max([row["decode"] for row in rows if row.get("decode") is not None], default=1) * 1.1

    def x(row):
        return LEFT + row["effective_parameters"] / most / 1.05 * (WIDTH - LEFT - RIGHT)

    def y(share):
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for step in range(6):
        share = step / 5
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end" fill="{SPEED}">{share * fastest:.1f}</text>')
        out.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y(share) + 4:.1f}" fill="{QUALITY}">{share * 100:.0f} %</text>')
        at = LEFT + share / 1.05 * (WIDTH - LEFT - RIGHT)
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{share * most / unit:.2f} {letter}</text>')
    for field, whole, colour in (("decode", fastest, SPEED), ("quality", 1, QUALITY)):
        points = [(x(row), y(row[field] / whole), row) for row in rows if row.get(field) is not None]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b, _ in points)}"/>')
        for a, b, row in points:
            out.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"><title>{escape(row["name"])}: {row[field]:.3g}</title></circle>')
    out.append(f'<text x="{LEFT}" y="20" fill="{SPEED}">decode, tokens/s</text>')
    out.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end" fill="{QUALITY}">answers right</text>')
    out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">effective parameters</text></svg>')
    print("\n".join(out))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
