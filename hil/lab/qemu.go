package lab

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// QEMU's exit codes for the values that guest/*.sh write to isa-debug-exit, 2n+1.
// QEMU itself uses 0 (also after a panic) and 1.
const (
	exitAsked   = 2*42 + 1 // the guest ended because it was asked to
	exitSetup   = 2*43 + 1 // it could not be set up
	exitLost    = 2*44 + 1 // it lost its control channel
	debugIOPort = "0xf4"
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
	terminal  bool   // a console of the guest on standard input and output
}

// args are QEMU's, in the manner of its manual page. The control socket is file
// descriptor 3.
func (l launch) args() []string {
	cpu := "host"
	accel := "kvm"
	if l.accel != "kvm" {
		accel, cpu = "tcg,thread=multi", "qemu64,+rdrand"
	}
	a := []string{
		"-nodefaults", "-no-user-config", "-nographic", "-no-reboot",
		"-accel", accel, "-cpu", cpu, "-M", "pc",
		"-smp", strconv.Itoa(l.options.CPUs), "-m", strconv.Itoa(l.options.Memory),
		"-kernel", l.kernel.image, "-initrd", l.initramfs, "-append", kernelArgs(l.options),
		"-device", "isa-debug-exit,iobase=" + debugIOPort + ",iosize=1",
		"-chardev", "file,id=console,path=" + escape(l.console), "-serial", "chardev:console",
		"-device", "virtio-serial-pci",
		"-chardev", "socket,id=control,fd=3", "-device", "virtserialport,chardev=control,name=plugfest",
	}
	if l.terminal {
		a = append(a, "-chardev", "stdio,id=terminal,signal=off", "-device", "virtconsole,chardev=terminal")
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
func (l launch) config(dir, path string) string {
	set := func(b bool) string {
		if b {
			return "yes"
		}
		return ""
	}
	var b strings.Builder
	for _, v := range [][2]string{
		{"PATH", path},
		{"MODULES_DIR", l.kernel.modules},
		{"DIR", dir},
		{"NETWORK", set(l.options.Network)},
		{"UDEV", set(l.options.Udev)},
	} {
		fmt.Fprintf(&b, "%s=%s\n", v[0], quote(v[1]))
	}
	return b.String()
}

// quote makes one word of a shell out of any text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// hidden reports whether a path is below an empty directory of the guest's own.
func hidden(path string) bool {
	for _, dir := range []string{"/tmp", "/run", "/var/run", "/dev/shm"} {
		if rel, err := filepath.Rel(dir, path); err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, "../") {
			return true
		}
	}
	return false
}
