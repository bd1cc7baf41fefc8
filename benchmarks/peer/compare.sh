#!/usr/bin/env bash
# Runs GemmaSharp and llama.cpp alternately on the same made-up models of real shape and writes their ratios to
# benchmarks/results/PROCESSOR.md. Needs the .NET SDK, npm and gcc. Every finished step is kept in the work folder: what was interrupted goes on.
# usage: benchmarks/peer/compare.sh [options]
#   --work DIR        where steps and the peer are kept (default: artifacts/peer)
#   --files DIR       where the models are, or are made (default: DIR/models; E2B and E4B in three types are 28 GB)
#   --models A,B      e2b,e4b (tiny too)  --types A,B   q4_0,q4_k_m,q8_0      --threads A,B   1,2
#   --passes N        3 times everything, the sides in turn               --rounds N      2 of each in a process, after one to warm up
#   --tier avx2       both sides without AVX-512 and AVX-VNNI, as on a processor that has AVX2 alone
#   --quick           E2B, Q4_0, one pass, one round, no encoders, no long context
#   --no-media        no image and audio encoding                         --no-depth      no decoding after 16k tokens
#   --again           measure steps anew that ran beside other programs   --report        only write the report of what is there
# MOST_LOAD (2.3): a step beside which the load was higher is marked; it is waited for a quiet machine for WAIT (120) seconds.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
work="$root/artifacts/peer"; files=""; models=e2b,e4b; types=q4_0,q4_k_m,q8_0; threads=1,2; passes=3; rounds=2; tier=native; media=1; depth=1; again=0; only_report=0
while [ $# -gt 0 ]; do
    case "$1" in
        --work) work=$2; shift ;; --files) files=$2; shift ;; --models) models=$2; shift ;; --types) types=$2; shift ;; --threads) threads=$2; shift ;;
        --passes) passes=$2; shift ;; --rounds) rounds=$2; shift ;; --tier) tier=$2; shift ;;
        --quick) models=e2b; types=q4_0; passes=1; rounds=1; media=0; depth=0 ;;
        --no-media) media=0 ;; --no-depth) depth=0 ;; --again) again=1 ;; --report) only_report=1 ;;
        *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
    esac
    shift
done
export DOTNET_NOLOGO=1
limits="$work/bandwidth"
case "$tier" in
    native) ;;
    avx2) export DOTNET_EnableAVX512=0 DOTNET_EnableAVXVNNI=0 PEER_LIBS="$work/avx2"; limits="$work/bandwidth-avx2" ;;
    *) echo "--tier: '$tier' found, native or avx2 expected" >&2; exit 1 ;;
esac
mkdir -p "$work"; work=$(cd "$work" && pwd); files=${files:-$work/models}; mkdir -p "$files"
. "$root/benchmarks/processor.sh"
steps="$work/$name"; mkdir -p "$steps"
own() { dotnet "$root/artifacts/bin/GemmaSharp.Cli/release/GemmaSharp.Cli.dll" "$@"; }
load() { cut -d' ' -f1 /proc/loadavg; }
is_loud() { awk -v load="$1" -v most="${MOST_LOAD:-2.3}" 'BEGIN { exit !(load > most) }'; }

# One figure of a JSON line on stdin.
field() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"; }

# Rows of bench --csv on stdin as "test column value" lines.
cells() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { name[i] = $i; if ($i == "depth") depth = i } next } { for (i = 2; i <= NF; i++) if ($i != "") print $1 (depth && $depth > 0 ? "@" $depth : ""), name[i], $i }'; }

# Runs a step unless its result is there: step NAME COMMAND...; the command prints "name value" lines, limits before and after and the load go with them.
step() {
    local into="$steps/$1" before after; shift
    if [ -s "$into" ] && { [ "$again" = 0 ] || ! grep -q '^loud 1' "$into"; }; then return; fi
    for _ in $(seq "$(( ${WAIT:-120} / 5 ))"); do is_loud "$(load)" || break; sleep 5; done
    echo "$(date +%H:%M:%S) ${into#"$steps/"}" >&2
    before=$("$limits")
    "$@" > "$into.part"
    if ! [ -s "$into.part" ] || grep -q ' $' "$into.part"; then echo "$into.part: a figure is missing" >&2; exit 1; fi
    local busy; busy=$(load)
    after=$("$limits")
    {
        for limit in bw1 bw2 fma1 fma2; do echo "before $limit $(echo "$before" | field $limit)"; echo "after $limit $(echo "$after" | field $limit)"; done
        echo "load $busy"
        if is_loud "$busy"; then echo "loud 1"; fi
    } >> "$into.part"
    mv "$into.part" "$into"
}

run_peer() { # FILE THREADS
    local line; line=$("$work/peer" bench "$1" -t "$2" -p 512 -n 64 -r "$rounds" 2>/dev/null)
    echo "pp512 $(echo "$line" | field "pp512_t$2")"; echo "tg64 $(echo "$line" | field "tg64_t$2")"; echo "rss_mb $(echo "$line" | field vmhwm_mb)"
}
first_peer() { echo "first $("$work/peer" first "$1" -t "$2" 2>/dev/null | field first_s)"; }
run_own() {
    own bench -m "$1" -c 1024 -t "$2" -p 512 -n 64 -r "$rounds" --csv | cells | awk '
        $1 == "pp512" && $2 == "median" { print "pp512", $3 } $1 == "tg64" && $2 == "median" { print "tg64", $3 }
        $1 == "tg64" && $2 == "bandwidth_share" { print "share", $3 } $2 == "peak_rss_bytes" { print "rss_mb", $3 / 1048576 }'
}
first_own() { own bench -m "$1" -c 1024 -t "$2" -p 0 -n 0 -r 1 --csv | cells | awk '$1 == "load" && $2 == "since_start_seconds" { print "first", $3 }'; }
encode_own() { own bench -m "$1" --mmproj "$2" -c 1024 -t "$3" -p 0 -n 0 -r 2 --image --audio --csv | cells | awk '$2 == "seconds" && $1 != "load" { print $1, $3 }'; }
deep_own() { own bench -m "$1" -t "$2" -p 0 -n 64 -d 0,16384 -r 2 --csv | cells | awk '$2 == "median" && $1 ~ /^tg64/ { print $1, $3 }'; }

have() { # FILE PRESET TYPE
    [ -f "$1" ] || own synth --preset "$2" --type "$3" -o "$1"
}

measure() {
    local file all; all=$(echo "$threads" | tr , ' ')
    for model in $(echo "$models" | tr , ' '); do
        for type in $(echo "$types" | tr , ' '); do
            file="$files/$model-$type.gguf"; have "$file" "$model" "$type"
            for pass in $(seq "$passes"); do
                cat "$file" > /dev/null # warm, for both
                for count in $all; do
                    for side in $(if [ "$(( pass % 2 ))" = 1 ]; then echo peer own; else echo own peer; fi); do
                        step "$model-$type-t$count-pass$pass-$side-first" "first_$side" "$file" "$count"
                        step "$model-$type-t$count-pass$pass-$side" "run_$side" "$file" "$count"
                    done
                done
            done
        done
    done
    file="$files/e2b-q4_0.gguf"
    if [ "$media" = 1 ] || [ "$depth" = 1 ]; then have "$file" e2b q4_0; fi
    for count in $all; do
        if [ "$media" = 1 ]; then
            mkdir -p "$files/mmproj" # apart, as a model takes a projector beside it by itself
            for type in f16 q8_0; do
                have "$files/mmproj/mmproj-$type.gguf" mmproj "$type"
                step "mmproj-$type-t$count-pass1-own" encode_own "$file" "$files/mmproj/mmproj-$type.gguf" "$count"
            done
        fi
        if [ "$depth" = 1 ]; then step "deep-q4_0-t$count-pass1-own" deep_own "$file" "$count"; fi
    done
}

if [ "$only_report" = 0 ]; then
    dotnet build "$root/src/GemmaSharp.Cli" -c Release -v q >&2
    [ -x "$work/bandwidth-avx2" ] || "$here/build.sh" "$work"
    measure
fi
into="$root/benchmarks/results/$name.md"
bash "$here/report.sh" "$steps" "$title" > "$work/report.md"
mv "$work/report.md" "$into"
cat "$into"
echo "written: $into" >&2
