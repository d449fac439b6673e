#!/usr/bin/env bash
# install.sh DESTDIR PREFIX: the binaries, the unit, and, where there are none yet,
# the settings. Without a DESTDIR it also makes the service user and reloads
# systemd; it starts nothing.
set -euo pipefail
destdir=${1-} prefix=${2:-/usr/local}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
put() { install -D -m "$1" "$2" "$destdir$3"; echo "  $destdir$3"; }

put 755 "$here/target/release/composed" "$prefix/bin/composed"
put 755 "$here/target/release/composectl" "$prefix/bin/composectl"
unit=$(mktemp)
trap 'rm -f "$unit"' EXIT
sed "s|/usr/local/bin/|$prefix/bin/|" "$here/config/composed.service" > "$unit"
put 644 "$unit" /etc/systemd/system/composed.service
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
