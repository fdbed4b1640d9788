package usb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// rich are the descriptors that the chapter 9 tests ask about.
func rich() *usb.Descriptors {
	return &usb.Descriptors{
		Device: usb.DeviceDescriptor{USB: 0x0210, MaxPacketSize0: 64, VendorID: 0x05AC, ProductID: 0x12A8, Release: 0x1404,
			Manufacturer: 1, Product: 2, SerialNumber: 3},
		Configs: []usb.ConfigDescriptor{
			{Value: 1, Attributes: usb.AttrReserved | usb.AttrRemoteWakeup, MaxPower: 250, Interfaces: []usb.Interface{
				{Number: 0, Alternates: []usb.Alternate{{Class: 0xFF, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}}},
				{Number: 1, Alternates: []usb.Alternate{
					{Class: 0xFF, SubClass: 1},
					{Setting: 1, Class: 0xFF, SubClass: 1, Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x82), usb.Bulk(0x02)}},
				}},
			}},
			{Value: 3, Attributes: usb.AttrReserved | usb.AttrSelfPowered, Interfaces: []usb.Interface{
				{Number: 0, Alternates: []usb.Alternate{{Class: 3, Endpoints: []usb.EndpointDescriptor{usb.Interrupt(0x83, 64, 4)}}}},
			}},
		},
		Strings: []usb.StringTable{
			{Language: usb.EnglishUS, Text: map[uint8]string{1: "Maker", 2: "Phone", 0xEE: "MSFT100!"}},
			{Language: 0x0407, Text: map[uint8]string{2: "Telefon"}},
		},
		BOS: []byte{5, 15, 5, 0, 0},
	}
}

// ask makes a control request straight to a device, which must answer at once.
func ask(t testing.TB, d usb.Device, setup string, room int) ([]byte, usb.Status) {
	t.Helper()
	x := &usb.Transfer{Setup: usb.ParseSetup([8]byte(unhex(t, setup))), Data: make([]byte, room)}
	done := 0
	x.Done = func(*usb.Transfer) { done++ }
	d.Submit(x)
	require.Equal(t, 1, done, "answers to %s", setup)
	return x.Data[:x.Actual], x.Status
}

// A request's answer in the states default, address, configured with 1, and
// configured with 1 and interface 1 in setting 1. "-" is a stall.
func TestStandardRequests(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup string
		want  [4]string
	}{
		{"GET_STATUS device", "80 00 0000 0000 0200", [4]string{"0000", "0000", "0000", "0000"}},
		{"GET_STATUS device, one byte", "80 00 0000 0000 0100", [4]string{"00", "00", "00", "00"}},
		{"GET_STATUS device, wValue", "80 00 0100 0000 0200", [4]string{"-", "-", "-", "-"}},
		{"GET_STATUS device, wIndex", "80 00 0000 0100 0200", [4]string{"-", "-", "-", "-"}},
		{"GET_STATUS interface", "81 00 0000 0100 0200", [4]string{"-", "-", "0000", "0000"}},
		{"GET_STATUS missing interface", "81 00 0000 0200 0200", [4]string{"-", "-", "-", "-"}},
		{"GET_STATUS endpoint 0", "82 00 0000 0000 0200", [4]string{"0000", "0000", "0000", "0000"}},
		{"GET_STATUS endpoint 0 in", "82 00 0000 8000 0200", [4]string{"0000", "0000", "0000", "0000"}},
		{"GET_STATUS endpoint 81", "82 00 0000 8100 0200", [4]string{"-", "-", "0000", "0000"}},
		{"GET_STATUS endpoint of setting 1", "82 00 0000 8200 0200", [4]string{"-", "-", "-", "0000"}},
		{"GET_STATUS endpoint of another configuration", "82 00 0000 8300 0200", [4]string{"-", "-", "-", "-"}},
		{"GET_STATUS to other recipient", "83 00 0000 0000 0200", [4]string{"-", "-", "-", "-"}},
		{"GET_STATUS as OUT", "00 00 0000 0000 0200", [4]string{"-", "-", "-", "-"}},

		{"CLEAR_FEATURE remote wakeup", "00 01 0100 0000 0000", [4]string{"", "", "", ""}},
		{"CLEAR_FEATURE test mode", "00 01 0200 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"CLEAR_FEATURE halt 81", "02 01 0000 8100 0000", [4]string{"-", "-", "", ""}},
		{"CLEAR_FEATURE halt 82", "02 01 0000 8200 0000", [4]string{"-", "-", "-", ""}},
		{"CLEAR_FEATURE halt 0", "02 01 0000 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"CLEAR_FEATURE interface", "01 01 0000 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"CLEAR_FEATURE with data", "02 01 0000 8100 0100", [4]string{"-", "-", "-", "-"}},
		{"SET_FEATURE halt 01", "02 03 0000 0100 0000", [4]string{"-", "-", "", ""}},
		{"SET_FEATURE unknown of endpoint", "02 03 0100 0100 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_FEATURE remote wakeup", "00 03 0100 0000 0000", [4]string{"", "", "", ""}},
		{"SET_FEATURE test mode", "00 03 0200 0004 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_FEATURE U1 at high speed", "00 03 3000 0000 0000", [4]string{"-", "-", "-", "-"}},

		{"SET_ADDRESS 5", "00 05 0500 0000 0000", [4]string{"", "", "-", "-"}},
		{"SET_ADDRESS 128", "00 05 8000 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_ADDRESS to interface", "01 05 0500 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_ADDRESS with wIndex", "00 05 0500 0100 0000", [4]string{"-", "-", "-", "-"}},

		{"GET_DESCRIPTOR device qualifier", "80 06 0006 0000 0A00", [4]string{"0a061002000000400200", "0a061002000000400200", "0a061002000000400200", "0a061002000000400200"}},
		{"GET_DESCRIPTOR unknown", "80 06 0022 0000 FF00", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR interface", "80 06 0004 0000 FF00", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR endpoint", "80 06 0005 0000 FF00", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR device 1", "80 06 0101 0000 1200", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR configuration 2", "80 06 0202 0000 FF00", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR as OUT", "00 06 0001 0000 1200", [4]string{"-", "-", "-", "-"}},
		{"GET_DESCRIPTOR to endpoint", "82 06 0001 0000 1200", [4]string{"-", "-", "-", "-"}},
		{"SET_DESCRIPTOR", "00 07 0001 0000 1200", [4]string{"-", "-", "-", "-"}},

		{"GET_CONFIGURATION", "80 08 0000 0000 0100", [4]string{"00", "00", "01", "01"}},
		{"GET_CONFIGURATION to interface", "81 08 0000 0000 0100", [4]string{"-", "-", "-", "-"}},
		{"SET_CONFIGURATION 3", "00 09 0300 0000 0000", [4]string{"", "", "", ""}},
		{"SET_CONFIGURATION, direction bit", "80 09 0300 0000 0000", [4]string{"", "", "", ""}},
		{"SET_CONFIGURATION 0", "00 09 0000 0000 0000", [4]string{"", "", "", ""}},
		{"SET_CONFIGURATION missing", "00 09 0200 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_CONFIGURATION 0101", "00 09 0101 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_CONFIGURATION with data", "00 09 0100 0000 0100", [4]string{"-", "-", "-", "-"}},

		{"GET_INTERFACE 0", "81 0A 0000 0000 0100", [4]string{"-", "-", "00", "00"}},
		{"GET_INTERFACE 1", "81 0A 0000 0100 0100", [4]string{"-", "-", "00", "01"}},
		{"GET_INTERFACE missing", "81 0A 0000 0200 0100", [4]string{"-", "-", "-", "-"}},
		{"GET_INTERFACE to device", "80 0A 0000 0000 0100", [4]string{"-", "-", "-", "-"}},
		{"SET_INTERFACE 1, 1", "01 0B 0100 0100 0000", [4]string{"-", "-", "", ""}},
		{"SET_INTERFACE 0, 0", "01 0B 0000 0000 0000", [4]string{"-", "-", "", ""}},
		{"SET_INTERFACE missing setting", "01 0B 0200 0100 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_INTERFACE missing interface", "01 0B 0000 0200 0000", [4]string{"-", "-", "-", "-"}},
		{"SET_INTERFACE to device", "00 0B 0100 0100 0000", [4]string{"-", "-", "-", "-"}},

		{"SYNCH_FRAME", "82 0C 0000 8100 0200", [4]string{"-", "-", "-", "-"}},
		{"reserved request 2", "80 02 0000 0000 0200", [4]string{"-", "-", "-", "-"}},
		{"request 13", "80 0D 0000 0000 0200", [4]string{"-", "-", "-", "-"}},
		{"SET_SEL at high speed", "00 30 0000 0000 0600", [4]string{"-", "-", "-", "-"}},
		{"SET_ISOCH_DELAY at high speed", "00 31 2800 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"class request", "21 22 0100 0000 0000", [4]string{"-", "-", "-", "-"}},
		{"vendor request", "C0 53 0000 0000 0400", [4]string{"-", "-", "-", "-"}},
	} {
		for i, want := range c.want {
			g := usb.NewGadget(sim.New(), "g", rich(), nil)
			g.Reset(usb.High)
			for _, s := range []string{"00 05 0700 0000 0000", "00 09 0100 0000 0000", "01 0B 0100 0100 0000"}[:i] {
				_, status := ask(t, g, s, 0)
				require.Equal(t, usb.OK, status)
			}
			room := int(usb.ParseSetup([8]byte(unhex(t, c.setup))).Length)
			b, status := ask(t, g, c.setup, room)
			state := [...]string{"default", "address", "configured", "configured, setting 1"}[i]
			if want == "-" {
				assert.Equal(t, usb.Stall, status, "%s: %s", state, c.name)
				assert.Empty(t, b, "%s: %s", state, c.name)
				continue
			}
			assert.Equal(t, usb.OK, status, "%s: %s", state, c.name)
			assert.Equal(t, unhex(t, want), append([]byte{}, b...), "%s: %s", state, c.name)
		}
	}
}

func TestGetDescriptor(t *testing.T) {
	d := rich()
	config := d.Configs[0].AppendTo(nil)
	second := d.Configs[1].AppendTo(nil)
	other := d.At(usb.Full).Configs[0].AppendTo(nil)
	other[1] = 7
	g := usb.NewGadget(sim.New(), "g", d, nil)
	g.Reset(usb.High)
	for _, c := range []struct {
		name, setup string
		want        []byte // nil is a stall
	}{
		{"device", "80 06 0001 0000 1200", unhex(t, "12 01 10 02 00 00 00 40 AC 05 A8 12 04 14 01 02 03 02")},
		{"device, 64", "80 06 0001 0000 4000", unhex(t, "12 01 10 02 00 00 00 40 AC 05 A8 12 04 14 01 02 03 02")},
		{"device, 8", "80 06 0001 0000 0800", unhex(t, "12 01 10 02 00 00 00 40")},
		{"device, nothing", "80 06 0001 0000 0000", []byte{}},
		{"configuration 0, 9", "80 06 0002 0000 0900", config[:9]},
		{"configuration 0", "80 06 0002 0000 FFFF", config},
		{"configuration 1", "80 06 0102 0000 FFFF", second},
		{"other speed", "80 06 0007 0000 FFFF", other},
		{"other speed of no configuration", "80 06 0207 0000 FFFF", nil},
		{"BOS", "80 06 000F 0000 0500", []byte{5, 15, 5, 0, 0}},
		{"languages", "80 06 0003 0000 FF00", []byte{6, 3, 9, 4, 7, 4}},
		{"string 1", "80 06 0103 0904 FF00", unhex(t, "0C 03 4D00 6100 6B00 6500 7200")},
		{"string 1, 4 bytes", "80 06 0103 0904 0400", unhex(t, "0C 03 4D00")},
		{"string 2 in German", "80 06 0203 0704 FF00", unhex(t, "10 03 5400 6500 6C00 6500 6600 6F00 6E00")},
		{"string 1 in German", "80 06 0103 0704 FF00", nil},
		{"string 3", "80 06 0303 0904 FF00", nil},
		{"string 1 in no language", "80 06 0103 0000 FF00", nil},
		{"Microsoft OS string", "80 06 EE03 0000 1200", unhex(t, "12 03 4D00 5300 4600 5400 3100 3000 3000 2100")},
	} {
		b, status := ask(t, g, c.setup, int(usb.ParseSetup([8]byte(unhex(t, c.setup))).Length))
		if c.want == nil {
			assert.Equal(t, usb.Stall, status, c.name)
			continue
		}
		assert.Equal(t, usb.OK, status, c.name)
		assert.Equal(t, c.want, append([]byte{}, b...), c.name)
	}
}

// The qualifier, the other speed and the BOS depend on what the device is and
// how fast it runs.
func TestSpeedDescriptors(t *testing.T) {
	const qualifier, otherSpeed, bos = "80 06 0006 0000 0A00", "80 06 0007 0000 0900", "80 06 000F 0000 0500"
	full := plain()
	for i := range full.Configs[0].Interfaces[0].Alternates[0].Endpoints {
		full.Configs[0].Interfaces[0].Alternates[0].Endpoints[i].MaxPacketSize = 64
	}
	super := plain()
	super.Speed, super.Device.USB = usb.Super, 0x0300
	old := rich()
	old.Device.USB = 0x0200
	for _, c := range []struct {
		name     string
		d        *usb.Descriptors
		speed    usb.Speed
		answered [3]bool
	}{
		{"high speed device at high speed", rich(), usb.High, [3]bool{true, true, true}},
		{"high speed device at full speed", rich(), usb.Full, [3]bool{true, true, true}},
		{"full speed only", full, usb.Full, [3]bool{}},
		{"at SuperSpeed", rich(), usb.Super, [3]bool{false, false, true}},
		{"SuperSpeed device without a BOS of its own", super, usb.Super, [3]bool{}},
		{"SuperSpeed device at high speed", super, usb.High, [3]bool{true, true, false}},
		{"a BOS before 2.01", old, usb.High, [3]bool{true, true, false}},
	} {
		g := usb.NewGadget(sim.New(), "g", c.d, nil)
		g.Reset(c.speed)
		for i, s := range []string{qualifier, otherSpeed, bos} {
			_, status := ask(t, g, s, 10)
			want := usb.Stall
			if c.answered[i] {
				want = usb.OK
			}
			assert.Equal(t, want, status, "%s: request %d", c.name, i)
		}
	}
}

func TestPowerAndWakeup(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", rich(), nil)
	g.Reset(usb.High)
	status := func() byte { b, _ := ask(t, g, "80 00 0000 0000 0200", 2); return b[0] }
	ask(t, g, "00 09 0100 0000 0000", 0)
	assert.Equal(t, byte(0), status(), "bus powered")
	_, s := ask(t, g, "00 03 0100 0000 0000", 0)
	assert.Equal(t, usb.OK, s)
	assert.Equal(t, byte(2), status(), "may wake")
	assert.True(t, g.RemoteWakeup())
	ask(t, g, "00 01 0100 0000 0000", 0)
	assert.Equal(t, byte(0), status())
	ask(t, g, "00 03 0100 0000 0000", 0)
	g.Reset(usb.High)
	assert.False(t, g.RemoteWakeup(), "a reset forbids it")
	ask(t, g, "00 09 0300 0000 0000", 0)
	assert.Equal(t, byte(1), status(), "self powered")
	_, s = ask(t, g, "00 03 0100 0000 0000", 0)
	assert.Equal(t, usb.Stall, s, "this configuration cannot wake")
}

func TestSuperSpeedRequests(t *testing.T) {
	for _, c := range []struct {
		name, setup string
		configured  bool
		want        usb.Status
	}{
		{"SET_SEL", "00 30 0000 0000 0600", true, usb.OK},
		{"SET_SEL of five bytes", "00 30 0000 0000 0500", true, usb.Stall},
		{"SET_ISOCH_DELAY", "00 31 2800 0000 0000", false, usb.OK},
		{"U1 enable", "00 03 3000 0000 0000", true, usb.OK},
		{"U2 disable", "00 01 3100 0000 0000", true, usb.OK},
		{"U1 enable before it is configured", "00 03 3000 0000 0000", false, usb.Stall},
		{"FUNCTION_SUSPEND", "01 03 0000 0003 0000", true, usb.OK},
		{"FUNCTION_SUSPEND of a missing interface", "01 03 0000 0903 0000", true, usb.Stall},
	} {
		g := usb.NewGadget(sim.New(), "g", rich(), nil)
		g.Reset(usb.Super)
		if c.configured {
			ask(t, g, "00 05 0100 0000 0000", 0)
			ask(t, g, "00 09 0100 0000 0000", 0)
		}
		_, status := ask(t, g, c.setup, int(usb.ParseSetup([8]byte(unhex(t, c.setup))).Length))
		assert.Equal(t, c.want, status, c.name)
	}
}

// recorder notes what a function is told.
type recorder struct {
	usb.BaseFunction
	log     []string
	control func(*usb.ControlRequest)
}

func (r *recorder) Control(c *usb.ControlRequest) { r.control(c) }
func (r *recorder) Configured(v uint8)            { r.log = append(r.log, "configured "+string('0'+rune(v))) }
func (r *recorder) AlternateSet(i, s uint8) {
	r.log = append(r.log, "interface "+string('0'+rune(i))+" setting "+string('0'+rune(s)))
}
func (r *recorder) Reset()     { r.log = append(r.log, "reset") }
func (r *recorder) Unplugged() { r.log = append(r.log, "unplugged") }

func TestStates(t *testing.T) {
	r := &recorder{}
	g := usb.NewGadget(sim.New(), "g", rich(), r)
	assert.Equal(t, usb.StateDetached, g.State())
	g.Reset(usb.High)
	assert.Equal(t, usb.StateDefault, g.State())
	assert.Equal(t, usb.High, g.Speed())
	ask(t, g, "00 05 0700 0000 0000", 0)
	assert.Equal(t, usb.StateAddress, g.State())
	assert.Equal(t, uint8(7), g.Address())
	ask(t, g, "00 05 0000 0000 0000", 0)
	assert.Equal(t, usb.StateDefault, g.State(), "address 0 is none")
	ask(t, g, "00 09 0100 0000 0000", 0)
	assert.Equal(t, usb.StateConfigured, g.State(), "also where SET_ADDRESS never comes")
	ask(t, g, "01 0B 0100 0100 0000", 0)
	assert.Equal(t, uint8(1), g.Alternate(1))
	assert.True(t, g.Endpoint(0x82).Enabled())
	ask(t, g, "00 09 0100 0000 0000", 0)
	assert.Equal(t, uint8(0), g.Alternate(1), "the same configuration again resets the settings")
	assert.False(t, g.Endpoint(0x82).Enabled())
	ask(t, g, "00 09 0000 0000 0000", 0)
	assert.Equal(t, usb.StateAddress, g.State())
	assert.Equal(t, uint8(0), g.Configuration())
	g.Unplugged()
	g.Unplugged()
	assert.Equal(t, usb.StateDetached, g.State())
	_, status := ask(t, g, "80 06 0001 0000 1200", 18)
	assert.Equal(t, usb.Disconnected, status)
	assert.Equal(t, []string{"reset", "configured 1", "interface 1 setting 1", "configured 1", "configured 0", "unplugged"}, r.log)
	assert.Equal(t, "default", usb.StateDefault.String())
}
