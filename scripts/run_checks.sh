#!/usr/bin/env bash
# Runs every check: drydock check.
exec "$(dirname "$0")/../node_modules/.bin/node" "$(dirname "$0")/drydock.js" check "$@"
