#!/bin/sh
# Does what the official image does before its server runs: initialise once, with a server that only the socket reaches.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?is not set}"
    printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
    # shellcheck disable=SC2086 # several arguments in one variable, as in the official image
    initdb --no-sync -U "${POSTGRES_USER:-postgres}" --pwfile=/tmp/password ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
    : > /tmp/password
    printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
    pg_ctl -w -D "$PGDATA" -o "-c listen_addresses=''" start
    pg_ctl -w -D "$PGDATA" -m fast stop
fi

exec "$@"
