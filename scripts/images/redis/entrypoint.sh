#!/bin/sh
# Runs the server as user `redis`. Protected mode goes, as in the public image:
# inside a container every client is remote, so it would refuse them all.
set -eu
if [ "$1" != redis-server ]; then exec "$@"; fi
shift
set -- redis-server --protected-mode no "$@"
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
chown -R redis:redis /data
exec setpriv --reuid redis --regid redis --init-groups "$@"
