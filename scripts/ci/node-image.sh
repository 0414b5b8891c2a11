#!/usr/bin/env bash
# Makes a Docker image with the Node that this checkout runs on, npm, and what both need of the system, as in the official one.
# For tests on machines that reach no registry. Usage: node-image.sh NAME:TAG
set -euo pipefail
cd "$(dirname "$0")/../.."

image=$1
node=$(npx --no-install node -p process.execPath)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,etc,lib,usr}
mkdir -m 1777 "$root/tmp"
cp "$node" "$root/bin/node"
cp /bin/dash "$root/bin/sh"
cp /usr/bin/env "$root/bin/env"
ln -s ../bin "$root/usr/bin" # where scripts look for env
cp -R "$(npm root --global)/npm" "$root/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$root/bin/npm"
ldd "$root"/bin/{node,sh,env} | grep -o '/[^ ]*\.so[^ ]*' | sort -u |
    while read -r library; do install -D "$library" "$root$library"; done
printf '%s\n' 'root:x:0:0::/tmp:/bin/sh' 'nobody:x:65534:65534::/:/bin/false' > "$root/etc/passwd"

tar -C "$root" -c . | docker import --change 'CMD ["node"]' --change 'ENV PATH=/bin' - "$image"
