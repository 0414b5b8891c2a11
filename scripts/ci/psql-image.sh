#!/usr/bin/env bash
# Makes a Docker image in which psql is found as in the official postgres image, from the psql of this machine.
# For tests on machines that reach no registry. Usage: psql-image.sh NAME:TAG
set -euo pipefail

image=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

shopt -s nullglob
found=(/usr/lib/postgresql/*/bin/psql) # what Debian has in PATH is a script that looks for these
psql=${found[-1]:-$(command -v psql)}
install -D "$psql" "$root/usr/bin/psql"
ldd "$psql" | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do install -D "$library" "$root$library"; done
mkdir -m 1777 "$root/tmp"

tar -C "$root" -c . | docker import --change 'ENV PATH=/usr/bin' --change 'CMD ["psql"]' - "$image"
