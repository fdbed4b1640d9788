package desk

import (
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// doze is how long a phone that was sent to sleep stays on the bus, to say so.
const doze = time.Second

// presence is whether the phone is on the bus: that takes a cable, and a phone that
// runs.
type presence struct {
	pulled bool        // the cable
	away   state.Power // why the phone does not run; 0 if it does
	boot   *sim.Timer
	nap    *sim.Timer
	gone   uint32 // DeviceID that the computer is yet to see go
}

func (d *Desk) watchPower(pulled bool) {
	p := &d.presence
	p.pulled = pulled
	p.boot = d.World.NewTimer(func() { d.State.Power(state.Boot) })
	p.nap = d.World.NewTimer(func() { d.leave(state.Sleep) })
	d.State.OnPower(d.power)
}

// power takes the phone off the bus, and puts it back.
func (d *Desk) power(what state.Power) {
	d.presence.boot.Stop()
	d.presence.nap.Stop()
	switch what {
	case state.Restart:
		d.leave(what)
		d.startBoot()
	case state.Shutdown, state.Recovery:
		d.leave(what)
	case state.Sleep:
		d.presence.nap.Set(d.World.Now() + doze)
	case state.Boot, state.Wake:
		d.leave(0)
	}
}

// leave sets why the phone does not run; 0 is that it does.
func (d *Desk) leave(why state.Power) {
	d.presence.away = why
	d.join()
}

func (d *Desk) startBoot() {
	if d.presence.boot.When() == sim.Never {
		d.presence.boot.Set(d.World.Now() + d.State.BootTime())
	}
}

// join makes the connection what cable and phone say.
func (d *Desk) join() {
	if on := !d.presence.pulled && d.presence.away == 0; on == d.line.Plugged() {
		return
	} else if on {
		d.line.Plug()
		return
	}
	if d.Daemon != nil {
		if list := d.Daemon.Devices(); len(list) > 0 {
			d.presence.gone = list[0].ID
		}
	}
	d.line.Unplug()
	d.State.Unplugged()
}

// WaitReady waits until the computer shows the phone, as it is on the bus now: not as
// it was before it left. With an Outlet it does not wait: nobody tells.
func (d *Desk) WaitReady() {
	if d.Daemon == nil {
		return
	}
	for {
		if dev, _ := d.Daemon.WaitDevice(sim.Never); dev.ID != d.presence.gone {
			return
		}
		d.Daemon.WaitGone(d.presence.gone, sim.Never)
	}
}

// Away returns why a phone does not run: [state.Shutdown], [state.Restart] while it
// boots, [state.Recovery] or [state.Sleep]; it is 0 for one that does.
func (d *Desk) Away() state.Power { return d.presence.away }

// Unplug pulls the cable, whatever is under way. A phone that is gone leaves no
// session and no trust dialog.
func (d *Desk) Unplug() {
	d.presence.pulled = true
	d.join()
}

// Plug plugs it in again. That starts a phone that is off, and wakes one that
// sleeps; one in recovery mode stays there.
func (d *Desk) Plug() {
	d.presence.pulled = false
	if d.presence.away != state.Recovery {
		d.PowerOn()
	}
	d.join()
}

// PowerOn is the button: a phone that is off, or in recovery mode, boots, which takes
// its [state.State.BootTime]; one that sleeps wakes. It does nothing to a phone
// that runs. What switches a phone off is [state.State.Power].
func (d *Desk) PowerOn() {
	switch d.presence.away {
	case state.Shutdown, state.Recovery, state.Restart:
		d.startBoot()
	case state.Sleep:
		d.State.Power(state.Wake)
	}
}
