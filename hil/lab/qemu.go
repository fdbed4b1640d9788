package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// kernelArgs are the kernel's command line.
//
// apple_mfi_fastcharge, where udev loads it, reconfigures a phone behind
// usbmuxd's back.
func kernelArgs(o Options) string {
	args := []string{"console=ttyS0", "panic=-1", "oops=panic", "loglevel=7", "random.trust_cpu=on", "mitigations=off",
		"net.ifnames=0", "modprobe.blacklist=apple_mfi_fastcharge"}
	return strings.Join(append(args, o.KernelArgs...), " ")
}

// A launch is what QEMU is started with.
type launch struct {
	options   Options
	kernel    kernel
	accel     string
	initramfs string // file
	console   string // file for the kernel's log
	control   string // directory
}

// args are QEMU's. File descriptors 3 and 4 are sockets, to the agent and to the
// terminal.
func (l launch) args() []string {
	accel, cpu := "tcg,thread=multi", "qemu64,+rdrand" // RDRAND: or the guest waits for randomness
	if l.accel == "kvm" {
		accel, cpu = "kvm", "host"
	}
	a := []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-accel", accel, "-cpu", cpu, "-M", "pc",
		"-smp", strconv.Itoa(l.options.CPUs), "-m", strconv.Itoa(l.options.Memory),
		"-kernel", l.kernel.image, "-initrd", l.initramfs, "-append", kernelArgs(l.options),
		"-device", "isa-debug-exit,iobase=0xf4,iosize=1",
		"-chardev", "file,id=console,path=" + escape(l.console), "-serial", "chardev:console",
		"-device", "virtio-serial-pci",
		"-chardev", "socket,id=control,fd=3", "-device", "virtserialport,chardev=control,name=plugfest",
		"-chardev", "socket,id=terminal,fd=4", "-device", "virtconsole,chardev=terminal",
	}
	a = append(a, share("host", "/", true)...)
	a = append(a, share("control", l.control, false)...)
	if l.options.Dir != "" {
		a = append(a, share("dir", l.options.Dir, false)...)
	}
	if l.options.Network {
		net := "user,id=net"
		for _, f := range l.options.Forward {
			net += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-:%d", f.Host, f.Guest)
		}
		a = append(a, "-netdev", net, "-device", "virtio-net-pci,netdev=net,romfile=")
	}
	return a
}

// share gives the guest a directory by 9p. Its files may be on several file
// systems, whose inode numbers are kept apart by multidevs.
func share(tag, path string, readonly bool) []string {
	s := "local,id=" + tag + ",path=" + escape(path) + ",security_model=none,multidevs=remap"
	if readonly {
		s += ",readonly=on"
	}
	return []string{"-fsdev", s, "-device", "virtio-9p-pci,fsdev=" + tag + ",mount_tag=" + tag}
}

// escape doubles commas, which end a value in QEMU's options.
func escape(path string) string { return strings.ReplaceAll(path, ",", ",,") }

// config is the file that guest/agent.sh reads.
func (l launch) config() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "%s=%s\n", name, quote(value)) }
	set("PATH", guestPath(os.Getenv("PATH")))
	modprobe, _ := program("modprobe") // busybox has one too, and it knows less
	set("MODPROBE", modprobe)
	set("MODULES_DIR", l.kernel.modules)
	set("DIR", l.options.Dir)
	if l.options.Network {
		set("NETWORK", "yes")
	}
	if l.options.Udev {
		set("UDEV", "yes")
	}
	return b.String()
}

// guestPath is ours, and where administrators' programs are.
func guestPath(path string) string {
	const system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	if path == "" {
		return system
	}
	return path + ":" + system
}
