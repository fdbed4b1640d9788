package i2c

import (
	"fmt"
	"strconv"
	"strings"
)

// Prefix begins a [Spec].
const Prefix = "i2c:"

// Spec names a bus, and perhaps an address on it, in one string:
//
//	i2c:/dev/i2c-1         the bus
//	i2c:/dev/i2c-1@0x10    one address on it
//	i2c:i2c-tiny-usb       the adapter whose name contains this, see Find
type Spec struct {
	Device string // a path if it contains a slash, else part of an adapter's name
	Addr   uint16 // 7 bits; 0 if none was given
}

// The addresses that the I2C specification leaves to devices.
const (
	minAddress = 0x08
	maxAddress = 0x77
)

// ParseSpec reads a Spec.
func ParseSpec(s string) (Spec, error) {
	fail := func(why string) (Spec, error) {
		return Spec{}, fmt.Errorf("i2c: bus %q: %s; want i2c:DEVICE or i2c:DEVICE@ADDRESS, such as i2c:/dev/i2c-1@0x10", s, why)
	}
	rest, ok := strings.CutPrefix(s, Prefix)
	if !ok {
		return fail("does not begin with " + Prefix)
	}
	device, address, hasAddress := strings.Cut(rest, "@")
	if device == "" {
		return fail("names no device")
	}
	spec := Spec{Device: device}
	if !hasAddress {
		return spec, nil
	}
	digits, isHex := strings.CutPrefix(address, "0x")
	n, err := strconv.ParseUint(digits, 16, 16)
	switch {
	case !isHex || err != nil:
		return fail(fmt.Sprintf("address %q is no hexadecimal number with 0x", address))
	case n < minAddress || n > maxAddress:
		return fail(fmt.Sprintf("address 0x%02X is outside of 0x%02X to 0x%02X, the 7-bit addresses of devices", n, minAddress, maxAddress))
	}
	spec.Addr = uint16(n)
	return spec, nil
}

// String is the Spec as ParseSpec reads it.
func (s Spec) String() string {
	if s.Addr == 0 {
		return Prefix + s.Device
	}
	return fmt.Sprintf("%s%s@0x%02x", Prefix, s.Device, s.Addr)
}

// Path is the path of the device, which an adapter's name is looked up for.
func (s Spec) Path() (string, error) {
	if strings.Contains(s.Device, "/") {
		return s.Device, nil
	}
	a, err := Find(s.Device)
	return a.Path, err
}

// Open opens the bus, and claims the address if there is one.
func (s Spec) Open() (*Bus, error) {
	path, err := s.Path()
	if err != nil {
		return nil, err
	}
	b, err := Open(path)
	if err != nil || s.Addr == 0 {
		return b, err
	}
	if err := b.Claim(s.Addr); err != nil {
		_ = b.Close()
		return nil, err
	}
	return b, nil
}
