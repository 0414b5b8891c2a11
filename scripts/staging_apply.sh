#!/usr/bin/env bash
# Applies the migrations that are not applied yet: drydock apply.
exec "$(dirname "$0")/../node_modules/.bin/node" "$(dirname "$0")/drydock.js" apply "$@"
