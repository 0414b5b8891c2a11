#!/usr/bin/env bash
# A snapshot for machines without Node: exports what the queries of a folder select, read only, with row counts, bytes and
# sha256. With psql from PATH, else with psql from Docker.
#   DB_ENV=prod-readonly.env scripts/snapshot.sh QUERIES OUT
# PSQL_IMAGE names another image than postgres:17, such as a registry's own copy of it.
# QUERIES holds NAME.copy.sql, exported to NAME.csv, and NAME.scalar.sql, one value written to NAME.txt; one select each.
# All of them run in one read-only transaction on one snapshot.
set -euo pipefail

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

usage() {
  printf '%s\n' "$@" >&2
  exit 2
}

[ $# -eq 2 ] || usage "Usage: DB_ENV=FILE $0 QUERIES OUT"
queries=$1
stamp=$(date -u +%Y%m%dT%H%M%SZ)
out=$2/$stamp

# read_env FILE: takes the keys it knows; a file that is sourced could run anything
read_env() {
  local line key value
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?(DB_[A-Z_]+)=(.*)$ ]] || continue
    key=${BASH_REMATCH[2]}
    value=${BASH_REMATCH[3]%$'\r'}
    if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
    case $key in
      DB_HOST | DB_PORT | DB_USER | DB_PASSWORD | DB_NAME | DB_SCHEMA | DB_SSL_MODE | DB_SSL_ROOT_CERT) printf -v "$key" %s "$value" ;;
    esac
  done < "$1"
}

if [ -n "${DB_ENV:-}" ]; then
  [ -r "$DB_ENV" ] || usage "Cannot read $DB_ENV, which DB_ENV names."
  read_env "$DB_ENV"
fi
missing=()
for key in DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME; do
  [ -n "${!key:-}" ] || missing+=("$key")
done
[ ${#missing[@]} -eq 0 ] || usage "Not set: ${missing[*]}. Set them, or name a file of them with DB_ENV."

# libpq reads these from the environment; no secret stands on a command line
export PGHOST=$DB_HOST PGPORT=$DB_PORT PGUSER=$DB_USER PGPASSWORD=$DB_PASSWORD PGDATABASE=$DB_NAME
export PGSSLMODE=${DB_SSL_MODE:-verify-full} PGSSLROOTCERT=${DB_SSL_ROOT_CERT:-} PGAPPNAME='drydock snapshot.sh'
export PGCONNECT_TIMEOUT=10
[ -n "$PGSSLROOTCERT" ] || unset PGSSLROOTCERT

image=${PSQL_IMAGE:-postgres:17}
if command -v psql > /dev/null; then
  psql_command=(psql)
elif command -v docker > /dev/null; then
  if ! docker info > /dev/null 2>&1; then
    fail "Docker's socket is blocked. Allow this and nothing more: docker run --rm --network host $image psql," \
      "which connects to $DB_HOST:$DB_PORT and only reads."
  fi
  if ! docker image inspect "$image" > /dev/null 2>&1 && ! answer=$(docker pull --quiet "$image" 2>&1); then
    fail "The image $image is not on this machine and cannot be pulled: $answer" \
      "Allow this and nothing more: docker pull $image; or name an image that is here in PSQL_IMAGE."
  fi
  psql_command=(docker run --rm --interactive --network host)
  for name in PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE PGAPPNAME PGCONNECT_TIMEOUT; do
    psql_command+=(--env "$name") # named without a value: it comes from the environment
  done
  if [ -n "${PGSSLROOTCERT:-}" ]; then
    psql_command+=(--env PGSSLROOTCERT=/root.crt --volume "$(realpath "$PGSSLROOTCERT"):/root.crt:ro")
  fi
  psql_command+=("$image" psql)
else
  fail "There is neither psql nor docker. Install one of them: apt-get install postgresql-client."
fi

run_psql() {
  "${psql_command[@]}" --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"
}

if ! answer=$(run_psql --command 'select 1' 2>&1); then
  fail "Cannot log in to $DB_NAME at $DB_HOST:$DB_PORT: $answer" \
    "If the network is blocked, allow this and nothing more: TCP to $DB_HOST port $DB_PORT, for reading."
fi

# statement_of FILE: its text without the last semicolon; what psql could read as its own is refused
statement_of() {
  local text
  text=$(< "$1")
  text=${text%"${text##*[![:space:]]}"}
  text=${text%;}
  [[ $text != *[\;\\]* ]] || usage "$1 holds a second statement or a backslash; it may hold one select."
  grep -qiE '^[[:space:]]*(select|with)[[:space:]]' <<< "$(grep -vE '^[[:space:]]*(--|$)' <<< "$text" | head -n 1)" || usage "$1 is no select."
  printf '%s\n' "$text"
}

shopt -s nullglob
copies=("$queries"/*.copy.sql)
scalars=("$queries"/*.scalar.sql)
[ ${#copies[@]} -gt 0 ] || usage "There is no NAME.copy.sql in $queries."
for file in "${copies[@]}" "${scalars[@]}"; do statement_of "$file" > /dev/null; done

umask 077
partial=$2/.$stamp.partial
mkdir -p "$2"
mkdir "$partial" || fail "A snapshot of this second is being taken."
trap 'rm -rf "$partial"' EXIT
printf '*\n' > "$2/.gitignore"

begin='begin transaction isolation level repeatable read read only;'
limits="set local statement_timeout = '30s'; set local lock_timeout = '250ms'; set local timezone = 'UTC';
  set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; set local extra_float_digits = 1;
  set local bytea_output = 'hex'; set local client_encoding = 'UTF8';"

# one session holds the snapshot that all the others look at
coproc HOLDER { run_psql 2>&1; }
printf "%s set local idle_in_transaction_session_timeout = '10min'; select pg_catalog.pg_export_snapshot();\n" "$begin" >&"${HOLDER[1]}"
read -r snapshot <&"${HOLDER[0]}" || fail "The session that holds the snapshot ended."

# run STATEMENT FILE: the answer goes to FILE, and its receipt to the manifest
run() {
  local receipt started ended
  started=$(date +%s%N)
  receipt=$(
    run_psql 2>&1 > "$partial/$2" << SQL
$begin
set transaction snapshot '$snapshot';
$limits
$1
;
select coalesce(pg_catalog.pg_current_xact_id_if_assigned()::text, 'none') as xid \gset
\warn transaction_id=:xid
rollback;
SQL
  ) || fail "$2: $receipt"
  [[ $receipt == transaction_id=none ]] || fail "$2: the session was given a transaction id, so something wrote: $receipt"
  ended=$(date +%s%N)
  printf '%s rows=%s %s bytes=%s ms=%s sha256=%s\n' "$2" "$(rows_of "$partial/$2")" "$receipt" "$(stat -c %s "$partial/$2")" \
    $(((ended - started) / 1000000)) "$(sha256sum "$partial/$2" | cut -d ' ' -f 1)" >> "$partial/.receipts"
}

# rows_of FILE: lines of a text; records of a CSV behind its header, where a line break inside quotes ends none
rows_of() {
  [[ $1 == *.csv ]] || { wc -l < "$1"; return; }
  LC_ALL=C awk '{ quotes += gsub(/"/, "") } quotes % 2 == 0 { rows++ } END { print rows - 1 }' "$1"
}

run_copy() { run "copy ($1"$'\n'") to stdout with (format csv, header)" "$2"; }
run_scalar() { run "$1" "$2"; }

for file in "${copies[@]}"; do run_copy "$(statement_of "$file")" "$(basename "$file" .copy.sql).csv"; done
for file in "${scalars[@]}"; do run_scalar "$(statement_of "$file")" "$(basename "$file" .scalar.sql).txt"; done
run_scalar "select pg_catalog.format('%s, Postgres %s, %s', pg_catalog.current_database(),
  pg_catalog.current_setting('server_version'), case when pg_catalog.pg_is_in_recovery() then 'replica' else 'primary' end)" server.txt

printf 'rollback;\n\\q\n' >&"${HOLDER[1]}"
{
  printf 'branch: %s\n' "$(git branch --show-current 2> /dev/null || echo unknown)"
  printf 'commit_sha: %s\n' "$(git rev-parse HEAD 2> /dev/null || echo unknown)"
  printf 'commit_timestamp: %s\n' "$(git show --no-patch --format=%cI HEAD 2> /dev/null || echo unknown)"
  printf 'snapshot_generated_at_utc: %s\n' "$stamp"
  printf 'server: %s\nsnapshot: %s\n' "$(< "$partial/server.txt")" "$snapshot"
  printf 'writes: none, every transaction read only and without a transaction id\n\n'
  cat "$partial/.receipts"
  for file in "$partial"/max_*.txt; do
    column=$(basename "$file" .txt)
    printf 'future_filter: %s > %s (from %s)\n' "${column#max_}" "'$(< "$file")'::timestamptz" "$(basename "$file")"
  done
} > "$partial/manifest.txt"
rm "$partial/.receipts"
mv "$partial" "$out"
printf '%s\n' "$out"
