# shellcheck shell=bash
# Where the demo keeps its things and how it calls the CLI; read by demo.sh and
# demo-down.sh, so that both mean the same stack. Sets: root stack state ctl flags.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stack=$root/compose/eight
state=$root/.demo # pid file, log and state of the daemon; which images were chosen
bin=${COMPOSED_BIN_DIR:-$root/target/release}

say() { printf '\n== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

mkdir -p "$state"
# nothing in it is ever committed
echo '*' > "$state/.gitignore"

# COMPOSECTL="docker compose" shows the same stack through another tool; no
# daemon is started then.
# shellcheck disable=SC2034  # read by the two scripts
if [ -n "${COMPOSECTL:-}" ]; then
  read -ra ctl <<< "$COMPOSECTL"
else
  ctl=("$bin/composectl")
fi
# A socket's path has a limit of about 100 bytes, a checkout's has none.
socket=$state/composed.sock
if [ ${#socket} -gt 100 ]; then socket=${XDG_RUNTIME_DIR:-/tmp}/composed-demo-$(id -u)/composed.sock; fi

# flags_for public|local: sets flags, the global flags that select the stack with
# those images
flags_for() {
  flags=(-f "$stack/compose.yaml")
  [ "$1" = local ] || return 0
  flags=(--env-file "$stack/.env" --env-file "$stack/.env.local-images" "${flags[@]}")
  # the real Traefik wherever it was built, unless TRAEFIK=stand-in
  if [ "${TRAEFIK:-}" != stand-in ] && docker image inspect composed.local/traefik:real >/dev/null 2>&1; then
    export TRAEFIK_IMAGE=${TRAEFIK_IMAGE:-composed.local/traefik:real}
  fi
}
# Traefik is given the socket of the engine that is spoken to.
case ${DOCKER_HOST:-} in unix://*) export DOCKER_SOCK=${DOCKER_SOCK:-${DOCKER_HOST#unix://}} ;; esac

# pid of the daemon that demo.sh started, if it is one and lives
demo_daemon() {
  local p
  p=$(cat "$state/composed.pid" 2>/dev/null) && [ "$(cat "/proc/$p/comm" 2>/dev/null)" = composed ] || return 1
  # where PID 1 reaps nobody, a dead one stays listed as a zombie
  ! grep -q '^State:[[:space:]]*Z' "/proc/$p/status" 2>/dev/null && echo "$p"
}
