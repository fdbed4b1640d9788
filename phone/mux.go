package phone

import (
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// Ports is what answers on the TCP ports of a phone, which a host reaches over
// its usbmux interface. phone/lockdown's Ports is one.
type Ports interface {
	// Connect takes a connection that a host opens to a port, or refuses it by an
	// error, and then the connection is no longer of use. It must not wait; what
	// serves the connection is a process of its own.
	Connect(port uint16, conn net.Conn) error
}

// PortsFunc is a function as [Ports].
type PortsFunc func(port uint16, conn net.Conn) error

// Connect calls f.
func (f PortsFunc) Connect(port uint16, conn net.Conn) error { return f(port, conn) }

// SetPorts says what answers on the phone's ports; without it, or with nil, every
// connection is refused. It may be called at any time, and holds for
// connections to come. Apps listen on what there is at Start.
func (p *Phone) SetPorts(ports Ports) { p.ports = ports }

// muxRead is the room for a piece of a transfer from the host.
const muxRead = 4 << 10

// startMux begins usbmux anew where the configuration has its interface FF/FE/02.
// What ran before is over: its endpoints were shut.
func (d *device) startMux(c *usb.ConfigDescriptor) {
	if d.mux != nil {
		d.mux.end()
		d.mux = nil
	}
	if c == nil {
		return
	}
	found := c.Find(0xFF, 0xFE, 2)
	if len(found) == 0 {
		return
	}
	in, out, _ := found[0].BulkPair()
	m := &muxDevice{
		d: d, in: d.gadget.Endpoint(in), out: d.gadget.Endpoint(out),
		engine: usbmux.New(usbmux.Device, d.p.p.USBMux.config()), began: d.p.w.Now(),
	}
	m.output.Init(d.p.w, d.p.name+" usbmux: something to send")
	m.timer = d.p.w.NewTimer(m.tick)
	d.mux = m
	d.p.w.Go(d.p.name+" usbmux reader", m.read)
	d.p.w.Go(d.p.name+" usbmux writer", m.write)
}

// muxDevice is the phone's end of usbmux, from one SET_CONFIGURATION until the host
// goes or configures anew. Each packet is one transfer, and a multiple of the
// packet size is followed by a zero-length packet, in both directions.
//
// Source: libimobiledevice/usbmuxd, observed.
type muxDevice struct {
	d       *device
	engine  *usbmux.Engine
	in, out *usb.Endpoint // as the host calls them
	output  sim.Cond
	timer   *sim.Timer
	over    bool

	began  time.Duration
	opened int // connections
	sent   int // packets
}

func (m *muxDevice) read() {
	m.engine.Start(m.d.p.w.Now())
	buf := make([]byte, muxRead)
	for !m.over {
		n, err := m.out.ReadTransfer(buf)
		if m.over {
			return
		}
		if err != nil {
			m.end()
			return
		}
		m.engine.Feed(m.d.p.w.Now(), buf[:n])
		m.turn()
	}
}

func (m *muxDevice) write() {
	for !m.over {
		packet, ok := m.engine.NextOutput()
		m.events()
		if !ok {
			m.output.Wait()
			continue
		}
		m.stall()
		if _, err := m.in.Write(packet); err != nil && !m.over {
			m.end()
		}
	}
}

func (m *muxDevice) tick() {
	m.engine.Tick(m.d.p.w.Now())
	m.turn()
}

// turn follows every call of the engine and its connections.
func (m *muxDevice) turn() {
	m.events()
	if m.over {
		return
	}
	at, ok := m.engine.Deadline()
	switch {
	case !ok:
		m.timer.Stop()
	case at != m.timer.When():
		m.timer.Set(at)
	}
	m.output.Signal()
}

// end closes every connection.
func (m *muxDevice) end() {
	if m.over {
		return
	}
	m.over = true
	m.timer.Stop()
	m.engine.Stop(m.d.p.w.Now())
	m.events()
	m.output.Broadcast()
}

func (m *muxDevice) events() {
	for ev, ok := m.engine.Poll(); ok; ev, ok = m.engine.Poll() {
		switch ev.Kind {
		case usbmux.Incoming:
			m.incoming(ev.Conn)
		case usbmux.Data, usbmux.Writable, usbmux.Connected:
			ev.Conn.User.(*muxConn).wake()
		case usbmux.Closed:
			ev.Conn.User.(*muxConn).ended(ev.Reason)
		case usbmux.Up:
			m.up(ev.Version.Major)
		case usbmux.Violated:
			m.d.p.state("usbmux violated", sim.Text("what", ev.Violation.Error()))
		}
	}
}
