#!/usr/bin/env bash
# Licences, bans and sources of every dependency. The tool is built once where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny
cargo deny --log-level warn check bans licenses sources
