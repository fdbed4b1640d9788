package doctor

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// apple is the USB vendor identity of iPhones.
const apple = "05ac"

// usbDevices looks at USB devices that are not hubs. Nobody needs all of them:
// only an iPhone that may not be used counts.
func usbDevices(m Machine) []Finding {
	nodes := m.glob("dev/bus/usb/*/*")
	f := Finding{What: "USB in /dev/bus/usb", Status: OK, Detail: count(len(nodes), "device")}
	if len(nodes) == 0 {
		f.Status, f.Detail = Missing, "none"
		f.Fix = "plugfest lab --module vhci_hcd -- COMMAND, or a machine with USB"
		return []Finding{f}
	}
	out := []Finding{f}
	for _, name := range m.glob("sys/bus/usb/devices/*/devnum") {
		dir := path.Dir(name)
		attribute := func(name string) string { return strings.TrimSpace(m.text(path.Join(dir, name))) }
		bus, _ := strconv.Atoi(attribute("busnum"))
		device, _ := strconv.Atoi(attribute("devnum"))
		node := fmt.Sprintf("dev/bus/usb/%03d/%03d", bus, device)
		if attribute("bDeviceClass") == "09" || m.may(node) {
			continue
		}
		vendor := attribute("idVendor")
		out = append(out, Finding{
			What:     strings.TrimSpace(fmt.Sprintf("/%s %s", node, attribute("product"))),
			Status:   Denied,
			Optional: vendor != apple,
			Fix: `echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="` + vendor + `", TAG+="uaccess"' | sudo tee /etc/udev/rules.d/70-plugfest-` + vendor +
				".rules && sudo udevadm control --reload && sudo udevadm trigger --action=add --subsystem-match=usb",
		})
	}
	return out
}

// controllers looks for USB device controllers.
func controllers(m Machine) []Finding {
	list := m.glob("sys/class/udc/*")
	f := Finding{What: "a USB device controller in /sys/class/udc", Status: OK, Detail: names(list)}
	if len(list) == 0 {
		f.Status, f.Detail = Missing, "none"
		f.Fix = "sudo modprobe dummy_hcd num=2 (simulated), or a board whose port has one"
	}
	return []Finding{f}
}

// alternates looks whether FunctionFS has alternate settings, which EA native transports
// need: Linux 6.8 brought them, and vendors to older ones. A symbol tells, once the
// module is there.
func alternates(m Machine) []Finding {
	symbols := m.text("proc/kallsyms")
	if !strings.Contains(symbols, " ffs_func_set_alt") {
		return nil // module says why
	}
	f := Finding{What: "alternate settings in FunctionFS", Status: OK}
	if !strings.Contains(symbols, " ffs_func_get_alt") {
		f.Status, f.Detail = Missing, "kernel "+strings.TrimSpace(m.text("proc/sys/kernel/osrelease"))+" refuses them"
		f.Fix = "Linux 6.8 or newer, or plugfest lab -- COMMAND"
	}
	return []Finding{f}
}

// i2cBuses looks for buses, and whether they may be used.
func i2cBuses(m Machine) []Finding {
	list := m.glob("dev/i2c-*")
	f := Finding{What: "an I2C bus in /dev", Status: OK, Detail: names(list)}
	if len(list) == 0 {
		f.Status, f.Detail = Missing, "none"
		f.Fix = "an adapter that the kernel knows, or a simulated one: plugfest mfi serve --usbip 3240, sudo modprobe -a vhci_hcd i2c-tiny-usb, sudo usbip attach -r 127.0.0.1 -b 1-1"
		return []Finding{f}
	}
	if denied := m.denied(list); len(denied) > 0 {
		f.Status, f.Detail = Denied, "not of "+strings.Join(denied, ", ")
		f.Fix = fmt.Sprintf("sudo usermod -aG i2c %s, and log in anew", m.User)
	}
	return []Finding{f}
}

// usbmonDevices looks at what captures are read from; the module makes them.
func usbmonDevices(m Machine) []Finding {
	list := m.glob("dev/usbmon*")
	f := Finding{What: "/dev/usbmon*", Status: OK, Detail: count(len(list), "device")}
	if len(list) == 0 {
		return nil // module says why
	}
	if denied := m.denied(list); len(denied) > 0 {
		f.Status, f.Detail = Denied, "not of "+strings.Join(denied, ", ")
		f.Fix = fmt.Sprintf("sudo setfacl -m u:%s:rw /dev/usbmon*", m.User)
	}
	return []Finding{f}
}

// denied lists those that the caller may not use.
func (m Machine) denied(list []string) []string {
	var out []string
	for _, name := range list {
		if !m.may(name) {
			out = append(out, "/"+name)
		}
	}
	return out
}

func names(list []string) string {
	var out []string
	for _, name := range list {
		out = append(out, path.Base(name))
	}
	return strings.Join(out, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
