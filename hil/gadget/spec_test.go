package gadget

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestParseSpec(t *testing.T) {
	for spec, want := range map[string]Options{
		"gadget:":                         {},
		"gadget:fe980000.usb":             {UDC: "fe980000.usb"},
		"gadget:dummy_udc.0,speed=full":   {UDC: "dummy_udc.0", Speed: usb.Full},
		"gadget:,speed=high,trace=no":     {Speed: usb.High, NoTrace: true},
		"gadget:x,alternates=refused":     {UDC: "x", RefuseAlternates: true},
		"gadget:x,wait=5s,role=/sys/r":    {UDC: "x", WaitUDC: 5 * time.Second, Role: "/sys/r"},
		"gadget:x,gone=10ms,suspended=2s": {UDC: "x", Gone: 10 * time.Millisecond, Suspended: 2 * time.Second},
		"gadget:x,packets=32,speed=super": {UDC: "x", ReadPackets: 32, Speed: usb.Super},
	} {
		got, err := ParseSpec(spec)
		require.NoError(t, err, spec)
		require.Equal(t, want, got, spec)
	}
	for spec, want := range map[string]string{
		"usb:x":              "does not begin with gadget:",
		"":                   "does not begin with gadget:",
		"gadget:a/b":         "a controller's name has no slash and no space",
		"gadget:..":          "a controller's name has no slash and no space",
		"gadget:a b":         "a controller's name has no slash and no space",
		"gadget:x,y":         `no option "y"`,
		"gadget:x,":          `no option ""`,
		"gadget:x,speed=low": `speed: "low" is no speed: want full, high or super`,
		"gadget:x,wait=1":    `wait: "1" is no time above 0: want a time such as 5s`,
		"gadget:x,wait=-1s":  `wait: "-1s" is no time above 0: want a time such as 5s`,
		"gadget:x,role=r":    `role: "r" is no absolute path: want a path`,
		"gadget:x,packets=0": `packets: "0" is out of range: want 1 to 32`,
		"gadget:x,trace=yes": `trace: "yes" is not known: want no`,
	} {
		_, err := ParseSpec(spec)
		require.EqualError(t, err, `gadget: port "`+spec+`": `+want+`; want gadget:UDC, with a name of /sys/class/udc or none for the first`)
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("gadget:x,speed=full,wait=5s,role=/r,packets=3")
	f.Add("gadget:,trace=no,alternates=refused,gone=1h,suspended=1ns")
	f.Fuzz(func(t *testing.T, s string) {
		if o, err := ParseSpec(s); err == nil {
			require.GreaterOrEqual(t, o.WaitUDC, time.Duration(0))
			require.LessOrEqual(t, o.ReadPackets, maxReadPackets)
		}
	})
}

// A controller has a clock of its own.
func TestOpen(t *testing.T) {
	_, err := Open(sim.New(), "gadget:")
	require.ErrorIs(t, err, ErrVirtual)
	_, err = Open(sim.New(sim.RealTime()), "gadget")
	require.Error(t, err)
	p, err := Open(sim.New(sim.RealTime()), "gadget:none")
	require.NoError(t, err, "nothing is done before Attach")
	p.Detach()
	require.Nil(t, p.Attached())
}
