#!/usr/bin/env bash
# install.sh DESTDIR PREFIX [PLUGIN]: the binaries, their manual and completions, the
# unit, and, where there are none yet, the settings; with a PLUGIN the link that makes
# `docker composed` of it. Without a DESTDIR it also makes the service user and reloads
# systemd; it starts nothing. BIN is where the binaries were built.
set -euo pipefail
destdir=${1-} prefix=${2:-/usr/local} plugin=${3-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${BIN:-$here/target/dist}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
put() { install -D -m "$1" "$2" "$destdir$3"; echo "  $destdir$3"; }

put 755 "$bin/composed" "$prefix/bin/composed"
put 755 "$bin/composectl" "$prefix/bin/composectl"
if [ -n "$plugin" ]; then
  link=$prefix/lib/docker/cli-plugins/docker-composed
  mkdir -p "$destdir${link%/*}"
  # Relative, so that it also holds where a package is unpacked.
  ln -sfn ../../../bin/composectl "$destdir$link"
  echo "  $destdir$link"
fi

"$bin/composectl" man "$made/man"
for page in "$made/man"/*; do put 644 "$page" "$prefix/share/man/man${page##*.}/${page##*/}"; done
for shell in bash zsh fish; do "$bin/composectl" completion "$shell" > "$made/$shell"; done
put 644 "$made/bash" "$prefix/share/bash-completion/completions/composectl"
put 644 "$made/zsh" "$prefix/share/zsh/site-functions/_composectl"
put 644 "$made/fish" "$prefix/share/fish/vendor_completions.d/composectl.fish"

sed "s|/usr/local/bin/|$prefix/bin/|" "$here/config/composed.service" > "$made/unit"
put 644 "$made/unit" /etc/systemd/system/composed.service
put 644 "$here/config/composed.sysusers" /usr/lib/sysusers.d/composed.conf
put 644 "$here/config/composed.tmpfiles" /usr/lib/tmpfiles.d/composed.conf
[ -e "$destdir/etc/composed/composed.yaml" ] || put 644 "$here/config/composed.yaml" /etc/composed/composed.yaml

if [ -z "$destdir" ] && [ "$(id -u)" = 0 ]; then
  if command -v systemd-sysusers >/dev/null; then systemd-sysusers composed.conf; fi
  if [ -d /run/systemd/system ]; then
    systemd-tmpfiles --create composed.conf
    systemctl daemon-reload
    echo "next: systemctl enable --now composed"
  fi
fi
