package lockdown

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// Ports of started services are from this range.
const (
	firstPort = 49152
	lastPort  = 62000
)

// ErrRefused says that nobody answers on a port: the mux answers with RST.
var ErrRefused = errors.New("lockdown: connection refused")

// maxConnections bounds how many connections a phone has at once.
const maxConnections = 4096

// maxWaiting bounds how many started services wait for their connection.
const maxWaiting = 64

// Ports are the TCP ports of a phone, as its usbmux function reaches them.
type Ports struct {
	phone  *state.State
	w      *sim.World
	open   map[uint16]*port
	conns  []net.Conn // in the order of their coming
	next   uint16
	single int // ports that wait for their one connection
	down   bool
}

// port is one that answers.
type port struct {
	name   string
	accept func(conn net.Conn, wireless bool)
	once   bool
	timer  *sim.Timer
}

func newPorts(phone *state.State) *Ports {
	p := &Ports{phone: phone, w: phone.World(), open: map[uint16]*port{}}
	p.next = firstPort + uint16(p.w.Rand(phone.Name()+": ports").IntN(1000))
	return p
}

// Listen has accept called, in a process of its own, with each connection to a
// port, as an app that listens does. The connection is closed when accept returns.
func (p *Ports) Listen(number uint16, name string, accept func(net.Conn)) error {
	if o := p.open[number]; o != nil {
		return fmt.Errorf("lockdown: port %d belongs to %s", number, o.name)
	}
	p.listen(number, name, func(c net.Conn, _ bool) { accept(c) })
	return nil
}

func (p *Ports) listen(number uint16, name string, accept func(net.Conn, bool)) {
	p.open[number] = &port{name: name, accept: accept}
}

// Close has nobody answer on a port any more. Its connections stay.
func (p *Ports) Close(number uint16) {
	o := p.open[number]
	if o == nil {
		return
	}
	if o.once {
		p.single--
		o.timer.Stop()
	}
	delete(p.open, number)
}

// once opens a fresh port for one connection, which must come within d.
func (p *Ports) once(name string, d time.Duration, accept func(net.Conn, bool)) (uint16, bool) {
	if p.single >= maxWaiting {
		return 0, false
	}
	for p.open[p.next] != nil || p.next < firstPort || p.next > lastPort {
		if p.next++; p.next > lastPort {
			p.next = firstPort
		}
	}
	number := p.next
	p.next++
	p.single++
	o := &port{name: name, accept: accept, once: true}
	o.timer = p.w.After(d, func() { p.Close(number) })
	p.open[number] = o
	return number, true
}

// Connect hands a connection that came over USB to whoever answers on the port. It
// does not wait. After an error the connection is still the caller's.
func (p *Ports) Connect(number uint16, conn net.Conn) error { return p.connect(number, conn, false) }

// ConnectWireless is Connect for a connection that came over the air. The phone
// refuses it until a host has set EnableWifiConnections, and never pairs over it.
func (p *Ports) ConnectWireless(number uint16, conn net.Conn) error {
	if on, _ := p.phone.Value("com.apple.mobile.wireless_lockdown", "EnableWifiConnections").(bool); !on {
		return ErrRefused
	}
	return p.connect(number, conn, true)
}

func (p *Ports) connect(number uint16, conn net.Conn, wireless bool) error {
	o := p.open[number]
	if o == nil || p.down || len(p.conns) >= maxConnections || !wireless && p.phone.Restricted() {
		p.emit("refused", number, "")
		return ErrRefused
	}
	if o.once {
		p.Close(number)
	}
	p.emit("accepted", number, o.name)
	p.conns = append(p.conns, conn)
	p.w.Go(p.phone.Name()+": "+o.name, func() {
		defer p.gone(conn)
		o.accept(conn, wireless)
	})
	return nil
}

func (p *Ports) gone(conn net.Conn) {
	_ = conn.Close()
	p.conns = slices.DeleteFunc(p.conns, func(o net.Conn) bool { return o == conn })
}

// Answers reports whether a connection to the port would be accepted.
func (p *Ports) Answers(number uint16) bool { return p.open[number] != nil && !p.down }

// Connections returns how many connections there are.
func (p *Ports) Connections() int { return len(p.conns) }

// shut ends all connections, and refuses new ones until p.down is false again.
func (p *Ports) shut() {
	p.down = true
	for _, c := range p.conns {
		_ = c.Close()
	}
	for number, o := range p.open { // each by itself: the order is of no matter
		if o.once {
			p.Close(number)
		}
	}
}

func (p *Ports) emit(kind string, number uint16, name string) {
	if p.w.Observed() {
		p.w.Emit(sim.Event{Who: p.phone.Name(), Layer: "state.ports", Kind: kind, Fields: []sim.Field{sim.Int("port", number), sim.Text("name", name)}})
	}
}
