#!/usr/bin/env bash
# Starts a Docker engine of our own, from Debian's packages, when none answers; ends it with the script that sources this.
# Sets DOCKER_HOST. Nothing of it is shared with another engine: its data, state and socket are in a folder of its own.

docker_folder=''
docker_pid=''

end_docker() {
    [ -n "$docker_pid" ] || return 0
    kill "$docker_pid" 2> /dev/null || true # it ends its containers, and then itself
    wait "$docker_pid" || true
    umount "$docker_folder"/exec/netns/* 2> /dev/null || true # a container on the host's network leaves it mounted
    rm -rf "$docker_folder"
}

# Says why there will be no engine, and ends the script: what was to be tested on it would not be.
no_docker() {
    [ ! -s "$docker_folder/log" ] || tail -n 20 "$docker_folder/log" >&2
    echo "NO DOCKER ENGINE: $1" >&2
    echo 'Docker and Compose would go untested. Start an engine and name it in DOCKER_HOST, or leave them out: DRYDOCK_REQUIRE= .ci/run' >&2
    exit 1
}

install_docker() {
    [ "$(id -u)" = 0 ] || no_docker 'none is installed, and only root can install or start one.'
    command -v apt-get > /dev/null || no_docker 'none is installed, and without apt-get there is no way to install one.'
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        docker.io docker-compose iptables; }; then
        no_docker 'the packages docker.io, docker-compose and iptables cannot be installed.'
    fi
}

start_docker() {
    if ! { command -v dockerd && command -v docker-compose; } > /dev/null; then install_docker; fi
    docker_folder=$(mktemp -d)
    trap end_docker EXIT
    dockerd --data-root "$docker_folder/data" --exec-root "$docker_folder/exec" --pidfile "$docker_folder/pid" \
        --host "unix://$docker_folder/docker.sock" > "$docker_folder/log" 2>&1 &
    docker_pid=$!
    export DOCKER_HOST=unix://$docker_folder/docker.sock
    for _ in $(seq 100); do
        docker version > /dev/null 2>&1 && return
        kill -0 "$docker_pid" 2> /dev/null || no_docker 'dockerd ended as it started; the end of its log is above. It needs root and the right to mount.'
        sleep 0.2
    done
    no_docker 'dockerd does not answer within 20 s; the end of its log is above.'
}

docker version > /dev/null 2>&1 || start_docker
