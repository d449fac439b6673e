#!/bin/bash
# Makes the cluster on the first start (POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB as in the public image), then becomes the server.
set -euo pipefail

if [ "$1" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" -eq 0 ]; then
  install -d -o postgres -g postgres -m 2775 /var/run/postgresql
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?set it: a new cluster needs a password for its first user}"
  : "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
  # A start that was cut short leaves files without PG_VERSION; initdb wants none.
  find "$PGDATA" -mindepth 1 -delete
  initdb --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local trust --auth-host scram-sha-256
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  # Unix socket only: nobody may take this passing server for the real one.
  pg_ctl --wait --options "-c listen_addresses=" start
  if [ "$POSTGRES_DB" != postgres ]; then createdb --username "$POSTGRES_USER" "$POSTGRES_DB"; fi
  pg_ctl --wait --mode fast stop
fi
shift
exec postgres -c 'listen_addresses=*' "$@"
