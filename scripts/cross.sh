#!/usr/bin/env bash
# Builds the library and the command for every system they are meant for. No C
# is involved, so any machine can build for all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
for os in linux darwin windows; do
  for arch in amd64 arm64; do
    echo "$os/$arch"
    CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build . ./cmd/xadb # of two, nothing is kept
  done
done
