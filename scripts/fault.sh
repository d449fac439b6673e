#!/usr/bin/env bash
# fault.sh crash|race|outage: one of the benches of docs/reliability.md, as root, on
# an engine of its own. N, SEED, ROUND, ONLY, PEER and DOCKERD go through as they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo=${CARGO:-cargo}
scripts/engine.sh ensure
scripts/images.sh tiny
"$cargo" build --locked --quiet -p composed -p composectl
exec "$cargo" test --locked --quiet -p tests --features docker --test fault "$1::" -- --nocapture
