#!/usr/bin/env bash
# box.sh REPOSITORY LABEL: REPOSITORY:1 and REPOSITORY:2, two small images with
# different ids for tests on a real engine: one static busybox, nothing else.
# A box sleeps until it is told otherwise and dies at once (SIGKILL), so a test
# never waits for a grace period it did not ask for.
set -euo pipefail
repository=$1 label=$2
say() { printf 'images: %s\n' "$*" >&2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,etc,tmp,root,proc,sys,dev,var,www}
chmod 1777 "$root/tmp"

# The host's busybox when it is a static one, else the package's, unpacked
# without installing it (which needs no root).
binary=$(command -v busybox || true)
if [ -n "$binary" ]; then binary=$(readlink -f "$binary"); fi
if [ -z "$binary" ] || ldd "$binary" >/dev/null 2>&1; then
  # apt drops its rights for a download, so the folder must be open to it
  chmod 755 "$work"
  if ! (cd "$work" && apt-get download -qq busybox-static > log 2>&1); then
    cat "$work/log" >&2
    say "there is no static busybox here, and apt cannot fetch busybox-static (is apt-get update due?)"
    exit 1
  fi
  dpkg -x "$work"/busybox-static_*.deb "$work/package"
  binary=$(find "$work/package" -type f -path '*/bin/busybox' | head -n 1)
fi
install -m 755 "$binary" "$root/bin/busybox"
"$root/bin/busybox" --list | while read -r applet; do
  if [ "$applet" != busybox ]; then ln -s busybox "$root/bin/$applet"; fi
done
for applet in sh sleep nc httpd; do
  [ -e "$root/bin/$applet" ] || { say "this busybox has no $applet"; exit 1; }
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' > "$root/etc/group"

# A build rather than an import: engines before 23 import no STOPSIGNAL.
context=$work/context
mkdir "$context"
cat > "$context/Dockerfile" <<'BOX'
FROM scratch
ADD root.tar /
ENV PATH=/bin
STOPSIGNAL SIGKILL
CMD ["sleep", "infinity"]
BOX
for version in 1 2; do
  echo "$version" > "$root/etc/box"
  tar -C "$root" --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 -cf "$context/root.tar" .
  docker build -q --label "$label" -t "$repository:$version" "$context" >/dev/null
done
