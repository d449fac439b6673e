#!/usr/bin/env bash
# base.sh TAG LABEL: a minimal image of this machine's own Debian or Ubuntu
# release, made by debootstrap and imported as TAG. Where its packages come from
# is read from the machine's apt sources (APT_MIRROR overrides): what the host
# can reach, the image can.
set -euo pipefail
tag=$1 label=$2
say() { printf 'images: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ "$(id -u)" -eq 0 ] || die "the local base image is made by debootstrap, which needs root: run this as root once, the images stay"
command -v apt-get >/dev/null || die "local images are made from Debian or Ubuntu packages, and this machine has no apt"
# shellcheck source=/dev/null
. /etc/os-release
suite=${VERSION_CODENAME:?no VERSION_CODENAME in /etc/os-release}
case ${ID:-} in
  ubuntu) components="main universe" ;;
  *) components="main" ;;
esac

# "URI SUITE" of each binary entry of the distribution itself for this release,
# in both formats apt reads; other people's repositories are passed over.
archives() {
  {
    find /etc/apt/sources.list.d -name '*.sources' -exec cat {} + 2>/dev/null | awk '
      function flush(   u, s, i, j) {
        if (types ~ /deb( |$)/ && enabled != "no") {
          split(uris, u, " "); split(suites, s, " ")
          for (i in u) for (j in s) print u[i], s[j]
        }
        types = uris = suites = enabled = ""
      }
      /^[[:space:]]*$/ { flush() }
      tolower($1) == "types:"   { $1 = ""; types = $0 }
      tolower($1) == "uris:"    { $1 = ""; uris = $0 }
      tolower($1) == "suites:"  { $1 = ""; suites = $0 }
      tolower($1) == "enabled:" { enabled = tolower($2) }
      END { flush() }'
    find /etc/apt -maxdepth 2 -name '*.list' -exec cat {} + 2>/dev/null |
      sed -n 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\)[[:space:]]\{1,\}\([^[:space:]]*\).*/\2 \3/p'
  } | sed 's#/ # #' | grep -E "/(debian|debian-security|ubuntu|ubuntu-ports) $suite(-updates|-security)?\$" | sort -u
}
entries=$(archives || true)
if [ -n "${APT_MIRROR:-}" ]; then entries="$APT_MIRROR $suite"; fi
uri=$(printf '%s\n' "$entries" | sed -n "s/ $suite\$//p" | head -n 1)
[ -n "$uri" ] || die "found no archive of $suite in the apt sources; name one: APT_MIRROR=http://…/debian"

if ! command -v debootstrap >/dev/null; then
  say "installing debootstrap"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

work=$(mktemp -d "${COMPOSED_DEV_STATE:-/var/lib/composed-dev}/base.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
debootstrap --variant=minbase --components="${components// /,}" --include=ca-certificates "$suite" "$root" "$uri" \
  > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "debootstrap failed"; }

printf '%s\n' "$entries" | while read -r u s; do echo "deb $u $s $components"; done > "$root/etc/apt/sources.list"
{
  echo 'APT::Install-Recommends "0";'
  echo 'Acquire::Retries "3";'
  echo 'quiet "1";'
  # the host's own words on proxies and on dates of snapshots
  apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) ' || true
} > "$root/etc/apt/apt.conf.d/90image"
# package scripts start no services while an image is built
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
printf 'path-exclude=/usr/share/%s/*\n' doc man locale info > "$root/etc/dpkg/dpkg.cfg.d/90image"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*

tar -C "$root" --numeric-owner -c . |
  docker import --change 'CMD ["bash"]' --change 'ENV DEBIAN_FRONTEND=noninteractive' --change "LABEL $label" - "$tag" >/dev/null
