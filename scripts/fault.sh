#!/usr/bin/env bash
# fault.sh crash|race|outage|long::soak|long::hang|long::idle: one of the benches of
# docs/reliability.md, as root, on an engine of its own. N, SEED, ROUND, ONLY, PEER, T,
# EVERY and DOCKERD go through as they are. What is measured is what is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo=${CARGO:-cargo}
scripts/engine.sh ensure
scripts/images.sh tiny
profile=()
case $1 in long::*) profile=(--profile dist) ;; esac
"$cargo" build "${profile[@]}" --locked --quiet -p composed -p composectl
exec "$cargo" test "${profile[@]}" --locked --quiet -p tests --features docker --test fault "$1::" -- --nocapture
