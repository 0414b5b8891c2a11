#!/bin/sh
# Stands for pg_isready, which the embedded binaries lack: whether the server takes connections over TCP. It says so itself,
# in line 8 of its file; line 6 is the address it listens on, and empty while the image initialises.
set -eu

number=0 address='' status=''
while IFS= read -r line; do
    number=$((number + 1))
    case $number in 6) address=$line ;; 8) status=$line ;; esac
done < "$PGDATA/postmaster.pid"
[ -n "$address" ] && [ "${status%% *}" = ready ]
