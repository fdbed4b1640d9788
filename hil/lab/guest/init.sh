#!/bin/busybox sh
# The first process of a guest. It makes a root out of the machine's files, gives
# it to agent.sh, and ends QEMU with a status that nothing else produces.
/bin/busybox --install -s /bin
export PATH=/bin

# off STATUS: QEMU exits with 2*STATUS+1.
off() {
	printf "\\$(printf %o "$1")" | dd of=/dev/port bs=1 seek=244 count=1 2>/dev/null
	poweroff -f
}
fail() {
	echo "plugfest lab: cannot $*" >/dev/console
	off 43
}

mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t devtmpfs dev /dev || fail mount /proc, /sys, /dev
while read -r module; do
	insmod "/modules/$module" || fail load "$module"
done </modules/order

share=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o $share,ro,cache=loose host /lower || fail mount the machine\'s files
mount -t tmpfs tmpfs /upper && mkdir /upper/files /upper/work || fail mount a layer in memory
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work root /root || fail mount the root

cd /root || fail enter the root
for fs in proc:proc sysfs:sys devtmpfs:dev tmpfs:run tmpfs:tmp; do
	mkdir -p "${fs#*:}"
	mount -t "${fs%:*}" "${fs%:*}" "${fs#*:}" || fail mount "/${fs#*:}"
done
chmod 1777 tmp
mkdir -p dev/pts dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t debugfs debugfs sys/kernel/debug
mkdir -p run/plugfest/host run/plugfest/control run/lock run/vhci_hcd
mount --bind /lower run/plugfest/host
cp /bin/busybox /guest/agent.sh run/plugfest/
mount -t 9p -o $share,access=any control run/plugfest/control || fail mount the control share

chroot /root /run/plugfest/busybox sh /run/plugfest/agent.sh
off $?
