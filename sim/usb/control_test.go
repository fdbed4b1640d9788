package usb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// What chapter 9 does not answer comes to the function, data included.
func TestControlRequestsOfTheFunction(t *testing.T) {
	var seen []string
	r := &recorder{control: func(c *usb.ControlRequest) {
		seen = append(seen, c.Setup.String()+" "+string(c.Data))
		switch c.Setup.Request {
		case 0x53:
			c.Reply([]byte{1, 0, 0, 0, 9, 9})
		case 0x22:
			c.Accept()
		case 0x06:
			c.Reply([]byte("report descriptor"))
		default:
			c.Stall()
		}
		assert.False(t, c.Pending())
		c.Stall() // a second answer does nothing
	}}
	g := usb.NewGadget(sim.New(), "g", plain(), r)
	g.Reset(usb.High)

	b, s := ask(t, g, "C0 53 0000 0000 0400", 4)
	assert.Equal(t, []any{usb.OK, []byte{1, 0, 0, 0}}, []any{s, append([]byte{}, b...)}, "cut to wLength")
	_, s = ask(t, g, "21 22 0300 0100 0000", 0)
	assert.Equal(t, usb.OK, s)
	b, s = ask(t, g, "81 06 0022 0000 0600", 6)
	assert.Equal(t, []any{usb.OK, "report"}, []any{s, string(b)})
	_, s = ask(t, g, "40 51 0000 0000 0000", 0)
	assert.Equal(t, usb.Stall, s)

	x := &usb.Transfer{Setup: usb.Setup{RequestType: 0x21, Request: 0x22, Length: 3}, Data: []byte("abc"), Done: func(*usb.Transfer) {}}
	g.Submit(x)
	assert.Equal(t, []any{usb.OK, 3}, []any{x.Status, x.Actual})
	assert.Equal(t, []string{
		"C0 53 wValue=0000 wIndex=0000 wLength=4 ",
		"21 22 wValue=0003 wIndex=0001 wLength=0 ",
		"81 06 wValue=2200 wIndex=0000 wLength=6 ",
		"40 51 wValue=0000 wIndex=0000 wLength=0 ",
		"21 22 wValue=0000 wIndex=0000 wLength=3 abc",
	}, seen)
}

func TestAcceptOfInRequestIsEmpty(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", plain(), &recorder{control: func(c *usb.ControlRequest) { c.Accept() }})
	g.Reset(usb.High)
	b, s := ask(t, g, "C0 45 0000 0000 0400", 4)
	assert.Equal(t, usb.OK, s)
	assert.Empty(t, b)
}

// A function may answer later; the requests behind wait, and a standard one
// among them keeps its place.
func TestLateAnswers(t *testing.T) {
	var waiting []*usb.ControlRequest
	g := usb.NewGadget(sim.New(), "g", plain(), &recorder{control: func(c *usb.ControlRequest) { waiting = append(waiting, c) }})
	g.Reset(usb.High)
	var order []string
	submit := func(name string, s usb.Setup, room int) *usb.Transfer {
		s.Length = uint16(room)
		x := &usb.Transfer{Setup: s, Data: make([]byte, room), Done: func(x *usb.Transfer) { order = append(order, name+" "+x.Status.String()) }}
		g.Submit(x)
		return x
	}
	vendor := usb.Setup{RequestType: 0xC0, Request: 1}
	a := submit("a", vendor, 4)
	submit("status", usb.Setup{RequestType: 0x80}, 2)
	b := submit("b", vendor, 4)
	c := submit("c", vendor, 4)
	assert.Empty(t, order)
	assert.Len(t, waiting, 1, "one at a time")

	waiting[0].Reply([]byte("abcd"))
	assert.Equal(t, []string{"a ok", "status ok"}, order)
	assert.Equal(t, "abcd", string(a.Data[:a.Actual]))

	// The host gives up: a late answer goes nowhere, and not to the next one.
	g.Cancel(b)
	assert.False(t, waiting[1].Pending())
	waiting[1].Reply([]byte("late"))
	assert.Equal(t, []string{"a ok", "status ok", "b canceled"}, order)
	assert.Len(t, waiting, 3)
	assert.True(t, waiting[2].Pending())
	g.Cancel(submit("d", vendor, 4))
	assert.Equal(t, "d canceled", order[len(order)-1], "from the queue")
	waiting[2].Stall()
	assert.Equal(t, usb.Stall, c.Status)

	// A reset ends what waits.
	submit("e", vendor, 4)
	submit("f", vendor, 4)
	g.Reset(usb.High)
	waiting[3].Reply(nil)
	assert.Equal(t, []string{"a ok", "status ok", "b canceled", "d canceled", "c stall", "e shut down", "f shut down"}, order)
	submit("g", vendor, 4)
	g.Unplugged()
	assert.Equal(t, "g disconnected", order[len(order)-1])
}

// A function that takes its device away in the middle of a request.
func TestDetachInsideControl(t *testing.T) {
	var g *usb.Gadget
	g = usb.NewGadget(sim.New(), "g", plain(), &recorder{control: func(c *usb.ControlRequest) {
		g.Unplugged()
		c.Accept()
	}})
	g.Reset(usb.High)
	_, s := ask(t, g, "40 51 0000 0000 0000", 0)
	assert.Equal(t, usb.Disconnected, s)
	g.Reset(usb.High)
	_, s = ask(t, g, "80 00 0000 0000 0200", 2)
	assert.Equal(t, usb.OK, s, "and works again")
}

// resetter resets its device in the middle of SET_CONFIGURATION.
type resetter struct {
	usb.BaseFunction
	g *usb.Gadget
}

func (r *resetter) Configured(uint8) { r.g.Reset(usb.High) }

// A transfer that ends in the middle of its own request, and is submitted again
// at once, is a new request and gets an answer of its own.
func TestResubmitInsideRequest(t *testing.T) {
	r := &resetter{}
	g := usb.NewGadget(sim.New(), "g", plain(), r)
	r.g = g
	g.Reset(usb.High)
	var ends []usb.Status
	x := &usb.Transfer{Setup: usb.Setup{Request: usb.ReqSetConfiguration, Value: 1}}
	x.Done = func(x *usb.Transfer) {
		ends = append(ends, x.Status)
		if x.Status == usb.Shutdown {
			x.Setup = usb.Setup{RequestType: 0xC0, Request: 9} // stalls
			g.Submit(x)
		}
	}
	g.Submit(x)
	assert.Equal(t, []usb.Status{usb.Shutdown, usb.Stall}, ends)
}

// What a completion submits during a reset is answered in the state after it,
// and what waited before is not.
func TestResubmitDuringReset(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", plain(), &recorder{control: func(*usb.ControlRequest) {}})
	g.Reset(usb.High)
	ask(t, g, "00 09 0100 0000 0000", 0)
	var order []string
	note := func(name string) func(*usb.Transfer) {
		return func(x *usb.Transfer) { order = append(order, name+" "+x.Status.String()) }
	}
	answer := &usb.Transfer{Setup: usb.Setup{RequestType: 0x80, Request: usb.ReqGetConfiguration, Length: 1}, Data: []byte{9}, Done: note("again")}
	never := usb.Setup{RequestType: 0xC0, Request: 1}
	g.Submit(&usb.Transfer{Setup: never, Done: func(x *usb.Transfer) {
		note("first")(x)
		g.Submit(answer)
	}})
	g.Submit(&usb.Transfer{Setup: never, Done: note("second")})
	g.Reset(usb.High)
	assert.Equal(t, []string{"first shut down", "second shut down", "again ok"}, order)
	assert.Equal(t, byte(0), answer.Data[0])

	g.Submit(&usb.Transfer{Setup: never, Done: func(x *usb.Transfer) {
		note("third")(x)
		g.Submit(answer)
	}})
	g.Unplugged()
	assert.Equal(t, []string{"third disconnected", "again disconnected"}, order[3:])
}

// The data stage is no longer than the smaller of wLength and the room.
func TestRoomAndLengthDiffer(t *testing.T) {
	g := usb.NewGadget(sim.New(), "g", plain(), nil)
	g.Reset(usb.High)
	b, s := ask(t, g, "80 06 0001 0000 4000", 10)
	assert.Equal(t, []any{usb.OK, 10}, []any{s, len(b)})
	b, s = ask(t, g, "80 06 0001 0000 0800", 64)
	assert.Equal(t, []any{usb.OK, 8}, []any{s, len(b)})
}

func TestSetup(t *testing.T) {
	b := [8]byte{0x40, 0x51, 0x01, 0x00, 0x34, 0x12, 0x08, 0x00}
	s := usb.ParseSetup(b)
	assert.Equal(t, usb.Setup{RequestType: 0x40, Request: 0x51, Value: 1, Index: 0x1234, Length: 8}, s)
	assert.Equal(t, b, s.Bytes())
	assert.False(t, s.In())
	assert.Equal(t, "bulk", usb.TypeBulk.String())
	for i, want := range []string{"unknown", "low", "full", "high", "unknown", "super"} {
		assert.Equal(t, want, usb.Speed(i).String())
	}
}

func TestStatus(t *testing.T) {
	for s := usb.OK; s <= usb.Invalid; s++ {
		assert.Equal(t, s, usb.StatusOf(s.Errno()), "%v", s)
	}
	assert.Equal(t, usb.Canceled, usb.StatusOf(-2))
	assert.Equal(t, usb.Protocol, usb.StatusOf(-84))
	assert.NoError(t, usb.OK.Err())
	assert.ErrorIs(t, usb.Stall.Err(), usb.Stall)
	assert.EqualError(t, usb.Shutdown, "usb: shut down")
	assert.Equal(t, "status(99)", usb.Status(99).String())
	assert.Equal(t, int32(-71), usb.Status(99).Errno())
}
