#!/usr/bin/env bash
# gofmt, vet, staticcheck; stops at the first that complains.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l $(git ls-files "*.go" 2>/dev/null || find . -name "*.go" -not -path "./tools/*"))
if [ -n "$unformatted" ]; then
	printf 'not gofmt-ed:\n%s\n' "$unformatted"
	exit 1
fi
go vet ./...
bin/staticcheck ./...
if command -v gcc pkg-config >/dev/null && pkg-config --exists libusb-1.0; then
	CGO_ENABLED=1 go vet -tags libusb ./hil/... ./acceptance ./cmd/plugfest
fi
