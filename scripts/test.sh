#!/usr/bin/env bash
# The whole test run. Installs what it can, says what it leaves out and why.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out=()

# have PROGRAM or FILE
have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# need PROGRAM|FILE PACKAGE TIER: have it, or install its Debian package, or leave
# the tier out.
PATH=$PATH:/usr/sbin:/sbin # where several are, for everybody
updated=
need() {
	have "$1" && return 0
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

# elapsed: the time since the beginning
elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

# step NAME: a heading
step() { printf '\n== %s %s\n' "$(elapsed)" "$*"; }

need tshark tshark "captures read back by tshark" || true
need openssl openssl "certificates read back by openssl" || true
need protoc protobuf-compiler "CarLife messages read back by protoc" || true
need ideviceinfo libimobiledevice-utils "the idevice tools against a simulated phone" || true
need ideviceinstaller ideviceinstaller "apps installed by ideviceinstaller" || true
need ifuse ifuse "a phone's files mounted by ifuse" || true
race=yes
need gcc gcc "the race detector (it needs a C compiler)" || race=
[ -z "$race" ] || need /usr/include/stdio.h libc6-dev "the race detector (it needs a C library's headers)" || race=

# The lab. Of these packages none starts a daemon here: usbmuxd's begins when udev
# sees an iPhone.
lab="drivers of a real kernel, in a virtual machine"
in_lab=yes
need qemu-system-x86_64 qemu-system-x86 "$lab" || in_lab=
need /bin/busybox busybox-static "$lab" || in_lab=
need modprobe kmod "$lab" || in_lab=
need xz xz-utils "$lab" || in_lab=
if [ -n "$in_lab" ]; then
	need zstd zstd "the virtual machine booting faster" || true
	need /lib/systemd/systemd-udevd udev "udev in the virtual machine" || true
	need usbip usbip "USB/IP attached by the usbip tool" || true
	need lsusb usbutils "devices looked at by lsusb" || true
	need i2cdetect i2c-tools "chips seen by i2c-tools" || true
	need usbmuxd usbmuxd "a simulated phone on the real usbmuxd" || true
	need pkg-config pkg-config "libusb" && need /usr/include/libusb-1.0/libusb.h libusb-1.0-0-dev "libusb" || true
	echo "-- Debian's current kernel, unless it is there already, for: $lab"
	if ! said=$(CGO_ENABLED=0 go run ./cmd/plugfest lab --prepare --install 2>&1); then
		left_out+=("$lab: $(printf '%s\n' "$said" | sed -n 's/^plugfest: //p' | head -n 1)")
		in_lab=
	fi
fi

step "lint: gofmt, go vet, staticcheck"
make --no-print-directory lint

step "build without cgo"
CGO_ENABLED=0 go build ./...

# vet has had its turn: -vet=off.
step "tests"
PLUGFEST_LAB=off CGO_ENABLED=0 go test -vet=off ./...

if [ -n "$race" ]; then
	# Without the second that its programs wait at their end; many of these tests wait
	# for something, so more of them at once.
	step "tests under the race detector, short"
	GORACE=atexit_sleep_ms=50 CGO_ENABLED=1 go test -vet=off -race -short -p 4 ./...
fi

if [ -n "$in_lab" ]; then
	# A guest has one processor, and waits for half of its time: two at once. Emulated
	# guests stumble now and then where a machine is busy: what failed has a second try,
	# alone, whose result counts. What passed is not run again.
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	tried_again=
	# in_the_lab FLAGS PACKAGES: a line each; all there is where something failed
	in_the_lab() {
		if CGO_ENABLED=0 go test -vet=off -timeout 30m -v "$@" >"$log" 2>&1; then
			sed -n '/^ok/p; /MB\/s, /,/^[^ ]/{/^ /p}' "$log"
		else
			cat "$log"
			return 1
		fi
	}
	# try_in_the_lab HOW-MANY-AT-ONCE FLAGS PACKAGES
	try_in_the_lab() {
		in_the_lab -p "$@" || {
			tried_again+=" $(sed -n 's/^FAIL[[:space:]]\([^[:space:]]*\).*/\1/p' "$log" | xargs)"
			step "tests in the lab: a second try of what failed"
			in_the_lab -p 1 "${@:2}"
		}
		# A skipped test says why in the line before; those named TestGuest run in the guest.
		while read -r line; do left_out+=("$lab: $line"); done < <(
			awk '/^ +[a-z_]+\.go:[0-9]+: /{ sub(/^ +[a-z_]+\.go:[0-9]+: /, ""); why = $0 }
				/^--- SKIP/ && $3 !~ /^TestGuest/{ print $3 ": " why }' "$log")
	}
	step "tests in the lab, under a real kernel"
	try_in_the_lab 2 -skip '^TestThroughput$' ./acceptance ./hil/... ./cmd/plugfest
	step "throughput in the lab, with nothing beside it"
	try_in_the_lab 1 -run '^TestThroughput$' ./acceptance
fi

step "the built-in scenarios"
CGO_ENABLED=0 go run ./cmd/plugfest run

printf '\n'
for tier in "${left_out[@]+"${left_out[@]}"}"; do
	printf 'left out: %s\n' "$tier"
done
[ -z "${tried_again-}" ] || echo "passed only at a second try:$tried_again"
echo "all tests passed in $(elapsed)"
