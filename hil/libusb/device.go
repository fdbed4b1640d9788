package libusb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// A Device is a device as the kernel knows it.
type Device struct {
	Path         string // where it is plugged in: bus, and ports from the root on: "1-4.2"
	Bus, Address uint8
	Speed        usb.Speed
	Descriptor   usb.DeviceDescriptor

	// Texts of the device, "" where it has none.
	Manufacturer, Product, Serial string

	// Configuration is the value of the configuration that is set, 0 if none.
	Configuration uint8

	raw []byte // device descriptor and configurations, as read by the kernel
}

// Node returns the file through which the device is used.
func (d *Device) Node() string { return fmt.Sprintf("/dev/bus/usb/%03d/%03d", d.Bus, d.Address) }

// Access reports whether this user may use the device: nil, or an [*Error] with
// the udev rule that is missing.
func (d *Device) Access() error {
	f, err := os.OpenFile(d.Node(), os.O_RDWR, 0)
	switch {
	case err == nil:
		return f.Close()
	case errors.Is(err, fs.ErrPermission):
		return errAccess.err("open", d)
	case errors.Is(err, fs.ErrNotExist):
		return usb.Disconnected
	}
	return fmt.Errorf("libusb: %w", err)
}

func (d *Device) String() string {
	return fmt.Sprintf("%s (%04x:%04x)", d.Path, d.Descriptor.VendorID, d.Descriptor.ProductID)
}

// hubClass is bDeviceClass of a hub.
const hubClass = 9

// List returns the devices of this machine, hubs left out, in the order of
// their paths. It needs no libusb.
func List() ([]Device, error) {
	dir := os.DirFS(sysfsDevices)
	all, err := list(dir)
	for i := range all {
		all[i].Configuration = configuration(dir, all[i].Path)
	}
	return all, err
}

// sysfsDevices is where the kernel lists devices.
const sysfsDevices = "/sys/bus/usb/devices"

// list reads the devices of a directory such as sysfsDevices, all but the
// configuration that is set. What cannot be read is passed over: devices go at
// any moment.
func list(dir fs.FS) ([]Device, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("libusb: no list of devices: %w: is %s mounted, and the kernel built with USB?", err, filepath.Dir(sysfsDevices))
	}
	var all []Device
	for _, e := range entries {
		if !isPath(e.Name()) {
			continue // an interface, or a root hub
		}
		if d, err := read(dir, e.Name()); err == nil && d.Descriptor.Class != hubClass {
			all = append(all, d)
		}
	}
	return all, nil
}

// read reads one device.
func read(dir fs.FS, name string) (Device, error) {
	a := attributes{dir: dir, name: name}
	d := Device{
		Path:         name,
		Bus:          a.number("busnum"),
		Address:      a.number("devnum"),
		Speed:        speeds[a.text("speed")],
		Manufacturer: a.optional("manufacturer"),
		Product:      a.optional("product"),
		Serial:       a.optional("serial"),
		raw:          a.bytes("descriptors"),
	}
	if a.err != nil {
		return d, a.err
	}
	var err error
	d.Descriptor, err = usb.ParseDevice(d.raw)
	return d, err
}

// configuration reads the configuration that is set, 0 if none. It waits while
// the kernel is changing it.
func configuration(dir fs.FS, name string) uint8 {
	a := attributes{dir: dir, name: name}
	n, err := strconv.ParseUint(strings.TrimSpace(a.optional("bConfigurationValue")), 10, 8)
	if err != nil {
		return 0
	}
	return uint8(n)
}

var speeds = map[string]usb.Speed{"1.5": usb.Low, "12": usb.Full, "480": usb.High,
	"5000": usb.Super, "10000": usb.Super, "20000": usb.Super}

// attributes reads the files of a device; the first error stays.
type attributes struct {
	dir  fs.FS
	name string
	err  error
}

func (a *attributes) bytes(file string) []byte {
	b, err := fs.ReadFile(a.dir, a.name+"/"+file)
	if err != nil && a.err == nil {
		a.err = err
	}
	return b
}

func (a *attributes) text(file string) string { return strings.TrimSpace(string(a.bytes(file))) }

// optional reads a file that not every device has.
func (a *attributes) optional(file string) string {
	b, err := fs.ReadFile(a.dir, a.name+"/"+file)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(b), "\n")
}

func (a *attributes) number(file string) uint8 {
	n, err := strconv.ParseUint(a.text(file), 10, 8)
	if err != nil && a.err == nil {
		a.err = err
	}
	return uint8(n)
}

// configurations splits what the kernel has read into one piece for each
// configuration. Lengths that lie end the list.
func (d *Device) configurations() [][]byte {
	var all [][]byte
	rest := d.raw[min(18, len(d.raw)):]
	for len(rest) >= 9 && rest[1] == usb.DescConfiguration {
		n := int(rest[2]) | int(rest[3])<<8
		if n < 9 || n > len(rest) {
			n = len(rest)
		}
		all = append(all, rest[:n])
		rest = rest[n:]
	}
	return all
}

// same reports whether two are one attachment of a device. Addresses are given
// in turn, so that one that comes back has another.
func (d *Device) same(e *Device) bool {
	return d.Path == e.Path && d.Bus == e.Bus && d.Address == e.Address && slices.Equal(d.raw, e.raw)
}
