#!/bin/sh
# Runs the broker as user `rabbitmq`; the package's own wrapper insists on a
# login shell's environment, so the program behind it is called. The broker
# itself reads RABBITMQ_DEFAULT_USER, _PASS and _VHOST.
set -eu
if [ "$1" != rabbitmq-server ]; then exec "$@"; fi
shift
set -- /usr/lib/rabbitmq/bin/rabbitmq-server "$@"
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups "$@"
