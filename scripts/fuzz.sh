#!/usr/bin/env bash
# Fuzzes every fuzz target of the module in turn, each for the time given as
# the argument (default 5s). A failing input stays in the package's
# testdata/fuzz, where plain "go test" runs it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
time_each=${1:-5s}

targets=$(grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/' | sort)
if [ -z "$targets" ]; then
  echo "fuzz: no target found" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fuzz() {
  go test -run '^$' -fuzz "^$2\$" -fuzztime "$time_each" "./$(dirname "$1")" 2>&1 | tee "$log"
}

# The go command may take the end of the time for a failure (golang/go#75804):
# it names no input then, and the target gets one more turn.
outOfTime() {
  grep -q '^ *context deadline exceeded$' "$log" && ! grep -qE 'Failing input|panic:' "$log"
}

while IFS=: read -r file target; do
  echo "fuzz: $target in $(dirname "$file"), $time_each"
  fuzz "$file" "$target" || { outOfTime && fuzz "$file" "$target"; } || exit 1
done <<<"$targets"
