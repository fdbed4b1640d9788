#!/usr/bin/env bash
# The whole test run. Installs what it can, says what it leaves out and why.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out=()

# need PROGRAM PACKAGE TIER: have the program, or install its Debian package, or
# leave the tier out.
updated=
need() {
	command -v "$1" >/dev/null 2>&1 && return 0
	local sudo=
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null 2>&1 || ! sudo -n true 2>/dev/null; then
			left_out+=("$3: no $1, and no root or sudo to install $2")
			return 1
		fi
		sudo=sudo
	fi
	if ! command -v apt-get >/dev/null 2>&1; then
		left_out+=("$3: no $1, and no apt-get to install $2")
		return 1
	fi
	echo "-- installing $2 for: $3"
	if [ -z "$updated" ]; then
		$sudo apt-get -qq update >/dev/null 2>&1 || true
		updated=1
	fi
	if ! DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq install -y --no-install-recommends "$2" >/dev/null 2>&1; then
		left_out+=("$3: apt-get could not install $2")
		return 1
	fi
}

step() { printf '\n== %s\n' "$*"; }

need tshark tshark "captures read back by tshark" || true
need openssl openssl "certificates read back by openssl" || true
need protoc protobuf-compiler "CarLife messages read back by protoc" || true
need ideviceinfo libimobiledevice-utils "the idevice tools against a simulated phone" || true
need ideviceinstaller ideviceinstaller "apps installed by ideviceinstaller" || true
need ifuse ifuse "a phone's files mounted by ifuse" || true
race=yes
need gcc gcc "the race detector (it needs a C compiler)" || race=
[ -z "$race" ] || [ -e /usr/include/stdio.h ] || need cc-headers libc6-dev "the race detector (it needs a C library's headers)" || [ -e /usr/include/stdio.h ] || race=

step "lint: gofmt, go vet, staticcheck"
make --no-print-directory lint

step "build without cgo"
CGO_ENABLED=0 go build ./...

step "tests"
CGO_ENABLED=0 go test ./...

if [ -n "$race" ]; then
	step "tests under the race detector, short"
	CGO_ENABLED=1 go test -race -short ./...
fi

step "the built-in scenarios"
CGO_ENABLED=0 go run ./cmd/plugfest run

printf '\n'
for tier in "${left_out[@]+"${left_out[@]}"}"; do
	printf 'left out: %s\n' "$tier"
done
echo "all tests passed"
