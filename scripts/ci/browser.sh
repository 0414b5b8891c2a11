#!/bin/sh
# Installs the browser that the console is tested in, where it is not there yet. Needs root and Debian's apt.
set -eu
command -v chromium >/dev/null 2>&1 || {
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
}
chromium --version
