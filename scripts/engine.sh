#!/usr/bin/env bash
# A container engine that answers, for a machine that may have none.
#
#   engine.sh ensure        one answers already (DOCKER_HOST, docker context or the
#                           default socket): done. Else, as root on Debian or
#                           Ubuntu: docker.io is installed where it is missing and
#                           dockerd started, by systemd where that runs, else in
#                           the background with a pid file
#   engine.sh stop [--force]  stops the engine that `ensure` started and no other;
#                           while containers run on it, only with --force
#   engine.sh status        which engine answers, and who started it
#
# Its pid file and log are in COMPOSED_DEV_STATE (/var/lib/composed-dev).
set -euo pipefail

state=${COMPOSED_DEV_STATE:-/var/lib/composed-dev}
pidfile=$state/dockerd.pid
logfile=$state/dockerd.log
units=$state/dockerd.units # the boot, then the systemd units that ensure started in it, one a line
socket=/var/run/docker.sock
patience=60 # seconds for the engine to answer, or to end

say() { printf 'engine: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Version of the engine that answers where docker commands go; fails when none does.
answering() {
  if command -v docker >/dev/null; then
    timeout 15 docker version --format '{{.Server.Version}}' 2>/dev/null
    return
  fi
  local at=${DOCKER_HOST:-unix://$socket}
  case $at in
    unix://*) curl -fsS --max-time 5 --unix-socket "${at#unix://}" http://localhost/version 2>/dev/null ;;
    tcp://*) curl -fsS --max-time 5 "http://${at#tcp://}/version" 2>/dev/null ;;
    *) return 1 ;;
  esac | sed -n 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/p' | grep .
}
pings() { curl -fsS --max-time 2 --unix-socket "$socket" http://localhost/_ping >/dev/null 2>&1; }
# is PID NAME: whether the process PID is a NAME and lives. The pid may be another's
# by now, and where PID 1 reaps nobody a dead one stays listed as a zombie.
is() {
  [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}
# pid of the dockerd that this script started, by its pid file and command line
ours() {
  local p
  p=$(cat "$pidfile" 2>/dev/null) && is "$p" dockerd && tr '\0' ' ' < "/proc/$p/cmdline" | grep -qF -- "--pidfile $pidfile " && echo "$p"
}
systemd_runs() { [ -d /run/systemd/system ]; }
boot() { cat /proc/sys/kernel/random/boot_id; }
# what systemd starts at a later boot is not this script's doing any more
ours_by_systemd() { systemd_runs && [ "$(head -n 1 "$units" 2>/dev/null)" = "$(boot)" ]; }

install_engine() {
  local want=() p
  for p in docker.io iptables ca-certificates curl; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || want+=("$p")
  done
  # an engine that did not come from docker.io serves as well
  if command -v dockerd >/dev/null; then want=("${want[@]/docker.io/}"); fi
  apt-get update -qq || say "apt-get update failed; trying with the lists that are here"
  # newer releases have the command in a package of its own
  if ! command -v docker >/dev/null && apt-cache show docker-cli >/dev/null 2>&1; then want+=(docker-cli); fi
  read -ra want <<< "${want[*]}"
  [ ${#want[@]} -gt 0 ] || return 0
  say "installing ${want[*]}"
  # The package would start its daemon at once; when and how is decided here.
  local policy=/usr/sbin/policy-rc.d log=$state/install.log rc=0
  if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"; fi
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get install -y -qq --no-install-recommends "${want[@]}" > "$log" 2>&1 < /dev/null || rc=$?
  if [ -n "$policy" ]; then rm -f "$policy"; fi
  [ $rc -eq 0 ] || { tail -n 15 "$log" >&2; die "apt-get could not install ${want[*]} (its last lines are above)"; }
}

start_by_systemd() {
  local unit started=()
  for unit in containerd.service docker.socket docker.service; do
    systemctl is-active --quiet "$unit" || started+=("$unit")
  done
  say "starting dockerd by systemd"
  systemctl start docker.service || { journalctl -u docker.service -n 20 --no-pager >&2 || true; die "docker.service did not start"; }
  { boot; printf '%s\n' "${started[@]}"; } > "$units"
}
start_in_background() {
  local p stale
  # Pid files of a machine that went down hard: dockerd believes them.
  for stale in "$pidfile" /var/run/docker.pid; do
    p=$(cat "$stale" 2>/dev/null || true)
    if [ -n "$p" ] && ! is "$p" dockerd; then say "removing stale $stale"; rm -f "$stale"; fi
  done
  stale=/var/run/docker/containerd/containerd.pid
  p=$(cat "$stale" 2>/dev/null || true)
  if [ -n "$p" ] && ! is "$p" containerd; then rm -f "$stale"; fi
  # As a unit file would; containers take their share of it.
  ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -Hn)"
  if [ -e "$logfile" ]; then mv -f "$logfile" "$logfile.1"; fi
  say "starting dockerd in the background, log $logfile"
  setsid dockerd --pidfile "$pidfile" -H "unix://$socket" > "$logfile" 2>&1 < /dev/null &
}
# What the log of a failed start, on stdin, most likely means.
likely_cause() {
  local log
  log=$(cat)
  case $log in
    *"evices cgroup isn't mounted"* | *"cgroup mountpoint does not exist"*) echo "no cgroups are mounted: apt-get install cgroupfs-mount && cgroupfs-mount" ;;
    *"ptables not found"*) echo "iptables is missing: apt-get install --reinstall iptables" ;;
    *'containerd: exec: "containerd": executable file not found'*) echo "containerd is missing: apt-get install --reinstall containerd" ;;
    *"Failed to initialize nft"* | *"Failed to create NAT chain"* | *"can't initialize iptables table"*) echo "this kernel refuses iptables: a container without NET_ADMIN, or a module missing (try update-alternatives --set iptables /usr/sbin/iptables-legacy)" ;;
    *"no space left on device"*) echo "the disk is full" ;;
    *"pid file found"* | *"process with PID"*) echo "another dockerd is running, or left its pid file /var/run/docker.pid" ;;
    *"address already in use"*) echo "something else listens where dockerd wants to" ;;
    *"peration not permitted"* | *"ermission denied"*) echo "this root may not do what an engine must (a container without privileges?)" ;;
    *) echo "what the lines above say; all of them: $logfile" ;;
  esac
}

ensure() {
  local version p
  if version=$(answering); then say "engine $version answers"; return 0; fi
  # Who named an engine wants that one and no other beside it.
  case ${DOCKER_HOST:-} in
    '')
      local context
      context=$(docker context show 2>/dev/null) || context=default
      [ "$context" = default ] || die "the engine of docker context $context does not answer: start it, or docker context use default" ;;
    "unix://$socket" | "unix://${socket#/var}") ;;
    *) die "DOCKER_HOST is $DOCKER_HOST and nothing answers there: start that engine, or unset DOCKER_HOST" ;;
  esac
  if [ "$(id -u)" -ne 0 ]; then
    if [ -S "$socket" ] && ! [ -w "$socket" ]; then
      die "$socket is there but this user may not use it: join its group ($(stat -c %G "$socket")), or run as root"
    fi
    die "no engine answers, and only root can install or start one: run this as root, start Docker, or point DOCKER_HOST at an engine"
  fi
  mkdir -p "$state"
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null || ! command -v iptables >/dev/null || ! command -v curl >/dev/null; then
    command -v apt-get >/dev/null || die "no engine answers, and without apt this script cannot install one: install Docker or set DOCKER_HOST"
    install_engine
  fi
  rm -f "$units"
  if p=$(ours); then
    say "dockerd (pid $p) was started before and does not answer yet"
  elif systemd_runs && systemctl cat docker.service >/dev/null 2>&1; then
    start_by_systemd
  else
    start_in_background
  fi
  local child=${!:-} i
  for ((i = 0; i < patience * 4; i++)); do
    if pings; then break; fi
    if [ -n "$child" ] && ! kill -0 "$child" 2>/dev/null; then break; fi
    sleep 0.25
  done
  if ! pings; then
    if [ ! -s "$units" ]; then
      grep -v 'level=info' "$logfile" | tail -n 15 >&2
      say "dockerd does not answer; most likely: $(likely_cause < "$logfile")"
      if [ -n "$child" ] && is "$child" dockerd; then kill "$child"; fi
    else
      say "docker.service runs but does not answer: journalctl -u docker.service"
    fi
    exit 1
  fi
  version=$(answering) || die "dockerd answers at $socket, and docker commands do not reach it"
  say "engine $version started"
}

stop() {
  local p running
  if ours_by_systemd; then p=systemd; else p=$(ours) || { rm -f "$pidfile"; say "no engine that this script started is running"; return 0; }; fi
  running=$(docker -H "unix://$socket" ps -q 2>/dev/null | wc -l)
  if [ "$running" -gt 0 ] && [ "${1:-}" != --force ]; then
    die "$running containers run on the engine: it stays (engine.sh stop --force ends them with it)"
  fi
  if [ "$p" = systemd ]; then
    # docker.socket comes first this way, or it would start the service again
    local all
    mapfile -t all < <(sed 1d "$units" | sort -r)
    say "stopping ${all[*]}"
    systemctl stop "${all[@]}"
    rm -f "$units"
    say "docker.io stays installed; whether it starts at the next boot: systemctl is-enabled docker"
    return 0
  fi
  say "stopping dockerd, pid $p"
  kill -TERM "$p"
  local i
  for ((i = 0; i < patience * 4; i++)); do is "$p" dockerd || break; sleep 0.25; done
  if is "$p" dockerd; then die "dockerd (pid $p) is still there after $patience s; its log: $logfile"; fi
  rm -f "$pidfile"
}

status() {
  local version p
  if version=$(answering); then echo "engine $version answers"; else echo "no engine answers"; fi
  if ours_by_systemd; then echo "started by this script through systemd"
  elif p=$(ours); then echo "started by this script: pid $p, log $logfile"
  else echo "none was started by this script"; fi
}

case ${1:-} in
  ensure) ensure ;;
  stop) stop "${2:-}" ;;
  status) status ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 1 ;;
esac
