#!/usr/bin/env bash
# Runs the embedding program of README.md: the first Go block there is a whole
# program, and it must do what the page says.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

awk '/^```go$/ {on = 1; next} /^```$/ && on {exit} on' README.md >"$dir/main.go"
go vet "$dir/main.go"
go build -o "$dir/embed" "$dir/main.go"
cd "$dir"
./embed
