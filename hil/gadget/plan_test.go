package gadget

import (
	enc "encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// capture is a port that keeps what is attached.
type capture struct{ d *usb.Descriptors }

func (c *capture) Attach(d usb.Device) error { c.d = d.Descriptors(); return nil }
func (c *capture) Detach()                   {}

// phoneDescriptors are those of a simulated phone.
func phoneDescriptors(t *testing.T) *usb.Descriptors {
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	w, c := sim.New(), &capture{}
	phone.New(w, "phone", persona).Start(c, usb.NewCable(w, usb.CableOptions{}).A())
	require.NoError(t, w.Run(func() { w.Sleep(1e9) }))
	require.NotNil(t, c.d)
	return c.d
}

// headunitDescriptors are those of a head unit that has had a phone switch roles.
func headunitDescriptors(t *testing.T) *usb.Descriptors {
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	model, err := headunit.LoadModel("carlife")
	require.NoError(t, err)
	w, c := sim.New(), &capture{}
	cable := usb.NewCable(w, usb.CableOptions{})
	phone.New(w, "phone", persona).Start(cable.B(), cable.B())
	headunit.New(w, "headunit", model).Start(cable.A(), c, nil)
	require.NoError(t, w.Run(func() { w.Sleep(5e9) }))
	require.NotNil(t, c.d)
	return c.d
}

// dump is a plan as text: what is done to configfs, and what is written to each
// instance.
func (p *plan) dump() string {
	var b strings.Builder
	for _, s := range p.steps() {
		b.WriteString(s.String() + "\n")
	}
	for i := range p.functions {
		f := &p.functions[i]
		b.WriteString("\n" + p.source(i) + " descriptors\n" + enc.Dump(f.descriptors(7)))
		b.WriteString(p.source(i) + " strings\n" + enc.Dump(f.strings))
	}
	for _, l := range p.left {
		b.WriteString("\nleft out: " + hex(l.value) + " " + l.why.Error() + "\n")
	}
	return b.String()
}

func TestPlans(t *testing.T) {
	for name, c := range map[string]struct {
		d     *usb.Descriptors
		limit usb.Speed
	}{
		"headunit":   {headunitDescriptors(t), 0},
		"phone":      {phoneDescriptors(t), 0},
		"full-speed": {testDescriptors(), usb.Full},
		"super":      {testDescriptors().At(usb.Super), 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(c.d, c.limit)
			require.NoError(t, err)
			golden(t, name+".plan", p.on("dummy_udc.0").dump())
		})
	}
}

// with is the test device, with one thing changed.
func with(change func(d *usb.Descriptors, c *usb.ConfigDescriptor)) *usb.Descriptors {
	d := testDescriptors()
	change(d, &d.Configs[0])
	return d
}

func TestDevicesThatCannotBeCarried(t *testing.T) {
	for name, c := range map[string]struct {
		d    *usb.Descriptors
		want string
	}{
		"no configuration": {with(func(d *usb.Descriptors, _ *usb.ConfigDescriptor) { d.Configs = nil }),
			"usb: descriptors have no configuration; a device has one at least"},
		"low speed": {with(func(d *usb.Descriptors, _ *usb.ConfigDescriptor) { d.Speed = usb.Low }),
			"gadget: a device of low speed; Linux gadgets are of full speed at least"},
		"gap in the numbers": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) { c.Interfaces[1].Number = 2 }),
			"gadget: FunctionFS cannot carry this device: configuration 1: interface 2 comes where the kernel will call it 1: number interfaces from 0 in order"},
		"class-specific descriptor": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) {
			c.Interfaces[0].Alternates[0].Extra = [][]byte{{5, 0x24, 0, 0x10, 1}}
		}), "gadget: FunctionFS cannot carry this device: configuration 1: interface 0: setting 0 of class FF has a descriptor of type 24 and 5 bytes, which FunctionFS refuses"},
		"of an endpoint": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) {
			c.Interfaces[1].Alternates[1].Endpoints[0].Extra = [][]byte{{7, 0x25, 1, 0, 0, 0, 0}}
		}), "gadget: FunctionFS cannot carry this device: configuration 1: interface 1: setting 1 of class FF has a descriptor of type 25 and 7 bytes, which FunctionFS refuses"},
		"before an interface": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) {
			c.Interfaces[0].Alternates[0].Lead = [][]byte{{2, 0x24}}
		}), "gadget: FunctionFS cannot carry this device: configuration 1: interface 0: setting 0 of class FF has a descriptor of type 24 and 2 bytes, which FunctionFS refuses"},
		"before all interfaces": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) { c.Extra = [][]byte{{3, 9, 0}} }),
			"gadget: FunctionFS cannot carry this device: configuration 1: a descriptor of type 09 before the first interface: the kernel writes the configuration descriptor itself"},
		"no interface": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) { c.Interfaces = nil }),
			"gadget: FunctionFS cannot carry this device: configuration 1: it has no interface: a gadget needs one"},
		"too many endpoints": {with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) {
			for i := range uint8(15) {
				a := c.Interfaces[1].Alternates[1]
				a.Setting = 2 + i
				c.Interfaces[1].Alternates = append(c.Interfaces[1].Alternates, a)
			}
		}), "gadget: FunctionFS cannot carry this device: configuration 1: interface 1: more than 15 endpoints of one direction over all alternate settings"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newPlan(c.d, 0)
			require.EqualError(t, err, c.want)
		})
	}
}

// What can be carried is, and what cannot is told.
func TestConfigurationsLeftOut(t *testing.T) {
	d := testDescriptors()
	bad := d.Configs[0]
	bad.Value, bad.Extra = 2, [][]byte{{3, 9, 0}}
	third := d.Configs[0]
	third.Value = 3
	d.Configs = append(d.Configs, bad, third)
	p, err := newPlan(d, 0)
	require.NoError(t, err)
	require.Len(t, p.configs, 2)
	require.Len(t, p.functions, 4)
	require.Len(t, p.endpoints, 8)
	first, end := p.group(3)
	require.Equal(t, []int{2, 4}, []int{first, end})
	first, end = p.group(2)
	require.Equal(t, first, end)
	require.Len(t, p.left, 1)
	require.Equal(t, uint8(2), p.left[0].value)
	for i := range p.endpoints {
		require.Equal(t, uint8(i/4*2+i%4/2), uint8(p.endpoints[i].function))
	}
}

// HID's and CCID's own descriptors are carried, and an interface association with
// its string.
func TestDescriptorsOfClasses(t *testing.T) {
	hid := []byte{9, 0x21, 0x11, 1, 0, 1, 0x22, 10, 0}
	d := with(func(_ *usb.Descriptors, c *usb.ConfigDescriptor) {
		a := &c.Interfaces[0].Alternates[0]
		a.Class, a.Extra = classHID, [][]byte{hid}
		a.Lead = [][]byte{{8, 0x0B, 0, 2, 3, 0, 0, 4}}
	})
	p, err := newPlan(d, 0)
	require.NoError(t, err)
	b := p.functions[0].blocks[0].bytes
	require.Equal(t, []byte{8, 0x0B, 0, 2, 3, 0, 0, 1}, b[:8], "string 4 of the device is string 1 of the instance")
	require.Equal(t, hid, b[17:26])
	require.Contains(t, string(p.functions[0].strings), "\x09\x04All\x00")
}

func TestNames(t *testing.T) {
	p := new(plan).on("fe980000.usb")
	assert.Equal(t, "pf3.fe980000.usb", p.source(3))
	assert.Equal(t, "plugfest.fe980000.usb", p.gadget)
	p.on("a-controller-with-quite-a-long-name.0")
	q := new(plan).on("a-controller-with-quite-a-long-name.1")
	assert.NotEqual(t, p.source(0), q.source(0))
	assert.LessOrEqual(t, len(p.source(255)), 40)
}

func TestPackets(t *testing.T) {
	p, err := newPlan(testDescriptors(), 0)
	require.NoError(t, err)
	e := &p.endpoints[0]
	for s, want := range map[usb.Speed]int{usb.Full: 64, usb.High: 512, usb.Super: 512, usb.SpeedUnknown: 64} {
		assert.Equal(t, want, e.packet(s), "%v", s)
	}
}

// Texts of several languages, of none, and such as the kernel would cut.
func TestStrings(t *testing.T) {
	for name, c := range map[string]struct {
		tables []usb.StringTable
		want   string
	}{
		"none":  {nil, "\x02\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		"one":   {usb.English("", "", "", "", "a\x00b"), "\x02\x00\x00\x00\x14\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x09\x04a\x00"},
		"empty": {usb.English("x"), "\x02\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		"two": {[]usb.StringTable{{Language: 0x0409, Text: map[uint8]string{5: "one"}}, {Language: 0x0407, Text: map[uint8]string{5: "eins"}}, {Language: 0x0410}},
			"\x02\x00\x00\x00\x23\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00\x09\x04one\x00\x07\x04eins\x00\x10\x04one\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			d := testDescriptors()
			d.Strings = c.tables
			p, err := newPlan(d, 0)
			require.NoError(t, err)
			require.Equal(t, c.want, string(p.functions[1].strings))
		})
	}
}
