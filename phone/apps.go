package phone

import (
	"io"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// An appSession is one External Accessory session of an app, on the native
// transport or inside the link.
type appSession struct {
	app      *App
	protocol protocol
	rw       io.ReadWriteCloser
	native   *usb.Match // the interface it took, if native
	ea       *session.EASession
	closed   bool
}

func (c *appSession) close() {
	if !c.closed {
		c.closed = true
		c.rw.Close()
	}
}

// ready is what a phone does once an accessory is authenticated and identified:
// it tells what the accessory subscribed to, and apps that are up already open
// their sessions.
func (a *accessory) ready() {
	a.p.state("accessory ready")
	if a.p.p.Ident.Unknown != 0 {
		a.s.Send(new(control.Builder).Begin(nil, a.p.p.Ident.Unknown).Finish())
	}
	a.notify()
	for i := range a.p.p.Apps {
		if app := &a.p.p.Apps[i]; app.Foreground {
			a.bringUp(app, 0)
		}
	}
}

// launch answers EA02. An app that is not there, and a user who says no, leave
// no message on the wire.
func (a *accessory) launch(m control.Message) {
	bundle, err := m.Params.Find(0).Text()
	if err != nil {
		a.p.state("launch ignored", sim.Text("why", err.Error()))
		return
	}
	method, err := m.Params.Find(1).Uint8()
	ask := err != nil || method == 0 // absent behaves as "ask"
	apps := a.p.p.Apps
	i := slices.IndexFunc(apps, func(app App) bool { return app.Bundle == bundle })
	if i < 0 {
		a.p.state("app missing", sim.Text("bundle", bundle))
		return
	}
	if !ask {
		a.bringUp(&apps[i], 0)
		return
	}
	switch user := a.p.p.User; {
	case user.Ignores:
		a.p.state("prompt ignored", sim.Text("bundle", bundle))
	case user.Declines:
		a.w.After(a.p.p.Timing.Prompt, func() { a.p.state("launch declined", sim.Text("bundle", bundle)) })
	default:
		a.bringUp(&apps[i], a.p.p.Timing.Prompt)
	}
}

// bringUp starts an app and has it open a session for each protocol that it and
// the accessory share.
func (a *accessory) bringUp(app *App, prompt time.Duration) {
	ups := a.s.Ups()
	a.w.Go(a.p.name+" "+app.Bundle, func() {
		a.p.sleep(prompt)
		if !app.Foreground {
			a.p.sleep(a.p.p.Timing.Launch)
		}
		a.p.state("app up", sim.Text("bundle", app.Bundle))
		for _, pr := range a.protocols {
			if a.gone || a.s.Ups() != ups || !a.identified {
				return
			}
			if slices.Contains(app.Protocols, pr.name) && !a.busy(pr) {
				a.openSession(app, pr)
			}
		}
	})
}

func (a *accessory) busy(pr protocol) bool {
	return slices.ContainsFunc(a.open, func(c *appSession) bool { return c.protocol.id == pr.id })
}

// openSession opens a session and runs the app on it, in a process of its own.
func (a *accessory) openSession(app *App, pr protocol) {
	c := &appSession{app: app, protocol: pr}
	var err error
	if pr.native {
		err = a.openNative(c)
	} else {
		err = a.openEA(c)
	}
	if err != nil {
		a.p.state("session refused", sim.Text("protocol", pr.name), sim.Text("why", err.Error()))
		return
	}
	a.open = append(a.open, c)
	a.p.state("session open", sim.Text("protocol", pr.name))
	a.w.Go(a.p.name+" "+pr.name, func() {
		err := a.p.runApp(app, c.rw)
		why := "done"
		if err != nil {
			why = err.Error()
		}
		a.p.state("session closed", sim.Text("protocol", pr.name), sim.Text("why", why))
		a.endSession(c)
	})
}

// openEA opens a session inside the link: EA00.
func (a *accessory) openEA(c *appSession) error {
	a.nextEA++
	c.ea = a.s.OpenEA(a.nextEA)
	c.rw = c.ea
	return a.send("StartExternalAccessoryProtocolSession",
		control.F("ProtocolID", c.protocol.id), control.F("SessionID", a.nextEA))
}

// endSession closes what the app has left, and tells the accessory.
func (a *accessory) endSession(c *appSession) {
	i := slices.Index(a.open, c)
	if i < 0 {
		return // the link or the cable went first
	}
	a.open = slices.Delete(a.open, i, i+1)
	if c.native != nil {
		a.closeNative(c)
		return
	}
	still := !c.closed
	c.close()
	if still && a.s.Up() {
		a.send("StopExternalAccessoryProtocolSession", control.F("SessionID", c.ea.ID()))
	}
}

// sessionStatus takes EA03: with status 1 the accessory ends the session.
func (a *accessory) sessionStatus(m control.Message) {
	id, err := m.Params.Find(0).Uint16()
	if err != nil {
		return
	}
	if status, err := m.Params.Find(1).Uint8(); err != nil || status == 0 {
		return
	}
	for _, c := range a.open {
		if c.ea != nil && c.ea.ID() == id {
			c.closed = true
			a.s.CloseEA(id)
		}
	}
}

// runApp is the app's side of a session.
func (p *Phone) runApp(app *App, rw io.ReadWriteCloser) error {
	switch app.Behaviour {
	case "carlife":
		return p.runCarLife(app, rw)
	case "source":
		if err := session.Source(rw, app.Bytes); err != nil || app.Close {
			return err
		}
		_, err := session.Sink(rw, 0)
		return err
	case "sink":
		_, err := session.Sink(rw, app.Bytes)
		return err
	case "duplex":
		return session.Duplex(p.w, rw, app.Bytes)
	default:
		return session.Echo(rw)
	}
}
