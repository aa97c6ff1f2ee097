#!/usr/bin/env bash
# Runs the pinned staticcheck over the packages given as arguments. It is built
# by the go command and is no dependency of the module.
set -euo pipefail
exec go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 "$@"
