#!/bin/busybox sh
# The first process of a guest makes a root out of the machine's files.
/bin/busybox --install -s /bin
export PATH=/bin

fail() {
	echo "plugfest lab: cannot $*" >/dev/console
	printf '\53' | dd of=/dev/port bs=1 seek=244 count=1 # 43, to isa-debug-exit
	poweroff -f
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
cp /bin/busybox /guest/root.sh /guest/agent.sh run/plugfest/
mount -t 9p -o $share,access=any control run/plugfest/control || fail mount the control share

# As the first process, so that the kernel too finds its modprobe there.
exec chroot /root /run/plugfest/busybox sh /run/plugfest/root.sh
