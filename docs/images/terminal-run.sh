#!/usr/bin/env bash
# Makes terminal-run.svg from a real run: types into a terminal of its own (tmux) and draws what stands there in the end.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
columns=134 rows=22
server="gemmasharp-picture-$$"
screen() { tmux -L "$server" "$@"; }
# Types a line and waits until its outcome shows.
play() {
    screen send-keys -t run -l -- "$1"
    screen send-keys -t run Enter
    for _ in $(seq 600); do
        if screen capture-pane -p -t run | grep -qF -- "$2"; then sleep 0.3; return; fi
        sleep 0.1
    done
    echo "'$2' did not show" >&2
    exit 1
}
trap 'screen kill-server 2>/dev/null || true' EXIT
./gemmasharp --version >/dev/null
screen -f /dev/null new-session -d -s run -x "$columns" -y "$rows" "env PS1='\$ ' bash --norc --noprofile"
samples=models/pocket/samples
until screen capture-pane -p -t run | grep -qF '$'; do sleep 0.1; done
play "./gemmasharp run --image $samples/scene-0.png --audio $samples/speech-3.wav -p \"Transcribe the audio.\"" "three two six"
play "./gemmasharp run" "Ctrl+D leaves"
play "/image $samples/scene-1.png" "goes with the next message"
play "Describe the image." "."
sleep 3
play "How many shapes do you see?" "shape"
sleep 3
play "/audio $samples/speech-1.wav" "speech-1.wav goes with"
play "Transcribe the audio." "audio."
sleep 3
screen capture-pane -p -e -t run | awk -v columns="$columns" -f docs/images/terminal.awk > docs/images/terminal-run.svg
