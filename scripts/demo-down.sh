#!/usr/bin/env bash
# Undoes demo.sh: the stack with its volumes, the daemon that demo.sh started,
# the engine that engine.sh started. Nothing else is touched; the images stay.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/demo/settings.sh
. "$scripts/demo/settings.sh"
flags_for "$(cat "$state/images" 2>/dev/null || echo public)"
pid=$(demo_daemon) || pid=
if [ -n "$pid" ] && [ -z "${COMPOSED_SOCKET:-}" ]; then export COMPOSED_SOCKET=$socket; fi

say "the stack"
left() { docker ps -aq --filter label=com.docker.compose.project=eight; docker volume ls -q --filter label=com.docker.compose.project=eight; docker network ls -q --filter label=com.docker.compose.project=eight; }
if ! command -v docker >/dev/null || ! docker version >/dev/null 2>&1; then
  echo "no engine answers: nothing to remove"
elif [ -z "$(left)" ]; then
  echo "nothing of it is here"
elif command -v "${ctl[0]}" >/dev/null; then
  "${ctl[@]}" "${flags[@]}" down -v
else
  die "${ctl[0]} is not there to take the stack down: make build"
fi

say "the daemon"
if [ -n "$pid" ]; then
  kill -TERM "$pid"
  for ((i = 0; i < 150; i++)); do [ -n "$(demo_daemon)" ] || break; sleep 0.1; done
  [ -z "$(demo_daemon)" ] || die "composed (pid $pid) is still there after 15 s; its log: $state/composed.log"
  echo "stopped composed, pid $pid"
else
  echo "none was started by the demo"
fi

say "the engine"
"$scripts/engine.sh" stop
rm -rf "$state"
if [ "$(dirname "$socket")" != "$state" ]; then rm -rf "$(dirname "$socket")"; fi
