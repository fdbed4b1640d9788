#!/usr/bin/env bash
# Run every fuzz target of the module for a while: fuzz.sh 30s
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}
count=0
for file in $(grep -rl '^func Fuzz' --include='*_test.go' . | sort); do
	dir=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		echo "== $dir $target"
		if ! out=$(go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x 2>&1); then
			printf '%s\n' "$out"
			exit 1
		fi
		printf '%s\n' "$out" | tail -1
		count=$((count + 1))
	done
done
echo "$count fuzz targets ran $time each without a crash"
