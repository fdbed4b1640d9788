package libusb

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func TestParseSpec(t *testing.T) {
	phone := Device{Path: "1-4.2", Serial: "00008030-0A", Descriptor: usb.DeviceDescriptor{VendorID: 0x05AC, ProductID: 0x12A8}}
	for _, c := range []struct {
		spec  string
		want  Spec
		match bool
	}{
		{"usb:05ac:12a8", Spec{Vendor: 0x05AC, Product: 0x12A8}, true},
		{"usb:05ac:12ab", Spec{Vendor: 0x05AC, Product: 0x12AB}, false},
		{"usb:05ab:12a8", Spec{Vendor: 0x05AB, Product: 0x12A8}, false},
		{"usb:05ac:*", Spec{Vendor: 0x05AC, Product: usb.Any}, true},
		{"usb:*:*", Spec{Vendor: usb.Any, Product: usb.Any}, true},
		{"usb:05ac:12a8/00008030-0A", Spec{Vendor: 0x05AC, Product: 0x12A8, Serial: "00008030-0A"}, true},
		{"usb:05ac:12a8/00008030-0B", Spec{Vendor: 0x05AC, Product: 0x12A8, Serial: "00008030-0B"}, false},
		{"usb:*:*/a/b", Spec{Vendor: usb.Any, Product: usb.Any, Serial: "a/b"}, false},
		{"usb:@1-4.2", Spec{Vendor: usb.Any, Product: usb.Any, Path: "1-4.2"}, true},
		{"usb:@1-4", Spec{Vendor: usb.Any, Product: usb.Any, Path: "1-4"}, false},
		{"usb:@11-1.2.3.4", Spec{Vendor: usb.Any, Product: usb.Any, Path: "11-1.2.3.4"}, false},
	} {
		s, err := ParseSpec(c.spec)
		require.NoError(t, err, c.spec)
		require.Equal(t, c.want, s, c.spec)
		require.Equal(t, c.match, s.Match(phone), c.spec)
		require.Equal(t, c.spec, s.String())
	}
	s, err := ParseSpec("usb:5AC:12A8")
	require.NoError(t, err)
	require.Equal(t, "usb:05ac:12a8", s.String())
}

func TestBadSpecs(t *testing.T) {
	for spec, why := range map[string]string{
		"05ac:12a8":       "it does not begin with usb:",
		"usb:":            "it has no product",
		"usb:05ac":        "it has no product",
		"usb:05ac:":       `product "" is not four hexadecimal digits`,
		"usb:apple:12a8":  `vendor "apple" is not four hexadecimal digits`,
		"usb:005ac:12a8":  `vendor "005ac" is not four hexadecimal digits`,
		"usb:05ac:-2a8":   `product "-2a8" is not four hexadecimal digits`,
		"usb:05ac:12a8/":  "there is no serial number after the slash",
		"usb:@":           `"" is no port`,
		"usb:@usb1":       `"usb1" is no port`,
		"usb:@1-":         `"1-" is no port`,
		"usb:@1-4.":       `"1-4." is no port`,
		"usb:@1-0":        `"1-0" is no port`,
		"usb:@+1-2":       `"+1-2" is no port`,
		"usb:@1-4.2:1.0":  `"1-4.2:1.0" is no port`,
		"usb:@1-4/../../": `"1-4/../../" is no port`,
		"usb:@1-256":      `"1-256" is no port`,
	} {
		_, err := ParseSpec(spec)
		require.ErrorContains(t, err, why+"; want usb:VID:PID", spec)
		require.ErrorContains(t, err, spec)
	}
}

// What is read is written again, and read again as the same.
func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"usb:05ac:12a8", "usb:05ac:*/SN", "usb:@1-4.2", "usb:@1-", "usb:*:*/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseSpec(s)
		if err != nil {
			return
		}
		b, err := ParseSpec(a.String())
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}
