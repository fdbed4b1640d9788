package headunit

import (
	"fmt"
	"io"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// A Protocol is an External Accessory protocol, and what the head unit does with
// a session of it.
type Protocol struct {
	Name   string `yaml:"name"`
	Match  uint8  `yaml:"match"`  // match action: 0 none, 1 offer the app, 2 settings only
	Native bool   `yaml:"native"` // runs on an EA native transport interface of its own
	// Behaviour is "carlife", "echo", "source", "sink" or "duplex".
	Behaviour string  `yaml:"behaviour"`
	Bytes     int64   `yaml:"bytes"` // of source, sink and duplex: how much
	Close     bool    `yaml:"close"` // ends the session when all is sent
	CarLife   CarLife `yaml:"carlife"`
}

// startSession takes EA00. A protocol that was not declared, or that has a native
// transport, is refused with EA03.
func (a *accessory) startSession(d *control.Decoded) error {
	protocol, ok := d.Uint("ProtocolID")
	session, ok2 := d.Uint("SessionID")
	if !ok || !ok2 {
		return nil
	}
	id := uint16(session)
	if why := a.refusal(protocol); why != "" {
		a.h.state("session refused", sim.Text("why", why))
		return a.status(id, "close")
	}
	p := &a.h.m.Protocols[protocol]
	c := a.s.OpenEA(id)
	a.sessions++
	if err := a.status(id, "ok"); err != nil {
		return err
	}
	a.h.state("session open", sim.Text("protocol", p.Name))
	a.w.Go(a.h.name+" "+p.Name, func() {
		err := a.h.runProtocol(p, c)
		a.h.state("session closed", sim.Text("protocol", p.Name), sim.Text("why", reason(err)))
		if a.s.EA(id) == c { // we end it, not the phone
			c.Close()
			a.status(id, "close")
		}
	})
	return nil
}

func (a *accessory) refusal(protocol uint64) string {
	switch {
	case protocol >= uint64(len(a.h.m.Protocols)):
		return fmt.Sprintf("protocol %d was not declared", protocol)
	case a.h.m.Protocols[protocol].Native:
		return fmt.Sprintf("protocol %d has a native transport", protocol)
	case !a.s.Has(link.SessionExternalAccessory):
		return "the link has no External Accessory session"
	}
	return ""
}

func (a *accessory) status(id uint16, status string) error {
	return a.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", id), control.F("Status", status))
}

// stopSession takes EA01.
func (a *accessory) stopSession(d *control.Decoded) {
	if id, ok := d.Uint("SessionID"); ok {
		a.s.CloseEA(uint16(id))
	}
}

// runProtocol is the head unit's side of an External Accessory session.
func (h *HeadUnit) runProtocol(p *Protocol, rw io.ReadWriteCloser) error {
	switch p.Behaviour {
	case "carlife":
		return h.runCarLife(p, rw)
	case "source":
		if err := session.Source(rw, p.Bytes); err != nil || p.Close {
			return err
		}
		_, err := session.Sink(rw, 0)
		return err
	case "sink":
		_, err := session.Sink(rw, p.Bytes)
		return err
	case "duplex":
		return session.Duplex(h.w, rw, p.Bytes)
	default:
		return session.Echo(rw)
	}
}

func reason(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}
