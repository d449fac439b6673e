#!/usr/bin/env bash
# wheels.sh REQUIREMENTS DIR: downloads the wheels that REQUIREMENTS needs into
# DIR. The distribution's own python3 asks for them: the base image is of the
# same release, so both agree on versions and markers.
set -euo pipefail
requirements=$1 dir=$2
python=/usr/bin/python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! "$python" -m venv "$work/venv" >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates >/dev/null
  rm -rf "$work/venv"
  "$python" -m venv "$work/venv"
fi
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --only-binary=:all: --dest "$dir" --requirement "$requirements"
