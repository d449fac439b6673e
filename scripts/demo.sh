#!/usr/bin/env bash
# The whole product once: an engine, the images, the daemon, the stack of eight
# services up, one request through every part of it, and what to try next.
# A second run finds everything there and only asks again. `make demo` builds
# the two binaries first (COMPOSED_BIN_DIR: where they are); demo-down.sh undoes
# what this did. TRAEFIK=real|stand-in, HTTP_PORT and COMPOSED_IMAGES are honoured.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/demo/settings.sh
. "$scripts/demo/settings.sh"
began=$SECONDS
port=${HTTP_PORT:-$(sed -n 's/^HTTP_PORT=//p' "$stack/.env")}
domain=${DOMAIN:-$(sed -n 's/^DOMAIN=//p' "$stack/.env")}

command -v "${ctl[0]}" >/dev/null || die "${ctl[0]} is not there: make build (or name its folder: COMPOSED_BIN_DIR)"
command -v curl >/dev/null || die "curl is missing: apt-get install curl"

say "an engine"
"$scripts/engine.sh" ensure

say "the images"
chosen=$("$scripts/images.sh" ensure)
echo "$chosen"
images=${chosen##*images: }
echo "$images" > "$state/images"
flags_for "$images"

start_daemon() {
  if [ -n "${COMPOSECTL:-}" ]; then echo "none: ${ctl[*]} works without one"; return; fi
  [ -n "${COMPOSED_SOCKET:-}" ] || [ -z "$(demo_daemon)" ] || export COMPOSED_SOCKET=$socket
  if "${ctl[@]}" status >/dev/null 2>&1; then echo "composed answers already"; return; fi
  [ -z "${COMPOSED_SOCKET:-}" ] || [ "$COMPOSED_SOCKET" = "$socket" ] || die "no composed answers at COMPOSED_SOCKET=$COMPOSED_SOCKET"
  export COMPOSED_SOCKET=$socket
  (umask 077 && mkdir -p "$(dirname "$socket")")
  setsid "$bin/composed" --state-dir "$state/state" --socket "$socket" >> "$state/composed.log" 2>&1 < /dev/null &
  local child=$! i
  echo "$child" > "$state/composed.pid"
  for ((i = 0; i < 100; i++)); do
    if "${ctl[@]}" status >/dev/null 2>&1; then echo "composed started, pid $child, log $state/composed.log"; return; fi
    kill -0 "$child" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$state/composed.log" >&2
  die "composed did not answer at $socket within 10 s (the tail of its log is above)"
}
say "the daemon"
start_daemon

say "the stack: ${ctl[*]} up -d --wait"
"${ctl[@]}" "${flags[@]}" up -d --wait

# --- one request through every part -----------------------------------------
container() { docker ps -q --filter label=com.docker.compose.project=eight --filter "label=com.docker.compose.service=$1" | head -n 1; }
# fetch HOST PATH [CURL OPTION…]: through Traefik, as a browser would come
fetch() { local host=$1 path=$2; shift 2; curl -sS --max-time 40 -H "Host: $host.$domain" "$@" "http://127.0.0.1:$port$path"; }
stand_in() { if fetch "$1" "$2" -o /dev/null -D - | grep -qi "^x-stand-in: $3"; then echo " (a stand-in for $3 answered)"; fi; }
# until SECONDS COMMAND…: runs it until it succeeds
until_ok() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.5
  done
}
row() { printf '  %-11s %s\n' "$1" "$2"; }
failed() { printf '\ndemo: %s\n' "$*" >&2; "${ctl[@]}" "${flags[@]}" ps >&2 || true; exit 1; }

say "one request through every part"
is_ready() { fetch api /ready -f -o /dev/null 2>/dev/null; }
until_ok 60 is_ready || failed "the API is not ready after 60 s: $(fetch api /ready || true)"
row traefik "127.0.0.1:$port, Host: api.$domain -> the API$(stand_in api /health traefik)"
routes=$(fetch traefik /api/http/routers | grep -o '"rule":"Host[^"]*"' | sed 's/"rule":"\(.*\)"/\1/' | sort -u | tr '\n' ' ' || true)
if [ -n "$routes" ]; then row traefik "routes made from our labels: $routes"; fi
row api "/ready says $(fetch api /ready)"

n=$((RANDOM * 3 + 1000))
answer=$(fetch api /jobs -X POST -H 'Content-Type: application/json' -d "{\"n\": $n}")
case $answer in *'"source":"computed"'* | *'"source":"cache"'*) ;; *) failed "POST /jobs with n=$n answered: $answer" ;; esac
row api "POST /jobs {\"n\": $n} -> $answer"
row rabbitmq "queue, messages, consumers: $(docker exec "$(container rabbitmq)" rabbitmqctl -q --no-table-headers list_queues name messages consumers | awk '$1 == "eight"' | tr '\t' ' ')"
# quoted by the shell inside the container, which knows user, database and password
row worker "$(docker logs --tail 20 "$(container worker)" 2>&1 | sed -n 's/.*\(Task eight.prime.* succeeded in [0-9.]*\)s.*/\1 s/p' | tail -n 1)"
# shellcheck disable=SC2016
row postgres "row: $(docker exec "$(container postgres)" sh -c 'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -Atc "select id, n, prime, greeting, done_at from jobs where n = '"$n"' order by id desc limit 1"')"
row redis "eight:prime:$n = $(docker exec "$(container redis)" redis-cli get "eight:prime:$n"), for $(docker exec "$(container redis)" redis-cli ttl "eight:prime:$n") s"
again=$(fetch api "/compute?n=$n")
case $again in *'"source":"cache"'*) ;; *) failed "the second answer did not come from the cache: $again" ;; esac
row api "GET /compute?n=$n -> $again"

up() { fetch prometheus '/api/v1/query?query=up' 2>/dev/null | grep -o '"job":"[a-z]*"},"value":\[[0-9.]*,"[01]"' | sed 's/"job":"\([a-z]*\)".*"\([01]\)"/\1=\2/'; }
all_up() { [ "$(up | grep -c '=1')" -ge 3 ]; }
until_ok 60 all_up || failed "Prometheus does not see all its targets: $(up | tr '\n' ' ')"
row prometheus "targets up: $(up | tr '\n' ' ')"
has_grafana() { fetch grafana /api/health -f -o /dev/null 2>/dev/null; }
until_ok 60 has_grafana || failed "Grafana does not answer"
row grafana "/api/health: $(fetch grafana /api/health | tr -d ' \n')$(stand_in grafana /api/health grafana)"

# --- what next -------------------------------------------------------------------
me="${ctl[*]}"
if [ -n "${COMPOSED_SOCKET:-}" ]; then me="COMPOSED_SOCKET=$COMPOSED_SOCKET $me"; fi
cat <<NEXT

All eight parts answered, $((SECONDS - began)) s after the start. What to try next:

  curl -H 'Host: api.$domain' 'http://127.0.0.1:$port/compute?n=4711'
  http://grafana.$domain:$port  http://prometheus.$domain:$port  in a browser
NEXT
if [ -z "${COMPOSECTL:-}" ]; then
  cat <<NEXT
  docker rm -f eight-worker-1            it comes back; ask again
  \$EDITOR compose/eight/compose.yaml     change GREETING, save: only the worker is
                                         recreated, and a new number answers with it
  $me status
  docker compose -p eight ps             the same stack in the other tool's eyes
NEXT
fi
cat <<NEXT
  $me -p eight ps
  make demo-down                         removes the stack, this daemon, this engine
NEXT
