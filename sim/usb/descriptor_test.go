package usb_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim/usb"
)

// unhex reads bytes; spaces are ignored.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

const (
	// Source: wllm-rbnt/third-eye, USB capture notes of DJI goggles with an
	// iPhone.
	iPhoneDevice = "12 01 00 02 00 00 00 40 AC 05 A8 12 04 14 01 02 03 04"

	// The same source gives the header, the interfaces and the endpoints.
	gogglesConfig = `09 02 40 00 02 01 04 80 01
		09 04 00 00 02 FF F0 00 05  07 05 81 02 00 02 00  07 05 01 02 00 02 00
		09 04 01 00 00 FF F0 01 06
		09 04 01 01 02 FF F0 01 06  07 05 82 02 00 02 00  07 05 02 02 00 02 00`

	// Configuration 4 of an iPhone. Source: fritzlb/iOS17-JIT-WIN issue 8.
	iPhoneConfig4 = `09 02 75 00 03 04 08 C0 FA
		09 04 00 00 03 06 01 01 1B  07 05 02 02 00 02 00  07 05 81 02 00 02 00  07 05 83 03 40 00 0A
		09 04 01 00 02 FF FE 02 0F  07 05 04 02 00 02 00  07 05 85 02 00 02 00
		09 04 02 00 00 FF FD 01 11
		09 04 02 01 02 FF FD 01 11  07 05 86 02 00 02 00  07 05 05 02 00 02 00
		09 04 02 02 02 FF FD 01 11  07 05 86 02 00 02 00  07 05 05 02 00 02 00`

	// What else stands in configurations: an association, an audio header, an
	// audio endpoint of nine bytes with its class-specific one, a HID
	// descriptor.
	mixedConfig = `09 02 5E 00 03 02 00 C0 FA
		08 0B 00 02 01 01 00 00
		09 04 00 00 00 01 01 00 00  09 24 01 00 01 1E 00 01 01
		09 04 01 00 00 01 02 00 00
		09 04 01 01 01 01 02 00 00  09 05 81 01 C0 00 04 00 00  07 25 01 01 00 00 00
		09 04 02 00 01 03 00 00 00  09 21 11 01 00 01 22 D0 00  07 05 83 03 40 00 01`
)

func TestParseDeviceOfIPhone(t *testing.T) {
	b := unhex(t, iPhoneDevice)
	d, err := usb.ParseDevice(b)
	require.NoError(t, err)
	assert.Equal(t, usb.DeviceDescriptor{
		USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x05AC, ProductID: 0x12A8, Release: 0x1404,
		Manufacturer: 1, Product: 2, SerialNumber: 3, Configurations: 4,
	}, d)
	assert.Equal(t, b, d.AppendTo(nil))
}

func TestParseConfigOfGoggles(t *testing.T) {
	b := unhex(t, gogglesConfig)
	c, err := usb.ParseConfig(b)
	require.NoError(t, err)
	pair := func(in, out uint8) []usb.EndpointDescriptor {
		return []usb.EndpointDescriptor{usb.Bulk(in), usb.Bulk(out)}
	}
	assert.Equal(t, usb.ConfigDescriptor{Value: 1, String: 4, Attributes: 0x80, MaxPower: 1, Interfaces: []usb.Interface{
		{Number: 0, Alternates: []usb.Alternate{{Class: 0xFF, SubClass: 0xF0, String: 5, Endpoints: pair(0x81, 1)}}},
		{Number: 1, Alternates: []usb.Alternate{
			{Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: 6},
			{Setting: 1, Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: 6, Endpoints: pair(0x82, 2)},
		}},
	}}, c)
	assert.Equal(t, b, c.AppendTo(nil))
}

// What is accepted is written again byte for byte, after whatever was there.
func TestConfigRoundTrip(t *testing.T) {
	for name, text := range map[string]string{"goggles": gogglesConfig, "iPhone": iPhoneConfig4, "mixed": mixedConfig} {
		t.Run(name, func(t *testing.T) {
			b := unhex(t, text)
			c, err := usb.ParseConfig(b)
			require.NoError(t, err)
			assert.Equal(t, append([]byte{0xAA}, b...), c.AppendTo([]byte{0xAA}))
		})
	}
}

func TestParseConfigKeepsWhatItDoesNotKnow(t *testing.T) {
	c, err := usb.ParseConfig(unhex(t, mixedConfig))
	require.NoError(t, err)
	require.Len(t, c.Interfaces, 3)
	assert.Equal(t, [][]byte{{8, 0x0B, 0, 2, 1, 1, 0, 0}}, c.Interfaces[0].Alternates[0].Lead)
	assert.Equal(t, [][]byte{{9, 0x24, 1, 0, 1, 0x1E, 0, 1, 1}}, c.Interfaces[0].Alternates[0].Extra)
	audio := c.Interfaces[1].Alternates[1].Endpoints[0]
	assert.Equal(t, []byte{0, 0}, audio.Tail)
	assert.Equal(t, [][]byte{{7, 0x25, 1, 1, 0, 0, 0}}, audio.Extra)
	assert.Equal(t, 192, audio.PacketSize())
	assert.Equal(t, [][]byte{{9, 0x21, 0x11, 1, 0, 1, 0x22, 0xD0, 0}}, c.Interfaces[2].Alternates[0].Extra)
}

// Settings of an interface need not stand side by side.
func TestConfigWithScatteredSettings(t *testing.T) {
	b := unhex(t, `09 02 24 00 02 01 00 80 01
		09 04 00 00 00 FF 00 00 00  09 04 01 00 00 FF 00 00 00  09 04 00 01 00 FF 00 01 00`)
	c, err := usb.ParseConfig(b)
	require.NoError(t, err)
	assert.Equal(t, uint8(1), c.Alternate(0, 1).Protocol)
	assert.Nil(t, c.Alternate(1, 1))
	assert.Equal(t, b, c.AppendTo(nil))
}

func TestParseConfigErrors(t *testing.T) {
	patch := func(offset int, v byte) []byte {
		b := unhex(t, gogglesConfig)
		b[offset] = v
		return b
	}
	for _, c := range []struct {
		name       string
		b          []byte
		offset     int
		field      string
		value      int
		interfaces int // that are read all the same
	}{
		{"empty", nil, 0, "length of the configuration descriptor", 0, 0},
		{"eight bytes", patch(0, 9)[:8], 8, "length of the configuration descriptor", 8, 0},
		{"short header", patch(0, 8), 0, "bLength", 8, 0},
		{"longer header than bytes", patch(0, 65), 0, "bLength", 65, 0},
		{"another type", patch(1, 1), 1, "bDescriptorType", 1, 0},
		{"other speed", patch(1, 7), 1, "bDescriptorType", 7, 2},
		{"total too long", patch(2, 65), 2, "wTotalLength", 65, 2},
		{"total too short", patch(2, 63), 2, "wTotalLength", 63, 2},
		{"cut after an interface", patch(0, 9)[:18], 2, "wTotalLength", 64, 1},
		{"cut in an interface", patch(0, 9)[:12], 2, "wTotalLength", 64, 0},
		{"more interfaces declared", patch(4, 3), 4, "bNumInterfaces", 3, 2},
		{"more endpoints declared", patch(13, 3), 13, "bNumEndpoints", 3, 2},
		{"fewer endpoints declared", patch(13, 1), 13, "bNumEndpoints", 1, 2},
		{"length 0", patch(18, 0), 18, "bLength", 0, 1},
		{"length 1", patch(18, 1), 18, "bLength", 1, 1},
		{"length past the end", patch(57, 8), 57, "bLength", 8, 2},
		{"short interface", patch(9, 8), 9, "bLength", 8, 0},
		{"short endpoint", patch(18, 6), 18, "bLength", 6, 1},
		{"endpoint 0", patch(20, 0x80), 20, "bEndpointAddress", 0x80, 2},
		{"endpoint twice", patch(27, 0x81), 27, "bEndpointAddress", 0x81, 2},
		{"setting twice", patch(44, 0), 44, "bAlternateSetting", 0, 2},
		{"device inside", patch(19, 1), 19, "bDescriptorType", 1, 2},
		{"endpoint before interface", patch(10, 5), 10, "bDescriptorType", 5, 1},
		{"association at the end", append(patch(2, 72), 8, 0x0B, 0, 1, 0, 0, 0, 0), 72, "interface after an association", 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := usb.ParseConfig(c.b)
			var e *usb.DescriptorError
			require.True(t, errors.As(err, &e), "error is %v", err)
			assert.Equal(t, c.field, e.Field)
			assert.Equal(t, c.offset, e.Offset)
			assert.Equal(t, c.value, e.Value)
			assert.Len(t, got.Interfaces, c.interfaces)
			assert.Contains(t, err.Error(), c.field)
		})
	}
}

func TestParseDeviceErrors(t *testing.T) {
	good := unhex(t, iPhoneDevice)
	_, err := usb.ParseDevice(good[:17])
	assert.EqualError(t, err, "usb: descriptor: length of the device descriptor at offset 17 is 17; want 18")
	bad := append([]byte{17}, good[1:]...)
	_, err = usb.ParseDevice(bad)
	assert.EqualError(t, err, "usb: descriptor: bLength at offset 0 is 17; want 18")
	bad = append([]byte{18, 2}, good[2:]...)
	_, err = usb.ParseDevice(bad)
	assert.EqualError(t, err, "usb: descriptor: bDescriptorType at offset 1 is 2; want 1 (device)")
}

func TestStrings(t *testing.T) {
	for _, s := range []string{"", "iPhone", "Gerät", "電話", "phone 📱", strings.Repeat("x", usb.MaxString)} {
		b, err := usb.AppendString(nil, s)
		require.NoError(t, err)
		assert.Equal(t, int(b[0]), len(b))
		got, err := usb.ParseString(b)
		require.NoError(t, err)
		assert.Equal(t, s, got)
	}
	b, err := usb.AppendString([]byte{1}, strings.Repeat("📱", usb.MaxString/2+1))
	assert.EqualError(t, err, "usb: string of 128 UTF-16 units; a descriptor holds 126")
	assert.Equal(t, []byte{1}, b, "nothing is appended")

	_, err = usb.ParseString([]byte{4, 3, 'x'})
	assert.EqualError(t, err, "usb: descriptor: bLength at offset 0 is 4; want 2 to 3")
	_, err = usb.ParseString([]byte{4, 2, 'x', 0})
	assert.EqualError(t, err, "usb: descriptor: bDescriptorType at offset 1 is 2; want 3 (string)")
	odd, err := usb.ParseString([]byte{5, 3, 'x', 0, 'y'})
	require.NoError(t, err)
	assert.Equal(t, "x", odd)
	lone, err := usb.ParseString([]byte{4, 3, 0x00, 0xD8})
	require.NoError(t, err)
	assert.Equal(t, "\uFFFD", lone, "half a surrogate pair")
	langs, err := usb.ParseLanguages([]byte{6, 3, 9, 4, 7, 4})
	require.NoError(t, err)
	assert.Equal(t, []uint16{0x0409, 0x0407}, langs)
}

func TestFind(t *testing.T) {
	c, err := usb.ParseConfig(unhex(t, iPhoneConfig4))
	require.NoError(t, err)
	d := usb.Descriptors{Configs: []usb.ConfigDescriptor{{Value: 9}, c}, Strings: usb.English("Apple Inc.", "iPhone")}

	m, ok := d.FindInterface(0xFF, 0xFE, 2)
	require.True(t, ok)
	assert.Equal(t, uint8(4), m.Config)
	assert.Equal(t, uint8(1), m.Interface)
	in, out, ok := m.BulkPair()
	assert.Equal(t, []any{uint8(0x85), uint8(0x04), true}, []any{in, out, ok})

	all := c.Find(0xFF, 0xFD, usb.Any)
	require.Len(t, all, 3)
	assert.Equal(t, uint8(2), all[2].Setting)
	_, _, ok = all[0].BulkPair()
	assert.False(t, ok, "setting 0 has no endpoints")

	ptp := c.Find(6, 1, 1)[0]
	e, ok := ptp.Endpoint(usb.TypeInterrupt, true)
	require.True(t, ok)
	assert.Equal(t, uint8(0x83), e.Address)
	_, ok = ptp.Endpoint(usb.TypeInterrupt, false)
	assert.False(t, ok)

	_, ok = d.FindInterface(3, 0, 0)
	assert.False(t, ok)
	assert.Same(t, &d.Configs[1], d.Config(4))
	assert.Nil(t, d.Config(1))
	assert.Equal(t, "iPhone", d.Text(2))
	assert.Empty(t, d.Text(0))
	assert.Empty(t, d.Text(7))
	assert.Empty(t, (&usb.Descriptors{}).Text(1))
}

func TestCheck(t *testing.T) {
	change := func(fn func(*usb.Descriptors)) *usb.Descriptors {
		d := plain()
		fn(d)
		return d
	}
	two := []usb.Interface{
		{Number: 0, Alternates: []usb.Alternate{{Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81)}}}},
		{Number: 1, Alternates: []usb.Alternate{{Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81)}}}},
	}
	for want, d := range map[string]*usb.Descriptors{
		"":                      plain(),
		"have no configuration": {},
		"bConfigurationValue 0": change(func(d *usb.Descriptors) { d.Configs[0].Value = 0 }),
		"bConfigurationValue 1": change(func(d *usb.Descriptors) { d.Configs = append(d.Configs, d.Configs[0]) }),
		"has setting 0 twice": change(func(d *usb.Descriptors) {
			f := &d.Configs[0].Interfaces[0]
			f.Alternates = append(f.Alternates, f.Alternates[0])
		}),
		"both have endpoint 81":     change(func(d *usb.Descriptors) { d.Configs[0].Interfaces = two }),
		"an endpoint of address 80": change(func(d *usb.Descriptors) { d.Configs[0].Interfaces[0].Alternates[0].Endpoints[0].Address = 0x80 }),
		"wTotalLength holds 65535": change(func(d *usb.Descriptors) {
			d.Configs[0].Extra = make([][]byte, 300)
			for i := range d.Configs[0].Extra {
				d.Configs[0].Extra[i] = make([]byte, 255)
			}
		}),
	} {
		if err := d.Check(); want == "" {
			assert.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, want)
		}
	}
}

// Any configuration that can be built is read back as it was.
func TestConfigRoundTripProperty(t *testing.T) {
	raw := func(types ...byte) *rapid.Generator[[]byte] {
		return rapid.Custom(func(t *rapid.T) []byte {
			body := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "body")
			return append([]byte{byte(len(body) + 2), rapid.SampledFrom(types).Draw(t, "type")}, body...)
		})
	}
	// Empty lists are read as nil.
	list := func(t *rapid.T, g *rapid.Generator[[]byte], name string) [][]byte {
		if l := rapid.SliceOfN(g, 0, 3).Draw(t, name); len(l) > 0 {
			return l
		}
		return nil
	}
	rapid.Check(t, func(t *rapid.T) {
		c := usb.ConfigDescriptor{
			Value: rapid.Byte().Draw(t, "value"), String: rapid.Byte().Draw(t, "string"),
			Attributes: rapid.Byte().Draw(t, "attributes"), MaxPower: rapid.Byte().Draw(t, "power"),
			Extra: list(t, raw(0x09, 0x40), "extra"),
		}
		for n := range rapid.IntRange(0, 4).Draw(t, "interfaces") {
			f := usb.Interface{Number: uint8(n * 3)}
			for s := range rapid.IntRange(1, 3).Draw(t, "settings") {
				a := usb.Alternate{Setting: uint8(s), Class: rapid.Byte().Draw(t, "class"), String: rapid.Byte().Draw(t, "name"),
					Lead: list(t, raw(0x0B), "lead"), Extra: list(t, raw(0x21, 0x24, 0xFF), "extra")}
				for e := range rapid.IntRange(0, 3).Draw(t, "endpoints") {
					d := usb.EndpointDescriptor{Address: uint8(e+1) | rapid.SampledFrom([]uint8{0, usb.DirIn}).Draw(t, "dir"),
						Attributes: rapid.Byte().Draw(t, "type"), MaxPacketSize: rapid.Uint16().Draw(t, "size"), Interval: rapid.Byte().Draw(t, "interval"),
						Extra: list(t, raw(0x25, 0x30), "extra")}
					if rapid.Bool().Draw(t, "long") {
						d.Tail = []byte{1, 2}
					}
					a.Endpoints = append(a.Endpoints, d)
				}
				f.Alternates = append(f.Alternates, a)
			}
			c.Interfaces = append(c.Interfaces, f)
		}
		got, err := usb.ParseConfig(c.AppendTo(nil))
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
}
