#!/usr/bin/env bash
# uninstall.sh DESTDIR PREFIX: what install.sh put there. Settings, state, the
# service user and every container stay.
set -euo pipefail
destdir=${1-} prefix=${2:-/usr/local}
if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl disable --now composed 2>/dev/null || true; fi
rm -fv "$destdir$prefix/bin/composed" "$destdir$prefix/bin/composectl" "$destdir/etc/systemd/system/composed.service" \
  "$destdir/usr/lib/sysusers.d/composed.conf" "$destdir/usr/lib/tmpfiles.d/composed.conf"
if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
echo "kept: $destdir/etc/composed, $destdir/var/lib/composed"
