#!/usr/bin/env bash
# Runs SQL files where the PG* variables point, stopping at the first error: with psql, else with psql from
# Docker, else with dbexec. PSQL_ENV names a file of variables; .env.staging is read when it is there.
set -euo pipefail

[ $# -gt 0 ] || { echo "Usage: $0 FILE.sql..." >&2; exit 2; }

env_file=${PSQL_ENV:-.env.staging}
if [ -f "$env_file" ]; then
  set -a
  # shellcheck source=/dev/null
  . "$env_file"
  set +a
elif [ -n "${PSQL_ENV:-}" ]; then
  echo "There is no file $PSQL_ENV." >&2
  exit 2
fi

options=(--no-psqlrc --single-transaction --set ON_ERROR_STOP=1)
for file in "$@"; do options+=(--file "$file"); done

if command -v psql > /dev/null; then
  exec psql "${options[@]}"
elif command -v docker > /dev/null; then
  # named without a value, the variables come from here and stand on no command line
  exec docker run --rm --network host --volume "$PWD:$PWD:ro" --workdir "$PWD" \
    --env PGHOST --env PGPORT --env PGDATABASE --env PGUSER --env PGPASSWORD --env PGSSLMODE \
    postgres:16 psql "${options[@]}"
fi
exec "$(dirname "$0")/../node_modules/.bin/node" "$(dirname "$0")/dbexec.ts" "$@"
