#!/usr/bin/env bash
# A real MySQL 9 to compare with, from the packages of Debian sid, unpacked
# into a folder: the machine's own packages stay as they are, and only apt-get
# and dpkg are needed, not root.
#
#   mysql9.sh install             unpack it, unless it is there; print its version
#   mysql9.sh serve DATA PORT [OPTION...]
#                                 its server on loopback, in the foreground, in
#                                 place of this process; makes DATA if missing
#   mysql9.sh client NAME ARG...  one of its clients: mysql, mysqldump, mysqladmin
#
# The folder is $XADB_MYSQL9, or .mysql9 in the checkout. The mirror is the one
# that the machine's own sources of Debian name.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/.." && pwd)
dir=${XADB_MYSQL9:-$checkout/.mysql9}
root=$dir/root
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror is the first address of a Debian archive among apt's sources.
mirror() {
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | awk '!/security/ && /debian$/ {print; exit}'
}

apt() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State="$dir/state" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

install() {
  if [ ! -e "$dir/complete" ]; then
    local from
    from=$(mirror)
    if [ -z "$from" ]; then
      echo "mysql9: no source of apt's on this machine is a Debian archive" >&2
      exit 1
    fi
    rm -rf "$dir"
    mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial "$root"
    : >"$dir/status"
    echo "deb [signed-by=$keyring] $from sid main" >"$dir/sources.list"
    apt update
    apt install --no-install-recommends --download-only -y mysql-server-core mysql-client-core >/dev/null
    for package in "$dir"/cache/archives/*.deb; do
      dpkg -x "$package" "$root"
    done
    rm -rf "$dir/cache" "$dir/state"
    : >"$dir/complete"
  fi
  run sbin/mysqld --version
}

# run replaces this process by a program of the folder, which gets the folder's
# libraries and none of the machine's.
run() {
  local program=$root/usr/$1
  shift
  "$root"/usr/lib*/ld-linux-*.so.2 --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$program" "$@"
}

server_options() {
  options=(--no-defaults "--basedir=$root/usr" "--lc-messages-dir=$root/usr/share/mysql"
    "--character-sets-dir=$root/usr/share/mysql/charsets" "--plugin-dir=$root/usr/lib/mysql/plugin"
    "--user=$(id -un)" "--datadir=$1" "--log-error-verbosity=1" --secure-file-priv=NULL)
}

serve() {
  server_options "$1"
  if [ ! -e "$1/mysql.ibd" ]; then
    run sbin/mysqld "${options[@]}" --initialize-insecure
  fi
  exec "$root"/usr/lib*/ld-linux-*.so.2 --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/usr/sbin/mysqld" \
    "${options[@]}" --bind-address=127.0.0.1 --port="$2" --mysqlx=OFF --socket="$1/socket" --pid-file="$1/pid" "${@:3}"
}

case ${1-} in
  install) install ;;
  serve) serve "${@:2}" ;;
  client)
    program=$2
    shift 2
    run "bin/$program" --no-defaults "$@"
    ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
