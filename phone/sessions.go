package phone

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// An appSession is one External Accessory session of an app, on the native
// transport or inside the link.
type appSession struct {
	protocol control.EAProtocol
	rw       io.ReadWriteCloser
	native   *usb.Match         // the interface it took, if native
	ea       *session.EASession // else
	closed   bool
	lost     bool // the link went down or the cable was pulled
}

// close ends the app's stream. It does not wait.
func (c *appSession) close() {
	if !c.closed && c.rw != nil {
		c.closed = true
		c.rw.Close()
	}
}

// errLost says that the link went down while a session was being opened.
var errLost = errors.New("phone: the link went down")

// openAll opens a session for each protocol that the app and the accessory share
// and that has none.
func (a *accessory) openAll(app *App, ups int) {
	for _, pr := range slices.Clone(a.id.Protocols) {
		if !slices.Contains(app.Protocols, pr.Name) {
			continue
		}
		// One of an earlier link may not have come to its end yet.
		a.freed.WaitFor(sim.Never, func() bool { c := a.sessionOf(pr); return c == nil || !c.lost })
		if !a.on(ups) {
			return
		}
		if a.sessionOf(pr) == nil {
			a.openSession(app, pr, ups)
		}
	}
}

func (a *accessory) sessionOf(pr control.EAProtocol) *appSession {
	i := slices.IndexFunc(a.open, func(c *appSession) bool { return c.protocol.ID == pr.ID })
	if i < 0 {
		return nil
	}
	return a.open[i]
}

// openSession opens a session and runs the app on it, in a process of its own.
func (a *accessory) openSession(app *App, pr control.EAProtocol, ups int) {
	c := &appSession{protocol: pr}
	a.open = append(a.open, c)
	open := a.openEA
	if pr.Native {
		open = a.openNative
	}
	if err := open(c, ups); err != nil {
		a.p.state("session refused", sim.Text("protocol", pr.Name), sim.Text("why", err.Error()))
		a.forget(c)
		return
	}
	a.p.state("session open", sim.Text("protocol", pr.Name))
	a.w.Go(a.p.name+" "+pr.Name, func() {
		why := "done"
		if err := a.p.runApp(app, c.rw); err != nil {
			why = err.Error()
		}
		a.p.state("session closed", sim.Text("protocol", pr.Name), sim.Text("why", why))
		a.endSession(c)
	})
}

// openEA opens a session inside the link: EA00.
func (a *accessory) openEA(c *appSession, ups int) error {
	if !a.s.Has(link.SessionExternalAccessory) {
		return fmt.Errorf("phone: the accessory's SYN has no External Accessory session")
	}
	for a.nextEA++; a.nextEA == 0 || a.s.HasEA(a.nextEA); a.nextEA++ {
	}
	c.ea = a.s.OpenEA(a.nextEA)
	c.rw = c.ea
	err := a.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", c.protocol.ID), control.F("SessionID", a.nextEA))
	if err == nil && !a.on(ups) {
		err = errLost
	}
	if err != nil {
		c.close()
	}
	return err
}

// endSession closes what the app has left, and tells the accessory.
func (a *accessory) endSession(c *appSession) {
	defer a.forget(c)
	ours := !c.closed // the app ended it, nobody else
	c.close()
	switch {
	case c.native != nil:
		a.closeNative(c)
	case ours:
		a.send("StopExternalAccessoryProtocolSession", control.F("SessionID", c.ea.ID()))
	}
}

func (a *accessory) forget(c *appSession) {
	a.open = slices.DeleteFunc(a.open, func(o *appSession) bool { return o == c })
	a.freed.Broadcast()
}

// sessionStatus takes EA03: with status close the accessory ends the session.
// Any other status, and one of a session that is not open, changes nothing.
func (a *accessory) sessionStatus(d *control.Decoded) {
	id, ok := d.Uint("SessionID")
	if status, known := d.Enum("Status"); !ok || !known || status != "close" {
		return
	}
	for _, c := range a.open {
		if c.ea != nil && uint64(c.ea.ID()) == id {
			c.closed = true
			a.s.CloseEA(c.ea.ID())
		}
	}
}
