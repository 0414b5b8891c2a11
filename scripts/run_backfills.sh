#!/usr/bin/env bash
# Runs the backfills: drydock backfill.
exec "$(dirname "$0")/../node_modules/.bin/node" "$(dirname "$0")/drydock.js" backfill "$@"
