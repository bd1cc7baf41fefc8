#!/usr/bin/env bash
# Ends with 0 if the server or gateway on this port of this machine is ready. The image holds no curl, and needs none for this.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/${1:-8080}"
printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
