package libusb

import (
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
)

// raw is what the kernel has read of the suite's device, in two configurations.
func raw() []byte {
	d := usbtest.Descriptors()
	d.Device.Configurations = 2
	b := d.Device.AppendTo(nil)
	b = d.Configs[0].AppendTo(b)
	second := d.Configs[0]
	second.Value = 2
	return second.AppendTo(b)
}

func TestList(t *testing.T) {
	dir := sysfsEntry("3-1.4", 9, raw(), 2)
	maps.Copy(dir, sysfsEntry("3-1", 2, append([]byte{18, 1, 0, 2, hubClass}, raw()[5:]...), 1)) // a hub
	maps.Copy(dir, sysfsEntry("usb3", 1, raw(), 1))                                              // a root hub
	maps.Copy(dir, sysfsEntry("3-1.4:1.0", 1, raw(), 1))                                         // an interface
	maps.Copy(dir, sysfsEntry("3-2", 5, raw()[:17], 1))                                          // going
	maps.Copy(dir, fstest.MapFS{"3-3/busnum": {Data: []byte("3\n")}})                            // gone, nearly
	all, err := list(dir)
	require.NoError(t, err)
	require.Len(t, all, 1)
	d := all[0]
	want := usbtest.Descriptors().Device
	want.Configurations = 2
	require.Equal(t, want, d.Descriptor)
	require.Equal(t, Device{Path: "3-1.4", Bus: 3, Address: 9, Speed: usb.High, Descriptor: want, Serial: "0001", raw: raw()}, d)
	require.Equal(t, uint8(2), configuration(dir, "3-1.4"))
	require.Zero(t, configuration(dir, "3-9"))
	require.Equal(t, "/dev/bus/usb/003/009", d.Node())
	require.Equal(t, "3-1.4 (1209:0001)", d.String())
	_, err = list(missing{})
	require.ErrorContains(t, err, "is /sys/bus/usb mounted")
}

type missing struct{}

func (missing) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }

// A length that lies ends the list of configurations, and loses none before it.
func TestConfigurations(t *testing.T) {
	whole := raw()
	n := (len(whole) - 18) / 2
	first, second := whole[18:18+n], whole[18+n:]
	for _, c := range []struct {
		name string
		raw  []byte
		want [][]byte
	}{
		{"both", whole, [][]byte{first, second}},
		{"second cut short", whole[:len(whole)-5], [][]byte{first, second[:n-5]}},
		{"second too short to be one", whole[:18+n+8], [][]byte{first}},
		{"none", whole[:18], nil},
		{"no device descriptor", whole[:3], nil},
		{"length of nothing", append(append([]byte{}, whole[:18]...), 9, 2, 0, 0, 1, 1, 0, 0, 0), [][]byte{{9, 2, 0, 0, 1, 1, 0, 0, 0}}},
		{"another descriptor", append(append([]byte{}, whole[:18]...), first[9:]...), nil},
	} {
		d := Device{raw: c.raw}
		require.Equal(t, c.want, d.configurations(), c.name)
	}
}

func FuzzDescriptors(f *testing.F) {
	f.Add(raw())
	f.Add(raw()[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		d := Device{raw: b}
		n := min(18, len(b))
		for _, c := range d.configurations() {
			require.NotEmpty(t, c)
			n += len(c)
		}
		require.LessOrEqual(t, n, len(b))
	})
}

func FuzzUevent(f *testing.F) {
	f.Add([]byte("add@/devices/pci0000:00/usb1/1-1\x00ACTION=add\x00DEVPATH=/devices/pci0000:00/usb1/1-1\x00SUBSYSTEM=usb\x00DEVTYPE=usb_device\x00SEQNUM=1\x00"))
	f.Add([]byte("add@/devices/virtual/net/lo\x00ACTION=add\x00SUBSYSTEM=net\x00"))
	f.Add([]byte("libudev\x00\xfe\xed\xca\xfe"))
	f.Fuzz(func(t *testing.T, b []byte) { aboutUSB(b) })
}

func TestUevents(t *testing.T) {
	for event, want := range map[string]bool{
		"bind@/devices/usb1/1-1\x00ACTION=bind\x00SUBSYSTEM=usb\x00SEQNUM=9\x00": true,
		"add@/devices/usb1\x00SUBSYSTEM=usbmon\x00":                              false,
		"add@/devices/SUBSYSTEM=usb":                                             false,
		"":                                                                       false,
	} {
		require.Equal(t, want, aboutUSB([]byte(event)), "%q", event)
	}
}
