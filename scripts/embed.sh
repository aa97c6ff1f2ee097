#!/usr/bin/env bash
# Runs the embedding program of README.md: the first Go block there is a whole
# program, and it must print the block that follows it.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

awk '/^```go$/ {on = 1; next} on && /^```$/ {exit} on' README.md >"$dir/main.go"
awk '/^```go$/ {seen = 1} seen && /^```$/ {n++; next} n == 2 && !done {print} n > 2 {done = 1}' README.md >"$dir/want"
go vet "$dir/main.go"
go build -o "$dir/embed" "$dir/main.go"
(cd "$dir" && ./embed) >"$dir/got"
diff -u "$dir/want" "$dir/got"
cat "$dir/got"
