#!/usr/bin/env bash
# The images of compose/eight: from a registry where one answers, else built
# here from the distribution's packages. What a build made stays: a second run
# only looks. An image is made again when its recipe changed or it was removed.
#
#   images.sh ensure         decide which, make what is missing; last line of
#                            output: `images: public` or `images: local`
#                            (COMPOSED_IMAGES=public|local decides beforehand,
#                            TRAEFIK=real builds Traefik itself; once built it is
#                            taken, unless TRAEFIK=stand-in)
#   images.sh local [NAME…]  the local images, or some of them
#   images.sh traefik        the real Traefik from its Go module (needs Go)
#   images.sh tiny           composed.local/box:1 and :2, for tests on an engine
#   images.sh status         which images are here
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stack=$here/../compose/eight
folder=$here/images
# A name no registry serves, so that nothing here shadows a public image.
space=composed.local
key=$space.recipe
traefik_version=v3.6.0
all="redis postgres rabbitmq prometheus app traefik-stand-in grafana-stand-in"
if [ "$(id -u)" -eq 0 ]; then state=/var/lib/composed-dev; else state=${XDG_STATE_HOME:-$HOME/.local/state}/composed-dev; fi
export COMPOSED_DEV_STATE=${COMPOSED_DEV_STATE:-$state}

say() { printf 'images: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_engine() {
  command -v docker >/dev/null || die "there is no docker command here: apt-get install docker.io (or docker-cli, where that is a package of its own)"
  docker version >/dev/null 2>&1 || die "no container engine answers: scripts/engine.sh ensure"
}
here_already() { docker image inspect "$1" >/dev/null 2>&1; }
# the recipe an image was made by; empty when the image is not here
recipe_of() { docker image inspect --format "{{index .Config.Labels \"$key\"}}" "$1" 2>/dev/null || true; }
recipe() { # of files and folders: their names, modes and bytes
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --exclude=__pycache__ -c -C "$here/.." "$@" | sha256sum | cut -c1-16
}
# made TAG RECIPE COMMAND…: runs COMMAND unless TAG was made by RECIPE
made() {
  local tag=$1 recipe=$2 start=$SECONDS
  shift 2
  if [ "$(recipe_of "$tag")" = "$recipe" ]; then return 0; fi
  say "making $tag"
  "$@"
  say "made $tag in $((SECONDS - start)) s"
}
# build TAG RECIPE CONTEXT [OPTION…]: one `docker build`, its output only when it
# fails. The host's network, so that a package source the host reaches is reached.
build() {
  local tag=$1 recipe=$2 context=$3 log
  shift 3
  log=$(mktemp)
  if ! docker build --network host --label "$key=$recipe" --tag "$tag" "$@" "$context" > "$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "the build of $tag failed (its last lines are above)"
  fi
  rm -f "$log"
}
# from_folder NAME TAG [PARENT]: scripts/images/NAME; what it is built on counts
# as part of the recipe
from_folder() {
  local r
  r=$(recipe scripts/images/base.sh ${3:+"scripts/images/$3"} "scripts/images/$1")
  made "$2" "$r" build "$2" "$r" "$folder/$1"
}

make_base() {
  local r
  r=$(recipe scripts/images/base.sh)
  mkdir -p "$COMPOSED_DEV_STATE"
  made "$space/base:distro" "$r" "$folder/base.sh" "$space/base:distro" "$key=$r"
}
make_redis()            { make_base;  from_folder redis            "$space/redis:distro"; }
make_postgres()         { make_base;  from_folder postgres         "$space/postgres:distro"; }
make_rabbitmq()         { make_base;  from_folder rabbitmq         "$space/rabbitmq:distro"; }
make_prometheus()       { make_base;  from_folder prometheus       "$space/prometheus:distro"; }
make_nginx()            { make_base;  from_folder nginx            "$space/nginx:distro"; }
make_traefik-stand-in() { make_nginx; from_folder traefik-stand-in "$space/traefik:stand-in" nginx; }
make_grafana-stand-in() { make_nginx; from_folder grafana-stand-in "$space/grafana:stand-in" nginx; }
make_python() {
  local r
  make_base
  r=$(recipe scripts/images/base.sh scripts/images/python scripts/images/wheels.sh compose/eight/app/requirements.txt)
  made "$space/python:distro" "$r" build_python "$r"
}
build_python() {
  local context
  context=$(mktemp -d)
  cp "$folder/python/Dockerfile" "$stack/app/requirements.txt" "$context/"
  "$folder/wheels.sh" "$context/requirements.txt" "$context/wheels"
  build "$space/python:distro" "$1" "$context"
  rm -rf "$context"
}
make_app() { # the stack's own Dockerfile, on the base that stands for python:slim
  local r
  make_python
  r=$(recipe scripts/images/base.sh scripts/images/python compose/eight/app)
  made "$space/eight-app:distro" "$r" build "$space/eight-app:distro" "$r" "$stack/app" --build-arg "BASE=$space/python:distro"
}
make_traefik() {
  local r
  r=$traefik_version-$(recipe scripts/images/traefik.sh)
  made "$space/traefik:real" "$r" "$folder/traefik.sh" "$space/traefik:real" "$key=$r" "$traefik_version"
}
make_tiny() {
  local r
  r=$(recipe scripts/images/box.sh)
  if [ "$(recipe_of "$space/box:2")" = "$r" ]; then made "$space/box:1" "$r" "$folder/box.sh" "$space/box" "$key=$r"; return; fi
  made "$space/box:2" "$r" "$folder/box.sh" "$space/box" "$key=$r"
}
make_local() {
  local name names
  if [ $# -gt 0 ]; then names=("$@"); else read -ra names <<< "$all"; fi
  for name in "${names[@]}"; do
    declare -F "make_$name" >/dev/null || die "no image called $name; there are: $all base python nginx traefik"
    "make_$name"
  done
  # what a newer recipe replaced, and of ours alone
  docker image prune --force --filter "label=$key" >/dev/null
}

# the images the stack takes from a registry: the defaults in its file
public() { sed -n 's/^[[:space:]]*image: \${[A-Z_]*:-\([^}]*\)}.*/\1/p' "$stack/compose.yaml" | grep -v '^composed-' | sort -u; }
# the images the local env file names
local_tags() { sed -n 's/^[A-Z]*_IMAGE=//p' "$stack/.env.local-images" | sort -u; }
all_here() { local i; for i in $("$1"); do here_already "$i" || return 1; done; }
# Ten kilobytes tell whether a registry answers; nothing of them is left behind.
registry_answers() {
  local probe=hello-world:latest had=no
  if here_already "$probe"; then had=yes; fi
  timeout 15 docker pull --quiet "$probe" >/dev/null 2>&1 || return 1
  [ $had = yes ] || docker image rm "$probe" >/dev/null 2>&1 || true
}
ensure() {
  local which=${COMPOSED_IMAGES:-}
  case $which in
    public | local) say "COMPOSED_IMAGES says $which" ;;
    '')
      if all_here public; then
        which=public; say "the public images are all here"
      elif all_here local_tags; then
        which=local; say "the local images are all here (COMPOSED_IMAGES=public tries a registry instead)"
      elif registry_answers; then
        which=public; say "a registry answers: up pulls the public images"
      else
        which=local; say "no registry answered within 15 s: building local images from packages (a few minutes, once)"
      fi ;;
    *) die "COMPOSED_IMAGES=$which: it is public or local" ;;
  esac
  if [ "$which" = local ]; then
    make_local
    if [ "${TRAEFIK:-}" = real ]; then make_traefik; fi
    if [ "${TRAEFIK:-}" != stand-in ] && here_already "$space/traefik:real"; then
      say "real: redis postgres rabbitmq prometheus app traefik; stand-in: grafana"
    else
      say "real: redis postgres rabbitmq prometheus app; stand-ins: traefik grafana"
    fi
  fi
  echo "images: $which"
}
status() {
  local i
  for i in $(public) $(local_tags) "$space/traefik:real" "$space/box:1" "$space/box:2"; do
    if here_already "$i"; then echo "here     $i"; else echo "missing  $i"; fi
  done
}

case ${1:-} in
  ensure) need_engine; ensure ;;
  local) need_engine; shift; make_local "$@" ;;
  traefik) need_engine; make_traefik ;;
  tiny) need_engine; make_tiny ;;
  status) need_engine; status ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 1 ;;
esac
