package phone

import (
	"net"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// A Listener is [Ports] on which apps of the phone listen, too. phone/lockdown's
// Ports is one.
type Listener interface {
	Ports
	// Listen has accept called, in a process of its own, with each connection to a
	// port, which is closed when accept returns.
	Listen(port uint16, name string, accept func(net.Conn)) error
	// Close has nobody answer on a port any more. Its connections stay.
	Close(port uint16)
}

// openApps has the user open what is in the foreground, at its time. A CarLife app
// then listens on its ports (Baidu CarLife head-unit application; that they are
// those of Wi-Fi is inferred).
func (p *Phone) openApps() {
	ports, ok := p.ports.(Listener)
	if !ok {
		return
	}
	for i := range p.p.Apps {
		app := &p.p.Apps[i]
		if app.Behaviour != "carlife" || !app.Foreground {
			continue
		}
		l := &carLifeListener{p: p, app: app, ports: ports}
		l.moved.Init(p.w, p.name+": a head unit's connections")
		if app.OpenAfter == 0 {
			l.open()
		} else {
			p.w.After(app.OpenAfter, l.open)
		}
	}
}

// carLifeListener gathers the six connections of a head unit.
type carLifeListener struct {
	p       *Phone
	app     *App
	ports   Listener
	conns   session.CarLifeConns
	set     int // counts the sets of connections
	running bool
	moved   sim.Cond
}

// open opens the app; a port that belongs to another stays with that.
func (l *carLifeListener) open() {
	l.p.state("app up", sim.Text("bundle", l.app.Bundle))
	for i, ch := range carlife.Channels {
		name := l.app.Bundle + " " + ch.String()
		if err := l.ports.Listen(ch.Ports().MD, name, func(c net.Conn) { l.accept(i, c) }); err != nil {
			l.p.state("app cannot listen", sim.Text("why", err.Error()))
		}
	}
}

// quit ends the app.
func (l *carLifeListener) quit() {
	l.p.state("app ended", sim.Text("bundle", l.app.Bundle))
	for _, ch := range carlife.Channels {
		l.ports.Close(ch.Ports().MD)
	}
}

// accept takes a connection for a channel, and returns when it is of no use any
// more. The sixth begins the session. One more than that is turned away; one that
// comes twice before begins a new set (inferred, both).
func (l *carLifeListener) accept(i int, c net.Conn) {
	if l.running {
		l.p.state("CarLife connection refused", sim.Text("why", "a session runs"))
		return
	}
	if l.conns[i] != nil {
		l.next()
	}
	l.conns[i] = c
	set := l.set
	if slices.Contains(l.conns[:], nil) {
		l.moved.WaitFor(sim.Never, func() bool { return l.set != set })
		return
	}
	l.running = true
	conns := l.conns
	over, err := l.p.runCarLife(l.app, func(end *carlife.Phone, o session.CarLifeOptions) *session.CarLife {
		return session.NewCarLifeChannels(l.p.w, l.p.name+" CarLife", conns, end, o)
	})
	l.p.state("session closed", sim.Text("protocol", "CarLife over usbmux"), sim.Text("why", why(err)))
	l.running = false
	l.next()
	if over {
		l.quit()
	}
}

// next closes the connections at hand, and waits for others.
func (l *carLifeListener) next() {
	l.set++
	l.conns = session.CarLifeConns{}
	l.moved.Broadcast()
}

func why(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}
