package main

import (
	"encoding"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

func TestSpecs(t *testing.T) {
	for text, want := range map[string]hostSpec{
		"none:":                       {},
		"usb:05ac:*":                  {usb: libusb.Spec{Vendor: 0x05AC, Product: usb.Any}},
		"usb:05ac:12a8/00008110":      {usb: libusb.Spec{Vendor: 0x05AC, Product: 0x12A8, Serial: "00008110"}},
		"usb:@1-4.2":                  {usb: libusb.Spec{Vendor: usb.Any, Product: usb.Any, Path: "1-4.2"}},
		"usbip:192.168.7.2/1-1":       {remote: usbip.ClientOptions{Server: "192.168.7.2", BusID: "1-1"}},
		"usbip:unix:/run/pf.sock/2-1": {remote: usbip.ClientOptions{Server: "unix:/run/pf.sock", BusID: "2-1"}},
	} {
		want.text = text
		requireSpec(t, text, &want, new(hostSpec))
	}
	for text, want := range map[string]portSpec{
		"none:":                           {},
		"gadget:":                         {},
		"gadget:fe980000.usb,wait=5s":     {gadget: gadget.Options{UDC: "fe980000.usb", WaitUDC: 5 * time.Second}},
		"usbip:":                          {},
		"usbip:tcp:0.0.0.0:3240":          {},
		"usbip:unix:/run/plugfest.socket": {},
	} {
		want.text = text
		requireSpec(t, text, &want, new(portSpec))
	}
	for text, want := range map[string]busSpec{
		"none:":          {},
		"i2c:/dev/i2c-1": {i2c: i2c.Spec{Device: "/dev/i2c-1"}},
		"i2c:tiny@0x11":  {i2c: i2c.Spec{Device: "tiny", Addr: 0x11}},
		"sim:":           {},
		"sim:2.0C@0x11":  {model: "2.0C@0x11"},
	} {
		want.text = text
		requireSpec(t, text, &want, new(busSpec))
	}
}

func requireSpec(t *testing.T, text string, want, got encoding.TextUnmarshaler) {
	t.Helper()
	require.NoError(t, got.UnmarshalText([]byte(text)), text)
	require.Equal(t, want, got, text)
}

// Whoever mistypes is told what there is.
func TestSpecsThatAreNone(t *testing.T) {
	const (
		hosts = `; there are none:, usb:VID:PID (this machine's, by libusb) and usbip:HOST:PORT/BUSID (a device of a USB/IP server)`
		ports = `; there are none:, gadget:UDC (a device controller of this machine) and usbip:ADDRESS (a USB/IP server that listens there)`
		buses = `; there are none:, i2c:/dev/i2c-N and i2c:NAME (a real one), sim: and sim:MODEL (a chip in memory)`
	)
	for _, tt := range []struct {
		spec encoding.TextUnmarshaler
		text string
		want string
	}{
		{new(hostSpec), "", `no USB host ""` + hosts},
		{new(hostSpec), "05ac:12a8", `no USB host "05ac:12a8"` + hosts},
		{new(hostSpec), "gadget:", `no USB host "gadget:"` + hosts},
		{new(hostSpec), "none:x", `no USB host "none:x"` + hosts},
		{new(hostSpec), "usb:05ac", `libusb: SPEC "usb:05ac": it has no product; want usb:VID:PID, usb:VID:PID/SERIAL or usb:@BUS-PORT, as in usb:05ac:12a8 or usb:@1-4.2`},
		{new(hostSpec), "usbip:a/" + "a-busid-that-is-longer-than-31-bytes", `usbip: "a/a-busid-that-is-longer-than-31-bytes": `},
		{new(portSpec), "", `no USB port ""` + ports},
		{new(portSpec), "usb:05ac:*", `no USB port "usb:05ac:*"` + ports},
		{new(portSpec), "gadget:a/b", `gadget: port "gadget:a/b": a controller's name has no slash and no space; want gadget:UDC, with a name of /sys/class/udc or none for the first`},
		{new(busSpec), "/dev/i2c-1", `no bus "/dev/i2c-1"` + buses},
		{new(busSpec), "i2c:", `i2c: bus "i2c:": `},
	} {
		require.ErrorContains(t, tt.spec.UnmarshalText([]byte(tt.text)), tt.want)
	}
}

// A controller that is not there is missed before anything is begun, unless it is
// said to come later.
func TestHaveUDC(t *testing.T) {
	require.EqualError(t, haveUDC(gadget.Options{}, nil),
		"no such device controller: this machine has none; modprobe dummy_hcd makes one, and plugfest doctor says more")
	require.EqualError(t, haveUDC(gadget.Options{UDC: "c"}, []string{"a", "b"}), "no such device controller: c; there are a, b")
	for _, o := range []gadget.Options{{}, {UDC: "b"}, {UDC: "c", WaitUDC: time.Second}, {UDC: "c", Role: "/sys/class/usb_role/x/role"}} {
		require.NoError(t, haveUDC(o, []string{"a", "b"}))
	}
	require.NoError(t, haveUDC(gadget.Options{WaitUDC: time.Second}, nil))
}
