# Runs inside of the guest's root, and does what the machine asks for over a
# virtio port: one line a request, one a report. Its exit status becomes that of
# QEMU: 42 for a guest that was asked to end.
bb=/run/plugfest/busybox
control=/run/plugfest/control
host=/run/plugfest/host

for p in /sys/class/virtio-ports/*; do
	[ "$(cat "$p/name")" = plugfest ] && port=/dev/${p##*/}
done
exec 3<>"$port" || exit 43

fail() {
	echo "failed $*" >&3
	read -r _ <&3
	exit 43
}

# SHOW, DIR, MODULES, NETWORK, UDEV, CONSOLE
. $control/config
export PATH

$bb hostname lab
$bb ip link set lo up

# The kernel's modules, in place of the machine's.
$bb mkdir -p /lib/modules
$bb mount --bind "$host$MODULES_DIR" /lib/modules || fail "mount the modules"

while read -r path; do
	if [ -d "$host$path" ]; then
		$bb mkdir -p "$path"
	else
		$bb mkdir -p "${path%/*}" && : >"$path"
	fi
	$bb mount --bind "$host$path" "$path" || fail "show $path"
done <$control/show

if [ -n "$DIR" ]; then
	$bb mkdir -p "$DIR"
	$bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,access=any dir "$DIR" || fail "mount $DIR"
fi

if [ -n "$NETWORK" ]; then
	$bb ip addr add 10.0.2.15/24 dev eth0 && $bb ip link set eth0 up && $bb ip route add default via 10.0.2.2 ||
		fail "set up the network"
fi
if [ -n "$UDEV" ]; then
	/lib/systemd/systemd-udevd --daemon || fail "start systemd-udevd"
	udevadm trigger --action=add && udevadm settle --timeout=30 || fail "let udev settle"
fi
while read -r module; do
	said=$(modprobe $module 2>&1) || fail "load module $module: $said"
done <$control/modules
[ -d /sys/kernel/config ] && $bb mount -t configfs configfs /sys/kernel/config 2>/dev/null

# job N: run a command, and report how it ended.
job() {
	dir=$control/$1
	$bb setsid /bin/sh -c 'echo $$ >"$0/pid"; . "$0/run"' "$dir" <"$dir/in" >>"$dir/out" 2>>"$dir/err" 3>&-
	echo "ended $1 $?" >&3
}

echo ready >&3
while read -r verb number arg <&3; do
	case $verb in
	run) job "$number" & ;;
	signal) kill -s "$arg" -- "-$(cat "$control/$number/pid")" 2>/dev/null ;;
	exit)
		$bb sync
		echo bye >&3
		exit 42
		;;
	esac
done
exit 44
