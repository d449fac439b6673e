#!/usr/bin/env bash
# uninstall.sh DESTDIR PREFIX: what install.sh put there. Settings, state, the
# service user and every container stay.
set -euo pipefail
destdir=${1-} prefix=${2:-/usr/local}
if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl disable --now composed 2>/dev/null || true; fi
ours=$destdir$prefix
plugin=$ours/lib/docker/cli-plugins/docker-composed
# Another's file of that name is not ours to remove.
if [ -L "$plugin" ] && [ "$(readlink "$plugin")" = ../../../bin/composectl ]; then rm -fv "$plugin"; fi
rm -fv "$ours/bin/composed" "$ours/bin/composectl" \
  "$ours/share/man/man1/composectl.1" "$ours/share/man/man1/composectl-"*.1 "$ours/share/man/man8/composed.8" \
  "$ours/share/bash-completion/completions/composectl" "$ours/share/zsh/site-functions/_composectl" \
  "$ours/share/fish/vendor_completions.d/composectl.fish" "$destdir/etc/systemd/system/composed.service" \
  "$destdir/usr/lib/sysusers.d/composed.conf" "$destdir/usr/lib/tmpfiles.d/composed.conf"
if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
echo "kept: $destdir/etc/composed, $destdir/var/lib/composed"
