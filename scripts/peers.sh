#!/usr/bin/env bash
# Installs the programs and libraries of other projects that the tests and the
# benchmark use, from the distribution's own packages (Debian, Ubuntu), and only those that are missing.
# No test uses a server that is already running: each starts what it needs, on
# a port and a data folder of its own.
set -euo pipefail

# program or header    package
peers=(
  "mariadb             mariadb-client"
  "mariadb-admin       mariadb-client"
  "mariadb-binlog      mariadb-client"
  "mariadbd            mariadb-server"
  "mariadb-install-db  mariadb-server"
  "sysbench            sysbench"
  "mydumper            mydumper"
  "/usr/lib/python3/dist-packages/sqlalchemy/__init__.py python3-sqlalchemy"
  "/usr/lib/python3/dist-packages/pymysql/__init__.py python3-pymysql"
  "/usr/lib/python3/dist-packages/pytest/__init__.py python3-pytest"
  "javac               default-jdk-headless"
  "/usr/share/java/mariadb-java-client.jar libmariadb-java"
  "gcc                 build-essential" # the race detector links with it
  "rocksdb/c.h         librocksdb-dev"
)

# Servers live in sbin, which is not in every user's path.
PATH=$PATH:/usr/sbin:/sbin

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.h) echo "#include <$1>" | gcc -E - >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for line in "${peers[@]}"; do
  read -r program package <<<"$line"
  present "$program" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

if ! command -v apt-get >/dev/null; then
  echo "peers: the tests need ${missing[*]}, and there is no apt-get here." >&2
  echo "peers: install MariaDB 10.11 or newer (client and server) and gcc so that their programs are in PATH." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "peers: installing ${missing[*]} needs root: run this script as root, or install sudo." >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "peers: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

for line in "${peers[@]}"; do
  read -r program package <<<"$line"
  if ! present "$program"; then
    echo "peers: $package was installed but brought no $program." >&2
    exit 1
  fi
done
