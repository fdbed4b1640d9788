package libusb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// Prefix begins every SPEC of this package.
const Prefix = "usb:"

// A Spec says which devices are meant.
type Spec struct {
	Vendor, Product int    // idVendor and idProduct, or usb.Any
	Serial          string // serial number, "" for any
	Path            string // where it is plugged in: "1-4.2", "" for anywhere
}

// ParseSpec reads a SPEC:
//
//	usb:05ac:12a8          vendor and product, four hexadecimal digits each
//	usb:05ac:*             every product of a vendor
//	usb:05ac:12a8/SERIAL   the one of that serial number
//	usb:@1-4.2             whatever is at port 2 of a hub at port 4 of bus 1
//
// A port is named as the kernel names it, and as lsusb -t shows it.
func ParseSpec(s string) (Spec, error) {
	text, ok := strings.CutPrefix(s, Prefix)
	if !ok {
		return Spec{}, specError(s, "it does not begin with "+Prefix)
	}
	if path, ok := strings.CutPrefix(text, "@"); ok {
		if !isPath(path) {
			return Spec{}, specError(s, fmt.Sprintf("%q is no port", path))
		}
		return Spec{Vendor: usb.Any, Product: usb.Any, Path: path}, nil
	}
	ids, serial, hasSerial := strings.Cut(text, "/")
	vendor, product, ok := strings.Cut(ids, ":")
	switch {
	case !ok:
		return Spec{}, specError(s, "it has no product")
	case hasSerial && serial == "":
		return Spec{}, specError(s, "there is no serial number after the slash")
	}
	d := Spec{Serial: serial}
	for _, f := range []struct {
		text, what string
		v          *int
	}{{vendor, "vendor", &d.Vendor}, {product, "product", &d.Product}} {
		n, err := strconv.ParseUint(f.text, 16, 16)
		switch {
		case f.text == "*":
			*f.v = usb.Any
		case err != nil || len(f.text) > 4:
			return Spec{}, specError(s, fmt.Sprintf("%s %q is not four hexadecimal digits", f.what, f.text))
		default:
			*f.v = int(n)
		}
	}
	return d, nil
}

func specError(s, why string) error {
	return fmt.Errorf("libusb: SPEC %q: %s; want usb:VID:PID, usb:VID:PID/SERIAL or usb:@BUS-PORT, as in usb:05ac:12a8 or usb:@1-4.2", s, why)
}

// isPath reports whether s is a bus and ports: 1-4.2.
func isPath(s string) bool {
	bus, ports, ok := strings.Cut(s, "-")
	if !ok {
		return false
	}
	for _, n := range append(strings.Split(ports, "."), bus) {
		if v, err := strconv.ParseUint(n, 10, 8); err != nil || v == 0 || n[0] == '0' || n[0] == '+' {
			return false
		}
	}
	return true
}

// Match reports whether a device is meant.
func (s Spec) Match(d Device) bool {
	is := func(v uint16, want int) bool { return want == usb.Any || int(v) == want }
	return is(d.Descriptor.VendorID, s.Vendor) && is(d.Descriptor.ProductID, s.Product) &&
		(s.Serial == "" || s.Serial == d.Serial) && (s.Path == "" || s.Path == d.Path)
}

// String returns the SPEC.
func (s Spec) String() string {
	if s.Path != "" {
		return Prefix + "@" + s.Path
	}
	id := func(v int) string {
		if v == usb.Any {
			return "*"
		}
		return fmt.Sprintf("%04x", v)
	}
	text := Prefix + id(s.Vendor) + ":" + id(s.Product)
	if s.Serial != "" {
		text += "/" + s.Serial
	}
	return text
}
