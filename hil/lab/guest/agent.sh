# Runs inside of the guest's root, and does what the machine asks for over a
# virtio port: one line a request, one a report. Its exit status says how it ended:
# 42 because it was asked to, 43 because it could not set up the guest.
bb=/run/plugfest/busybox
control=/run/plugfest/control
host=/run/plugfest/host

for p in /sys/class/virtio-ports/*; do
	[ "$(cat "$p/name" 2>/dev/null)" = plugfest ] && port=/dev/${p##*/}
done
exec 3<>"$port" || exit 43

fail() {
	echo "failed cannot" $* >&3 # one line, whatever a program said
	read -r _ <&3
	exit 43
}

# PATH, MODPROBE, MODULES_DIR, DIR, NETWORK, UDEV
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
	# Of the devices that are there already none matters, and their modules take long.
	/lib/systemd/systemd-udevd --daemon || fail "start systemd-udevd"
fi
set -f # or parameters of modules with a * in them might become names of files
while read -r module; do
	said=$("$MODPROBE" $module 2>&1) || fail "load module $module: $said"
done <$control/modules
[ -z "$UDEV" ] || udevadm settle --timeout=30 || fail "let udev settle"
"$MODPROBE" -q configfs && $bb mount -t configfs configfs /sys/kernel/config

# job N: run a command, and report how it ended. Its shell notes its number for
# signals and becomes the command. What a shell runs in the background ignores
# interrupts: env puts that right.
start='echo $$ >"$0/pid"; . "$0/run"'
env='/usr/bin/env --default-signal=INT,QUIT'
job() {
	dir=$control/$1
	$bb setsid $env /bin/sh -c "$start" "$dir" <"$dir/in" >>"$dir/out" 2>>"$dir/err" 3>&-
	echo "ended $1 $?" >&3
}

# job_on_terminal N: the same, with a mark behind all that it wrote.
job_on_terminal() {
	$bb setsid -c $env /bin/sh -c "$start" "$control/$1" <>/dev/hvc0 >&0 2>&0 3>&-
	code=$?
	printf '\033]7701;ended\007' >/dev/hvc0
	echo "ended $1 $code" >&3
}

# send_signal N SIGNAL: to a job's process group, as soon as there is one.
send_signal() {
	while [ -d "$control/$1" ]; do
		if [ -s "$control/$1/pid" ]; then
			kill -s "$2" -- "-$(cat "$control/$1/pid")" 2>/dev/null
			return
		fi
		$bb usleep 20000
	done
}

echo ready >&3
while read -r verb number arg <&3; do
	case $verb in
	run) job "$number" & ;;
	type) job_on_terminal "$number" & ;;
	signal) send_signal "$number" "$arg" & ;;
	exit)
		$bb sync
		echo bye >&3
		read -r _ <&3 # or QEMU might end before it has passed that on
		exit 42
		;;
	esac
done
exit 44
