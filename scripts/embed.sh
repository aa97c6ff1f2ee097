#!/usr/bin/env bash
# Holds README.md to the programs under examples. Each Go block there that is a
# whole program is the program in the folder that the link above it names, and
# prints the block that follows it. The other programs must run, too.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

compared=0
for program in examples/*/; do
  program=${program%/}
  awk -v link="($program)" '
    index($0, link)                 {here = 1; next}
    here && /./ && !/^```/ && !inside && !n {here = 0} # no program follows
    here && /^```/ && !inside       {inside = 1; n++; next}
    inside && /^```$/               {inside = 0; if (n == 2) exit; next}
    inside                          {print > (n == 1 ? code : want)}
  ' code="$dir/code" want="$dir/want" README.md
  go run "./$program" >"$dir/got"
  if [[ -e $dir/code ]]; then
    diff -u <(sed -n '/^package main/,$p' "$program/main.go") "$dir/code"
    diff -u "$dir/want" "$dir/got"
    rm "$dir/code" "$dir/want"
    compared=$((compared + 1))
  fi
  echo "$program: ok"
done
if [[ $compared == 0 ]]; then
  echo "README.md has none of the programs"
  exit 1
fi
