package desk

import (
	"fmt"
	"sync"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Options say which phone it is, and what the computer remembers. The zero value
// is the default persona, unlocked, whose user trusts every computer.
type Options struct {
	// Persona is the phone as a USB device; nil is the default one.
	Persona *phone.Persona
	// State is the phone as lockdown shows it. What it leaves out comes from the
	// persona.
	State state.Options
	// Records keep the computer's pair records; nil keeps them in memory.
	Records muxd.Records
	// Cable between the two; its plugs are named here.
	Cable usb.CableOptions
	// Outlet is called for where the phone is plugged in instead: a port of real
	// hardware or of a network, and what the phone uses as a host. The computer is
	// then somebody else's: the desk has no Cable and no Daemon.
	Outlet func(*sim.World) (usb.Port, usb.Host, error)
}

// Desk is a phone, a cable and a daemon in one world. Its fields are for
// processes of that world.
type Desk struct {
	World    *sim.World
	Phone    *phone.Phone
	State    *state.State
	Lockdown *lockdown.Server
	Cable    *usb.Cable   // nil with an Outlet
	Daemon   *muxd.Daemon // likewise

	line     line
	presence presence
}

// line is what can be pulled between phone and computer.
type line interface {
	Plug()
	Unplug()
	Plugged() bool
}

// What the phones of all desks share.
var (
	library  = sync.OnceValues(state.Load)
	services = sync.OnceValue(catalogue.Services)
)

// New sets a desk up in a world; the phone is plugged in when the world runs.
func New(w *sim.World, o Options) (*Desk, error) {
	p := o.Persona
	if p == nil {
		d, err := phone.LoadPersona(phone.DefaultPersona)
		if err != nil {
			return nil, err
		}
		p = &d
	}
	if o.State.SerialNumber != "" { // a phone has one
		with := *p
		with.SerialNumber = o.State.SerialNumber
		p = &with
	}
	d := &Desk{World: w}
	l, err := library()
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	if d.State, err = l.New(w, "phone", p.StateOptions(o.State)); err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	d.Lockdown = lockdown.New(d.State, lockdown.Config{Services: services()})
	d.Phone = phone.New(w, "phone", *p)
	d.Phone.SetPorts(d.Lockdown.Ports())
	d.State.OnAccessory(d.Phone.ServeUSB)
	if o.Outlet != nil {
		port, host, err := o.Outlet(w)
		if err != nil {
			return nil, fmt.Errorf("desk: %w", err)
		}
		plug := usb.NewSwitch(w, port, !o.Cable.Unplugged)
		d.line = plug
		d.Phone.Start(plug, host)
	} else {
		o.Cable.A, o.Cable.B = "computer", "phone"
		d.Cable = usb.NewCable(w, o.Cable)
		d.line = d.Cable
		d.Daemon = muxd.New(w, "usbmuxd", muxd.Options{Records: o.Records})
		d.Phone.Start(d.Cable.B(), d.Cable.B())
		d.Daemon.Watch(d.Cable.A())
	}
	d.watchPower(o.Cable.Unplugged)
	return d, nil
}

// UDID returns what names the phone everywhere.
func (d *Desk) UDID() string { return usbmuxd.UDID(d.Phone.Persona().SerialNumber) }
