package i2c

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]Spec{
		"i2c:/dev/i2c-1":                {Device: "/dev/i2c-1"},
		"i2c:/dev/i2c-1@0x10":           {"/dev/i2c-1", 0x10},
		"i2c:/dev/i2c-12@0x77":          {"/dev/i2c-12", 0x77},
		"i2c:i2c-tiny-usb@0x11":         {"i2c-tiny-usb", 0x11},
		"i2c:i2c-tiny-usb at bus 1":     {Device: "i2c-tiny-usb at bus 1"},
		"i2c:./relative/i2c-0@0x08":     {"./relative/i2c-0", 0x08},
		"i2c:/dev/by-path/weird:1@0x5a": {"/dev/by-path/weird:1", 0x5A},
	} {
		got, err := ParseSpec(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
	const hint = "; want i2c:DEVICE or i2c:DEVICE@ADDRESS, such as i2c:/dev/i2c-1@0x10"
	for text, why := range map[string]string{
		"":                     "does not begin with i2c:",
		"/dev/i2c-1":           "does not begin with i2c:",
		"sim:":                 "does not begin with i2c:",
		"i2c:":                 "names no device",
		"i2c:@0x10":            "names no device",
		"i2c:/dev/i2c-1@":      `address "" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@10":    `address "10" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@0x":    `address "0x" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@0x1g":  `address "0x1g" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@0x-1":  `address "0x-1" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@0x100": "address 0x100 is outside of 0x08 to 0x77, the 7-bit addresses of devices",
		"i2c:/dev/i2c-1@0x20@": `address "0x20@" is no hexadecimal number with 0x`,
		"i2c:/dev/i2c-1@0x7":   "address 0x07 is outside of 0x08 to 0x77, the 7-bit addresses of devices",
	} {
		_, err := ParseSpec(text)
		assert.EqualError(t, err, `i2c: bus "`+text+`": `+why+hint)
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"i2c:/dev/i2c-1@0x10", "i2c:name", "i2c:@", "i2c:/a@b@0x10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text)
		if err != nil {
			return
		}
		if again, err := ParseSpec(s.String()); err != nil || again != s {
			t.Errorf("%q: %+v, then %+v, %v", text, s, again, err)
		}
	})
}

// The class directory of a machine with three adapters.
func class() fstest.MapFS {
	return fstest.MapFS{
		"i2c-10/name": {Data: []byte("i2c-tiny-usb at bus 003 device 002\n")},
		"i2c-2/name":  {Data: []byte("SMBus PIIX4 adapter at 0700\n")},
		"i2c-1/name":  {Data: []byte("bcm2835 (i2c@7e804000)\n")},
		"i2c-9/dev":   {Data: []byte("89:9\n")}, // on its way out
		"other/name":  {Data: []byte("i2c-tiny-usb\n")},
	}
}

func TestFind(t *testing.T) {
	all, err := list(class())
	require.NoError(t, err)
	assert.Equal(t, []Adapter{
		{1, "/dev/i2c-1", "bcm2835 (i2c@7e804000)"},
		{2, "/dev/i2c-2", "SMBus PIIX4 adapter at 0700"},
		{10, "/dev/i2c-10", "i2c-tiny-usb at bus 003 device 002"},
	}, all)

	a, err := find(class(), "i2c-tiny-usb")
	require.NoError(t, err)
	assert.Equal(t, all[2], a)

	_, err = find(class(), "cp2112")
	assert.ErrorIs(t, err, ErrNoAdapter)
	assert.EqualError(t, err, `no such I2C adapter: no name contains "cp2112"; there are /dev/i2c-1 (bcm2835 (i2c@7e804000)), `+
		`/dev/i2c-2 (SMBus PIIX4 adapter at 0700), /dev/i2c-10 (i2c-tiny-usb at bus 003 device 002)`)
	_, err = find(class(), "00")
	assert.ErrorIs(t, err, ErrNoAdapter)
	assert.ErrorContains(t, err, `several names contain "00": /dev/i2c-1`)
	assert.ErrorContains(t, err, "; give the path of one")

	_, err = find(fstest.MapFS{}, "x")
	assert.ErrorContains(t, err, "there are none")
	_, err = find(fstest.MapFS{"name": {}}, "x")
	assert.ErrorIs(t, err, ErrNoAdapter)
}
