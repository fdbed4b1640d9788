package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// CableOptions configure a [Cable]. The zero value is a perfect high-speed
// cable, plugged in, between hosts that enumerate as patiently as Linux does.
// A negative time is none at all.
type CableOptions struct {
	A, B       string // names of the plugs, "A" and "B" by default
	BusA, BusB uint8  // number of the bus of each as a host; 1 and 2 by default

	Speed     Speed           // of the bus at most; High by default
	AB, BA    sim.Impairments // what happens to data on its way from A to B, and from B to A
	Unplugged bool            // begin with the cable pulled

	HostA, HostB Enumeration // how each end, as a host, takes a new device; what is zero is as follows

	Debounce       time.Duration // how long a connection must last before it counts; 100 ms by default
	ResetTime      time.Duration // length of a bus reset; 50 ms by default
	Recovery       time.Duration // pause after a reset and after SET_ADDRESS; 10 ms by default
	RequestTimeout time.Duration // of the host's own control requests; 5 s by default
	Attempts       int           // to enumerate a device; 4 by default
}

// Enumeration is how one host takes a new device.
type Enumeration struct {
	Debounce  time.Duration // how long a connection must last before it counts
	ResetTime time.Duration // length of a bus reset
	Recovery  time.Duration // pause after a reset and after SET_ADDRESS

	// AddressFirst gives the address right after the first reset, as a captured
	// iPhone does; otherwise the host asks for the device descriptor first and
	// resets again, as Linux does.
	AddressFirst bool
}

func (e *Enumeration) withDefaults(o *CableOptions) {
	for _, f := range []struct{ v, d *time.Duration }{
		{&e.Debounce, &o.Debounce}, {&e.ResetTime, &o.ResetTime}, {&e.Recovery, &o.Recovery},
	} {
		if *f.v == 0 {
			*f.v = *f.d
		}
		*f.v = max(*f.v, 0)
	}
}

func (o CableOptions) withDefaults() CableOptions {
	text := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	span := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
		*d = max(*d, 0)
	}
	text(&o.A, "A")
	text(&o.B, "B")
	if o.BusA == 0 {
		o.BusA = 1
	}
	if o.BusB == 0 {
		o.BusB = 2
	}
	if o.Speed == SpeedUnknown {
		o.Speed = High
	}
	span(&o.Debounce, 100*time.Millisecond)
	span(&o.ResetTime, 50*time.Millisecond)
	span(&o.Recovery, 10*time.Millisecond)
	o.HostA.withDefaults(&o)
	o.HostB.withDefaults(&o)
	span(&o.RequestTimeout, 5*time.Second)
	if o.Attempts <= 0 {
		o.Attempts = 4
	}
	return o
}

// A Cable joins two plugs in memory. Whoever attaches a [Device] at one plug
// makes the other the host, which enumerates it and announces it to its
// watchers. With a device at both, or at none, nothing is connected; so roles
// are exchanged by detaching at one end and attaching at the other.
//
// # Impairments
//
// Each bulk or interrupt transfer is one packet of its direction's
// [sim.Impairments], and is counted as its bytes. A transfer that is lost on
// its way out is complete for the host, and the device never sees it. One that
// is lost on its way in is dropped, and the host goes on waiting. One that
// arrives twice, or late, from the device fills whatever transfer of the host's
// is first then. Control transfers meet latency, bandwidth and stalls alone,
// and no fault counts them; they take both directions in turn.
//
// On a path that loses, repeats, reorders or damages nothing, data is not
// copied: the device reads and writes the host's own buffer.
//
// VBUS is told to the other end, and nothing here depends on it.
type Cable struct {
	w       *sim.World
	opt     CableOptions
	a, b    Plug
	plugged bool
	severed string // why the cable is to be pulled, "" if it is not

	done    queue // transfers to give back
	dirty   []*pipe
	notices []notice
	pump    *sim.Timer
	hops    *hop // free ones
	spots   []*sim.Timer
	nextID  DeviceID
}

// notice is a change of VBUS that a plug is to be told of.
type notice struct {
	plug *Plug
	on   bool
}

// NewCable makes a cable.
func NewCable(w *sim.World, o CableOptions) *Cable {
	o = o.withDefaults()
	c := &Cable{w: w, opt: o, plugged: !o.Unplugged}
	c.pump = w.NewTimer(c.run)
	c.a.init(c, o.A, o.BusA, &c.b)
	c.b.init(c, o.B, o.BusB, &c.a)
	for _, p := range []*Plug{&c.a, &c.b} {
		p.tap = Tap{World: w, Host: p.name, Device: p.peer.name, Bus: p.bus, Last: int64(p.bus) << 32}
	}
	c.a.enumeration, c.b.enumeration = o.HostA, o.HostB
	c.a.out = newWay(w, o.A+">"+o.B)
	c.b.out = newWay(w, o.B+">"+o.A)
	c.Impair(o.AB, o.BA)
	return c
}

// A returns the one plug.
func (c *Cable) A() *Plug { return &c.a }

// B returns the other plug.
func (c *Cable) B() *Plug { return &c.b }

// Plugged reports whether the cable is plugged in.
func (c *Cable) Plugged() bool { return c.plugged }

// Plug plugs the cable in again.
func (c *Cable) Plug() {
	if c.plugged {
		return
	}
	c.plugged = true
	c.emit("plug", "")
	c.tellPower()
	c.update()
}

// Unplug pulls the cable: what is under way is lost, the device sees its host
// go and the host sees its device go.
func (c *Cable) Unplug() { c.unplug("unplugged") }

func (c *Cable) unplug(reason string) {
	c.severed = ""
	if !c.plugged {
		return
	}
	c.plugged = false
	c.emit("unplug", reason)
	c.update()
	c.tellPower()
}

// sever pulls the cable as soon as nobody is in the middle of something. No
// data passes any more.
func (c *Cable) sever(reason string) {
	if c.severed == "" && c.plugged {
		c.severed = reason
		c.kick()
	}
}

// Impair changes what happens on the way from A to B and back, from the next
// transfer on.
func (c *Cable) Impair(ab, ba sim.Impairments) {
	c.a.out.set(ab)
	c.b.out.set(ba)
	for _, t := range c.spots {
		t.Stop()
	}
	c.spots = c.spots[:0]
	for _, p := range []*Plug{&c.a, &c.b} {
		for _, at := range p.out.unplugs {
			if at >= c.w.Now() {
				t := c.w.NewTimer(func() { c.unplug("fault at " + at.String()) })
				t.Set(at)
				c.spots = append(c.spots, t)
			}
		}
	}
	for _, p := range []*Plug{&c.a, &c.b} {
		if p.remote != nil {
			p.remote.recall()
		}
	}
}

// update makes and breaks connections to fit the state of cable and plugs.
func (c *Cable) update() {
	both := [...]*Plug{&c.a, &c.b}
	for _, host := range both {
		if r := host.remote; r != nil && (!c.plugged || host.dev != nil || r.dev != host.peer.dev) {
			r.disconnect()
		}
	}
	for _, host := range both {
		if c.plugged && host.remote == nil && host.dev == nil && host.peer.dev != nil {
			host.connect()
		}
	}
}

// kick has run called soon, between processes.
func (c *Cable) kick() {
	if c.pump.When() == sim.Never {
		c.pump.Set(c.w.Now())
	}
}

// give queues a transfer for its Done.
func (c *Cable) give(t *Transfer, s Status, actual int) {
	if t.ShortNotOK && s == OK && t.In() && actual < t.room() {
		s = Short
	}
	t.Status, t.Actual, t.held, t.hop = s, actual, false, nil
	c.done.push(t)
	c.kick()
}

// run does what has to happen between processes: the completions that were
// queued when it began, and what no transfer could do from inside a device.
func (c *Cable) run() {
	if c.severed != "" {
		c.unplug(c.severed)
	}
	for k := len(c.dirty); k > 0; k-- {
		p := c.dirty[0]
		c.dirty = append(c.dirty[:0], c.dirty[1:]...)
		p.dirty = false
		p.topUp()
	}
	for k := len(c.notices); k > 0; k-- {
		n := c.notices[0]
		c.notices = append(c.notices[:0], c.notices[1:]...)
		for _, fn := range n.plug.onVBUS {
			fn(n.on)
		}
	}
	for k := c.done.n; k > 0; k-- {
		t := c.done.pop()
		if t.pipe != nil {
			t.pipe.r.tap().Complete(t.pipe.r.address, t.pipe.kind, t)
		}
		if t.Done != nil {
			t.Done(t)
		}
	}
	if c.done.n > 0 || len(c.dirty) > 0 || len(c.notices) > 0 || c.severed != "" {
		c.kick()
	}
}
