#!/usr/bin/env bash
# Fills the links between the domains: drydock hydrate.
exec "$(dirname "$0")/../node_modules/.bin/node" "$(dirname "$0")/drydock.js" hydrate "$@"
