// Package phonetest puts a simulated iPhone behind a usbmuxd socket, in one line
// of a Go test:
//
//	phone := phonetest.Start(t)
//	conn, err := net.Dial("tcp", phone.Address()) // your usbmuxd client
//
// The phone runs on the machine's clock until the test ends. It begins unlocked,
// with a user who trusts every computer; the methods put it into other states,
// and so do the options of package desk.
package phonetest

import (
	"testing"
	"time"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// Phone is a running phone, plugged into a computer.
type Phone struct {
	*desk.Running
	t testing.TB
}

// Start plugs a phone in and waits until the computer shows it. It is unplugged
// when the test ends.
func Start(t testing.TB, options ...func(*desk.Options)) *Phone {
	t.Helper()
	var o desk.Options
	for _, set := range options {
		set(&o)
	}
	d, err := desk.Start(o)
	if err != nil {
		t.Fatalf("phonetest: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("phonetest: %v", err)
		}
	})
	return &Phone{Running: d, t: t}
}

// State is an option that says how the phone begins.
func State(s state.Options) func(*desk.Options) {
	return func(o *desk.Options) { o.State = s }
}

// Set is an option that changes the phone's persona by YAML, as doc/personas.md has
// it:
//
//	phone := phonetest.Start(t, phonetest.Set(t, "usbmux: {refuse-for: 3s}"))
//
// A phone that never shows itself, such as one with usbmux.mute, is waited for for
// ever.
func Set(t testing.TB, yaml string) func(*desk.Options) {
	t.Helper()
	return func(o *desk.Options) {
		t.Helper()
		if o.Persona == nil {
			p, err := phone.LoadPersona(phone.DefaultPersona)
			if err != nil {
				t.Fatalf("phonetest: %v", err)
			}
			o.Persona = &p
		}
		if err := o.Persona.Overlay([]byte(yaml)); err != nil {
			t.Fatalf("phonetest: %v", err)
		}
	}
}

// do runs fn inside the phone's world.
func (p *Phone) do(fn func(*desk.Desk)) {
	p.t.Helper()
	if err := p.Do(fn); err != nil {
		p.t.Fatalf("phonetest: %v", err)
	}
}

// Lock gives the phone a passcode, if it has none, and locks it.
func (p *Phone) Lock() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		d.State.SetPasscode(true)
		d.State.Lock()
	})
}

// Unlock unlocks it.
func (p *Phone) Unlock() {
	p.t.Helper()
	p.do(func(d *desk.Desk) { d.State.Unlock() })
}

// AskUser leaves trust dialogs open from now on, until Trust or Refuse.
func (p *Phone) AskUser() {
	p.t.Helper()
	p.do(func(d *desk.Desk) { d.State.SetUser(state.User{Answer: state.AnswerNone}) })
}

// Trust taps Trust in the open dialog.
func (p *Phone) Trust() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		if !d.State.Trust() {
			p.t.Error("phonetest: no trust dialog is open")
		}
	})
}

// Refuse taps Don't Trust in it.
func (p *Phone) Refuse() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		if !d.State.Refuse() {
			p.t.Error("phonetest: no trust dialog is open")
		}
	})
}

// FillUp leaves the phone with so many bytes of free space.
func (p *Phone) FillUp(free uint64) {
	p.t.Helper()
	p.do(func(d *desk.Desk) { d.State.SetFree(free) })
}

// Unplug pulls the cable, whatever is under way.
func (p *Phone) Unplug() {
	p.t.Helper()
	p.do((*desk.Desk).Unplug)
}

// Plug plugs it in again and waits until the computer shows the phone.
func (p *Phone) Plug() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		d.Plug()
		d.WaitReady()
	})
}

// Slow makes the cable slow in both directions: latency for each transfer, and so
// many bytes a second. Zero is without limit.
func (p *Phone) Slow(latency time.Duration, bytes int64) {
	p.t.Helper()
	im := sim.Impairments{Latency: latency, Bandwidth: bytes}
	if err := im.Check(); err != nil {
		p.t.Fatalf("phonetest: %v", err)
	}
	p.do(func(d *desk.Desk) { d.Cable.Impair(im, im) })
}

// Restart restarts the phone and waits until the computer shows it again, which
// takes the BootTime of its state.
func (p *Phone) Restart() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		d.State.Power(state.Restart)
		d.WaitReady()
	})
}

// PowerOff switches the phone off. PowerOn or Plug starts it again.
func (p *Phone) PowerOff() {
	p.t.Helper()
	p.do(func(d *desk.Desk) { d.State.Power(state.Shutdown) })
}

// PowerOn presses the phone's button, and waits until the computer shows a phone
// that was off, in recovery mode or asleep.
func (p *Phone) PowerOn() {
	p.t.Helper()
	p.do(func(d *desk.Desk) {
		d.PowerOn()
		d.WaitReady()
	})
}
