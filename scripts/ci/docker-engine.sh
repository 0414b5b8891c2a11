#!/usr/bin/env bash
# Starts a Docker engine of our own, from Debian's packages, when none answers; ends it with the script that sources this.
# Sets DOCKER_HOST. Nothing of it is shared with another engine: its data, state and socket are in a folder of its own.

docker_folder=''

end_docker() {
    [ -n "$docker_folder" ] || return 0
    kill "$(cat "$docker_folder/pid")"
    while [ -e "$docker_folder/pid" ]; do sleep 0.1; done # dockerd removes it as the last thing it does
    rm -rf "$docker_folder"
}

start_docker() {
    if ! command -v dockerd > /dev/null || ! command -v docker-compose > /dev/null; then
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends docker.io docker-compose iptables
    fi
    docker_folder=$(mktemp -d)
    trap end_docker EXIT
    dockerd --data-root "$docker_folder/data" --exec-root "$docker_folder/exec" --pidfile "$docker_folder/pid" \
        --host "unix://$docker_folder/docker.sock" > "$docker_folder/log" 2>&1 &
    export DOCKER_HOST=unix://$docker_folder/docker.sock
    for _ in $(seq 100); do
        docker version > /dev/null 2>&1 && return
        sleep 0.2
    done
    cat "$docker_folder/log" >&2
    echo "The Docker engine does not start; its log is above." >&2
    return 1
}

docker version > /dev/null 2>&1 || start_docker
