package lab

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The whole command line: a change of it is a change of the machine.
func TestArgs(t *testing.T) {
	l := launch{
		options:   Options{Memory: 256, CPUs: 3, Dir: "/my,dir", Network: true, Forward: []Forward{{3241, 3240}}, KernelArgs: []string{"quiet"}},
		kernel:    kernel{image: "/k/vmlinux", modules: "/k/lib/modules"},
		accel:     "tcg",
		initramfs: "/t/initramfs", console: "/t/console", control: "/t/control",
	}
	require.Equal(t, `-nodefaults -no-user-config -display none -no-reboot
-accel tcg,thread=multi -cpu qemu64,+rdrand -M pc -smp 3 -m 256
-kernel /k/vmlinux -initrd /t/initramfs
-append console=ttyS0 panic=-1 oops=panic loglevel=7 random.trust_cpu=on mitigations=off net.ifnames=0 modprobe.blacklist=apple_mfi_fastcharge quiet
-device isa-debug-exit,iobase=0xf4,iosize=1
-chardev file,id=console,path=/t/console -serial chardev:console
-device virtio-serial-pci
-chardev socket,id=control,fd=3 -device virtserialport,chardev=control,name=plugfest
-chardev socket,id=terminal,fd=4 -device virtconsole,chardev=terminal
-fsdev local,id=host,path=/,security_model=none,multidevs=remap,readonly=on -device virtio-9p-pci,fsdev=host,mount_tag=host
-fsdev local,id=control,path=/t/control,security_model=none,multidevs=remap -device virtio-9p-pci,fsdev=control,mount_tag=control
-fsdev local,id=dir,path=/my,,dir,security_model=none,multidevs=remap -device virtio-9p-pci,fsdev=dir,mount_tag=dir
-netdev user,id=net,hostfwd=tcp:127.0.0.1:3241-:3240 -device virtio-net-pci,netdev=net,romfile=`,
		strings.NewReplacer(" -accel", "\n-accel", " -kernel", "\n-kernel", " -append", "\n-append", " -device isa", "\n-device isa",
			" -chardev", "\n-chardev", " -device virtio-serial", "\n-device virtio-serial", " -fsdev", "\n-fsdev", " -netdev", "\n-netdev").
			Replace(strings.Join(l.args(), " ")))

	l.accel = "kvm"
	require.Contains(t, strings.Join(l.args(), " "), "-accel kvm -cpu host ")
	l.options = Options{}
	require.NotContains(t, strings.Join(l.args(), " "), "netdev")
	require.NotContains(t, strings.Join(l.args(), " "), "id=dir")
}

func TestConfig(t *testing.T) {
	t.Setenv("PATH", "/my/bin")
	l := launch{options: Options{Dir: "/it's", Network: true, Udev: true}, kernel: kernel{modules: "/k/lib/modules"}}
	got := l.config()
	require.Regexp(t, `\APATH='/my/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
MODPROBE='[^']*'
MODULES_DIR='/k/lib/modules'
DIR='/it'\\''s'
NETWORK='yes'
UDEV='yes'
\z`, got)
	l.options = Options{}
	require.NotContains(t, l.config(), "yes")
	require.Equal(t, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", guestPath(""))
}
