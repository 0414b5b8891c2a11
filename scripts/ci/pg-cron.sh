#!/usr/bin/env bash
# pg_cron for the system's Postgres 15, where it is not there yet.
set -euo pipefail

[ -e /usr/share/postgresql/15/extension/pg_cron.control ] && exit
apt-get update
apt-get install --yes --no-install-recommends postgresql-15-cron
