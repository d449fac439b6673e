#!/usr/bin/env bash
# traefik.sh TAG LABEL VERSION: the real Traefik from its Go module. About ten
# CPU minutes the first time; Go's own caches make the next one short.
set -euo pipefail
tag=$1 label=$2 version=$3
say() { printf 'images: %s\n' "$*" >&2; }
command -v go >/dev/null || { say "Traefik is built from its Go module, and no Go toolchain is on PATH"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$(cd "$work" && go mod download -json "github.com/traefik/traefik/v3@$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
[ -n "$source" ] || { say "the Go module of Traefik $version could not be fetched"; exit 1; }
say "building Traefik $version (about ten CPU minutes, once)"
if ! (cd "$source" && CGO_ENABLED=0 nice -n 19 go build -trimpath \
  -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=$version" -o "$work/traefik" ./cmd/traefik) > "$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  say "go could not build Traefik (its last lines are above)"
  exit 1
fi
cat > "$work/Dockerfile" <<'DOCKERFILE'
FROM scratch
COPY traefik /traefik
EXPOSE 80
ENTRYPOINT ["/traefik"]
DOCKERFILE
docker build --quiet --label "$label" --tag "$tag" "$work" >/dev/null
