#!/usr/bin/env bash
# test.sh [docker]: every test, or those on a real engine alone. Where no engine
# can be had, those are skipped aloud and counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
only=${1-}
cargo=${CARGO:-cargo}

# The programs under test; tests find them beside themselves.
"$cargo" build --locked --quiet -p composed -p composectl
[ "$only" = docker ] || "$cargo" test --locked --workspace

on_engine=(-p engine -p tests --features engine/docker,tests/docker --test docker)
if scripts/engine.sh ensure && scripts/images.sh tiny; then
  "$cargo" test --locked "${on_engine[@]}"
  # Short cuts of the benches of docs/reliability.md; in full: make crash race fault.
  benches=("$cargo" test --locked -p tests --features docker --test fault)
  if [ "$(id -u)" -eq 0 ] && type "${DOCKERD:-dockerd}" ip nsenter >/dev/null 2>&1; then
    N=12 "${benches[@]}" crash::
    N=6 "${benches[@]}" race::
    "${benches[@]}" outage:: -- --test-threads=4
  else
    skipped=$("${benches[@]}" --quiet -- --list 2>/dev/null | grep -c ': test$' || true)
    printf '\n!!! an engine of their own needs root, dockerd, ip and nsenter: %s tests were SKIPPED\n' "$skipped"
  fi
else
  skipped=$("$cargo" test --locked --quiet "${on_engine[@]}" -- --list 2>/dev/null | grep -c ': test$' || true)
  printf '\n!!! no engine can be had here: %s tests on a real engine were SKIPPED\n' "$skipped"
fi
