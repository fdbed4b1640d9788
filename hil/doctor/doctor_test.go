package doctor

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
)

// files makes a machine of lines: PATH, or PATH=CONTENT.
func files(list ...string) fstest.MapFS {
	root := fstest.MapFS{}
	for _, line := range list {
		name, text, _ := strings.Cut(line, "=")
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, "usbmuxd") && strings.Contains(name, "run/") {
			mode |= fs.ModeSocket
		}
		root[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, ";", "\n")), Mode: mode}
	}
	return root
}

// complete has everything.
func complete() fstest.MapFS {
	return files(
		"proc/cpuinfo=flags : vmx", "dev/kvm", "proc/sys/kernel/osrelease=6.1.0;",
		"proc/mounts=configfs /sys/kernel/config configfs rw 0 0;",
		"lib/modules/6.1.0/modules.builtin=kernel/drivers/i2c/i2c-dev.ko;",
		"sys/module/vhci_hcd", "sys/module/usbip_host", "sys/module/libcomposite", "sys/module/usb_f_fs", "sys/module/i2c_tiny_usb", "proc/kallsyms=0 t ffs_func_set_alt;0 t ffs_func_get_alt;",
		"sys/module/usbmon",
		"sys/devices/platform/vhci_hcd.0/attach", "sys/kernel/config/usb_gadget/x", "sys/class/udc/fe980000.usb/uevent",
		"dev/bus/usb/001/001", "dev/bus/usb/001/002", "dev/bus/usb/001/003", "dev/i2c-1", "dev/i2c-12", "dev/usbmon0", "dev/usbmon1",
		"sys/bus/usb/devices/usb1/devnum=1;", "sys/bus/usb/devices/usb1/busnum=1;", "sys/bus/usb/devices/usb1/bDeviceClass=09;",
		"sys/bus/usb/devices/1-1/devnum=2;", "sys/bus/usb/devices/1-1/busnum=1;", "sys/bus/usb/devices/1-1/bDeviceClass=00;",
		"sys/bus/usb/devices/1-1/idVendor=05ac;", "sys/bus/usb/devices/1-1/product=iPhone;",
		"sys/bus/usb/devices/1-2/devnum=3;", "sys/bus/usb/devices/1-2/busnum=1;", "sys/bus/usb/devices/1-2/idVendor=046d;",
		"usr/sbin/usbip", "usr/sbin/usbipd", "usr/sbin/usbmuxd", "usr/sbin/i2cdetect", "usr/bin/idevice_id", "usr/bin/ideviceinstaller",
		"usr/bin/ifuse", "usr/bin/lsusb", "usr/bin/tshark", "usr/lib/aarch64-linux-gnu/libusb-1.0.so.0", "run/usbmuxd",
	)
}

// without is a machine that lacks some files.
func without(root fstest.MapFS, names ...string) fstest.MapFS {
	for _, name := range names {
		delete(root, name)
	}
	return root
}

// with is a machine that has more.
func with(root fstest.MapFS, list ...string) fstest.MapFS {
	for name, f := range files(list...) {
		root[name] = f
	}
	return root
}

// find returns a capability.
func find(t *testing.T, m Machine, name string) Capability {
	for _, c := range Examine(m) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no capability %s", name)
	return Capability{}
}

func TestMachineThatHasEverything(t *testing.T) {
	m := Machine{Root: complete(), Lab: func() error { return nil }, Libusb: true}
	for _, c := range Examine(m) {
		require.Equal(t, OK, c.Status, c.Name)
		require.NotEmpty(t, c.Title)
		require.NotEmpty(t, c.Findings, c.Name)
		for _, f := range c.Findings {
			require.Equal(t, OK, f.Status, "%s: %+v", c.Name, f)
			require.Empty(t, f.Fix)
		}
	}
	require.Equal(t, []string{"lab", "usbip", "usbip-export", "libusb", "gadget", "kernel", "i2c", "muxd", "tools", "capture"}, Names())
}

// Of an empty machine all is missing, and each thing that is has a command.
func TestMachineThatHasNothing(t *testing.T) {
	lacks := &lab.MissingError{Missing: []lab.Missing{{What: "qemu-system-x86_64", Package: "qemu-system-x86"}}}
	for _, c := range Examine(Machine{Root: fstest.MapFS{}, Lab: func() error { return lacks }}) {
		require.Equal(t, Missing, c.Status, c.Name)
		require.NotEmpty(t, c.Lacks())
		for _, f := range c.Lacks() {
			require.Equal(t, Missing, f.Status, "%s: %+v", c.Name, f)
			require.NotEmpty(t, f.Fix, "%s: %+v", c.Name, f)
		}
	}
}

func TestFindings(t *testing.T) {
	const rules = ` | sudo tee /etc/udev/rules.d/70-plugfest-05ac.rules && sudo udevadm control --reload && sudo udevadm trigger --action=add --subsystem-match=usb`
	for _, c := range []struct {
		name       string
		capability string
		m          Machine
		status     Status
		want       Finding
	}{
		{"a module that is there and not loaded", "usbip",
			Machine{Root: with(without(complete(), "sys/module/vhci_hcd"), "lib/modules/6.1.0/modules.dep=kernel/drivers/usb/usbip/vhci-hcd.ko.xz: kernel/a.ko;")},
			Missing, Finding{What: "kernel module vhci_hcd", Status: Missing, Detail: "not loaded", Fix: "sudo modprobe vhci_hcd"}},
		{"a module that this kernel does not have", "usbip",
			Machine{Root: with(without(complete(), "sys/module/vhci_hcd"), "lib/modules/6.1.0/modules.dep=kernel/vhci.ko:;")},
			Missing, Finding{What: "kernel module vhci_hcd", Status: Missing, Detail: "kernel 6.1.0 does not have it", Fix: "plugfest lab --module vhci_hcd -- COMMAND"}},
		{"a module that another kernel has", "usbip",
			Machine{Root: with(without(complete(), "sys/module/vhci_hcd"), "lib/modules/5.9/modules.dep=kernel/vhci-hcd.ko:;")},
			Missing, Finding{What: "kernel module vhci_hcd", Status: Missing, Detail: "kernel 6.1.0 does not have it", Fix: "plugfest lab --module vhci_hcd -- COMMAND"}},
		{"a module that is built in", "i2c", Machine{Root: complete()},
			OK, Finding{What: "kernel module i2c_dev", Status: OK, Detail: "built in"}},
		{"no rights to attach", "usbip", Machine{Root: complete(), Access: denies("sys/devices/platform/vhci_hcd.0/attach")},
			Denied, Finding{What: "/sys/devices/platform/vhci_hcd.0/attach", Status: Denied, Fix: "as root: sudo usbip attach ..."}},
		{"a missing program", "capture", Machine{Root: without(complete(), "usr/bin/tshark")},
			Missing, Finding{What: "tshark", Status: Missing, Fix: "sudo apt-get install --no-install-recommends tshark"}},
		{"a program somewhere else", "capture", Machine{Root: with(without(complete(), "usr/bin/tshark"), "usr/local/bin/tshark")},
			OK, Finding{What: "tshark", Status: OK}},
		{"a program that is not needed", "i2c", Machine{Root: without(complete(), "usr/sbin/i2cdetect")},
			OK, Finding{What: "i2cdetect", Status: Missing, Fix: "sudo apt-get install --no-install-recommends i2c-tools", Optional: true}},
		{"no rights to an iPhone", "libusb", Machine{Root: complete(), Libusb: true, Access: denies("dev/bus/usb/001/002")},
			Denied, Finding{What: "/dev/bus/usb/001/002 iPhone", Status: Denied,
				Fix: `echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="05ac", TAG+="uaccess"'` + rules}},
		{"no rights to a mouse", "libusb", Machine{Root: complete(), Libusb: true, Access: denies("dev/bus/usb/001/003")},
			OK, Finding{What: "/dev/bus/usb/001/003", Status: Denied, Optional: true,
				Fix: `echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="046d", TAG+="uaccess"'` + strings.ReplaceAll(rules, "05ac", "046d")}},
		{"no rights to a hub", "libusb", Machine{Root: complete(), Libusb: true, Access: denies("dev/bus/usb/001/001")},
			OK, Finding{What: "USB in /dev/bus/usb", Status: OK, Detail: "3 devices"}},
		{"built without libusb", "libusb", Machine{Root: complete()},
			Missing, Finding{What: "this program's libusb", Status: Missing, Detail: "built without it",
				Fix: "sudo apt-get install --no-install-recommends gcc pkg-config libusb-1.0-0-dev && CGO_ENABLED=1 go build -tags libusb ./cmd/plugfest"}},
		{"no controller", "gadget", Machine{Root: without(complete(), "sys/class/udc/fe980000.usb/uevent")},
			Missing, Finding{What: "a USB device controller in /sys/class/udc", Status: Missing, Detail: "none",
				Fix: "sudo modprobe dummy_hcd num=2 (simulated), or a board whose port has one"}},
		{"a controller", "gadget", Machine{Root: complete()},
			OK, Finding{What: "a USB device controller in /sys/class/udc", Status: OK, Detail: "fe980000.usb"}},
		{"configfs not mounted", "gadget", Machine{Root: with(complete(), "proc/mounts=x /sys/kernel/config tmpfs rw 0 0;")},
			Missing, Finding{What: "configfs at /sys/kernel/config", Status: Missing, Detail: "not mounted", Fix: "sudo mount -t configfs none /sys/kernel/config"}},
		{"gadgets of root alone", "gadget", Machine{Root: complete(), Access: denies("sys/kernel/config/usb_gadget")},
			Denied, Finding{What: "/sys/kernel/config/usb_gadget", Status: Denied, Fix: "as root: sudo plugfest ..."}},
		{"FunctionFS without alternate settings", "kernel", Machine{Root: with(complete(), "proc/kallsyms=0 t ffs_func_set_alt;"), Libusb: true},
			Missing, Finding{What: "alternate settings in FunctionFS", Status: Missing, Detail: "kernel 6.1.0 refuses them",
				Fix: "Linux 6.8 or newer, or plugfest lab -- COMMAND"}},
		{"no bus", "i2c", Machine{Root: without(complete(), "dev/i2c-1", "dev/i2c-12")},
			Missing, Finding{What: "an I2C bus in /dev", Status: Missing, Detail: "none",
				Fix: "an adapter that the kernel knows, or a simulated one: plugfest mfi serve --usbip 3240, sudo modprobe -a vhci_hcd i2c-tiny-usb, sudo usbip attach -r 127.0.0.1 -b 1-1"}},
		{"a bus of others", "i2c", Machine{Root: complete(), Access: denies("dev/i2c-12"), User: "me"},
			Denied, Finding{What: "an I2C bus in /dev", Status: Denied, Detail: "not of /dev/i2c-12", Fix: "sudo usermod -aG i2c me, and log in anew"}},
		{"captures of others", "capture", Machine{Root: complete(), Access: denies("dev/usbmon0", "dev/usbmon1"), User: "me"},
			Denied, Finding{What: "/dev/usbmon*", Status: Denied, Detail: "not of /dev/usbmon0, /dev/usbmon1", Fix: "sudo setfacl -m u:me:rw /dev/usbmon*"}},
		{"usbmuxd that does not run", "muxd", Machine{Root: without(complete(), "run/usbmuxd")},
			Missing, Finding{What: "/run/usbmuxd", Status: Missing, Detail: "nobody listens", Fix: "sudo systemctl start usbmuxd"}},
		{"usbmuxd where it was", "muxd", Machine{Root: with(without(complete(), "run/usbmuxd"), "var/run/usbmuxd")},
			OK, Finding{What: "/run/usbmuxd", Status: OK}},
		{"usbmuxd of others", "muxd", Machine{Root: complete(), Access: denies("run/usbmuxd")},
			Denied, Finding{What: "/run/usbmuxd", Status: Denied, Fix: "as root: sudo plugfest ..."}},
		{"the lab", "lab", Machine{Root: complete(), Lab: func() error { return nil }},
			OK, Finding{What: "QEMU, busybox and a kernel", Status: OK}},
		{"the lab without a package", "lab", Machine{Root: complete(), Lab: func() error {
			return &lab.MissingError{Missing: []lab.Missing{{What: "depmod", Why: "not in PATH", Package: "kmod"}}}
		}}, Missing, Finding{What: "depmod", Status: Missing, Detail: "not in PATH", Fix: "sudo apt-get install --no-install-recommends kmod"}},
		{"the lab without a kernel", "lab", Machine{Root: complete(), Lab: func() error {
			return &lab.MissingError{Missing: []lab.Missing{{What: "a Debian kernel", Why: "none in /c", Fix: "plugfest lab --prepare"}}}
		}}, Missing, Finding{What: "a Debian kernel", Status: Missing, Detail: "none in /c", Fix: "plugfest lab --prepare"}},
		{"a lab that is broken otherwise", "lab", Machine{Root: complete(), Lab: func() error { return errors.New("cache: no home") }},
			Missing, Finding{What: "QEMU, busybox and a kernel", Status: Missing, Detail: "cache: no home"}},
		{"KVM of others", "lab", Machine{Root: broken{complete(), "dev/kvm"}, Lab: func() error { return nil }, User: "me"},
			OK, Finding{What: "KVM", Status: Denied, Detail: "cannot open /dev/kvm; guests are emulated", Optional: true, Fix: "sudo usermod -aG kvm me, and log in anew"}},
		{"a machine that is a guest itself", "lab", Machine{Root: with(complete(), "proc/cpuinfo=flags : hypervisor"), Lab: func() error { return nil }},
			OK, Finding{What: "KVM", Status: Missing, Detail: "the processor shows neither vmx nor svm; guests are emulated", Optional: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := find(t, c.m, c.capability)
			require.Equal(t, c.status, got.Status)
			require.Contains(t, got.Findings, c.want)
		})
	}
}

// denies makes files belong to others.
func denies(names ...string) func(string) error {
	return func(name string) error {
		for _, n := range names {
			if n == name {
				return fs.ErrPermission
			}
		}
		return nil
	}
}

// broken is a machine one of whose files cannot be opened.
type broken struct {
	fstest.MapFS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.Open(name)
}

// Something missing outweighs something forbidden: it comes first.
func TestStatus(t *testing.T) {
	missing, denied := Finding{Status: Missing}, Finding{Status: Denied}
	minor := Finding{Status: Missing, Optional: true}
	for _, c := range []struct {
		list []Finding
		want Status
	}{
		{nil, OK},
		{[]Finding{{Status: OK}, minor}, OK},
		{[]Finding{denied, {Status: OK}}, Denied},
		{[]Finding{denied, missing}, Missing},
		{[]Finding{missing, denied}, Missing},
	} {
		require.Equal(t, c.want, Capability{Findings: c.list}.status(), "%v", c.list)
	}
}

func TestJSON(t *testing.T) {
	c := find(t, Machine{Root: without(complete(), "usr/sbin/usbipd")}, "usbip-export")
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.JSONEq(t, `{"name": "usbip-export", "title": "export this machine's USB devices, for Plugfest to import", "status": "missing", "findings": [
		{"what": "kernel module usbip_host", "status": "ok"},
		{"what": "usbipd", "status": "missing", "fix": "sudo apt-get install --no-install-recommends usbip"}]}`, string(text))
}

// This machine, whatever it is: no panic, every capability has a word, and what
// is missing has a command.
func TestThisMachine(t *testing.T) {
	list := Examine(Host())
	require.Len(t, list, len(Names()))
	for _, c := range list {
		require.Contains(t, []Status{OK, Missing, Denied}, c.Status)
		require.Equal(t, c.Status != OK, len(c.Lacks()) > 0)
	}
}
