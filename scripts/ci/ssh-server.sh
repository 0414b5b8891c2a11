#!/bin/sh
# sshd, for the test of a Docker engine that is reached over ssh, where it is not there yet. Needs root and Debian's apt.
# The test starts one of its own, on 127.0.0.1. Installed anew Debian's would run at once and after every start of the
# machine, so its service is masked first; `systemctl unmask ssh` gives it to somebody who wants it.
set -eu
[ -x /usr/sbin/sshd ] && exit
mkdir -p /etc/systemd/system
for unit in ssh.service ssh.socket; do ln -sfn /dev/null "/etc/systemd/system/$unit"; done
apt-get update
# the run level of a machine that is being mended: there, no service is started where there is no systemd
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends openssh-server
