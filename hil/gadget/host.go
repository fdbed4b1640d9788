package gadget

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// settle is how long the parts of one SET_CONFIGURATION may come apart.
const settle = 5 * time.Millisecond

// bus follows the state of the controller. Drivers differ in how much of it they
// tell.
func (a *attachment) bus(state string, speed usb.Speed) {
	if speed != usb.SpeedUnknown {
		a.speed = speed
	}
	switch state {
	case stateNotAttached, stateAttached, statePowered:
		a.leave(state)
	case stateGone:
		a.leave("the controller is gone")
	case stateDefault:
		if a.told && a.used {
			a.reset()
		}
		a.arrive()
	case stateAddressed:
		a.arrive()
		if a.limbo {
			a.configure(0)
		}
	}
}

// arrive tells the device of a host, unless it knows.
func (a *attachment) arrive() {
	if a.told || a.closing {
		return
	}
	a.told = true
	a.idleAt = sim.Never
	a.p.tap.Attach(a.busSpeed())
	a.reset()
}

// busSpeed is the bus's, or the fastest while the controller does not say.
func (a *attachment) busSpeed() usb.Speed {
	if a.speed == usb.SpeedUnknown {
		return a.plan.speed
	}
	return min(a.speed, a.plan.speed)
}

// reset resets the device, and makes up how a host gets to know it.
func (a *attachment) reset() {
	a.drop()
	a.config, a.limbo, a.goneAt, a.used = 0, false, sim.Never, false
	a.p.tap.Reset(a.address)
	a.address = 0
	a.dev.Reset(a.busSpeed())
	a.enumerate()
}

// leave tells the device that its host is gone.
func (a *attachment) leave(why string) {
	a.goneAt, a.idleAt = sim.Never, sim.Never
	if a.told {
		a.state("host gone", sim.Text("why", why))
		a.unplug()
	}
}

func (a *attachment) unplug() {
	a.drop()
	a.config, a.limbo = 0, false
	if a.told {
		a.told = false
		a.p.tap.Detach(a.busSpeed())
		a.dev.Unplugged()
	}
}

// stop ends the pipes of functions, and takes their transfers back.
func (a *attachment) stop(first, end int) {
	for i := first; i < end; i++ {
		a.withdraw(i)
		f := &a.plan.functions[i]
		for j := f.first; j < f.end; j++ {
			a.pipes[j].stop()
		}
	}
}

// drop ends all pipes; the device is about to give every transfer back by itself.
func (a *attachment) drop() {
	for i := range a.functions {
		if q := a.functions[i].request; q != nil {
			q.open = false
			a.functions[i].request = nil
		}
	}
	a.eachPipe((*pipe).drop)
}

// start begins the pipes of a function's current setting.
func (a *attachment) start(function int) {
	f := &a.plan.functions[function]
	for j := f.first; j < f.end; j++ {
		if a.pipes[j].e.setting == a.functions[function].setting {
			a.pipes[j].start()
		}
	}
}

// configure makes up a SET_CONFIGURATION.
func (a *attachment) configure(value uint8) {
	a.stop(0, len(a.functions))
	a.config, a.limbo, a.used, a.goneAt = 0, false, true, sim.Never
	_, status := a.request(usb.Setup{Request: usb.ReqSetConfiguration, Value: uint16(value)}, nil)
	if status != usb.OK || a.ended {
		return
	}
	a.config = value
	first, end := a.plan.group(value)
	for i := first; i < end; i++ {
		a.functions[i].setting = 0
		a.start(i)
	}
}

// alternate makes up a SET_INTERFACE.
func (a *attachment) alternate(function int, setting uint8) {
	f := &a.plan.functions[function]
	a.stop(function, function+1)
	a.used = true
	_, status := a.request(usb.Setup{RequestType: usb.ToInterface, Request: usb.ReqSetInterface,
		Value: uint16(setting), Index: uint16(f.number)}, nil)
	if a.ended || a.config != f.config {
		return
	}
	if status == usb.OK {
		a.functions[function].setting = setting
	}
	a.start(function)
}

// enabled deals with a function that the host has enabled, by a SET_CONFIGURATION
// or a SET_INTERFACE: the kernel does not say by which.
func (a *attachment) enabled(r *report) {
	f, s := &a.plan.functions[r.function], &a.functions[r.function]
	again := s.enabled && !s.awaited
	s.enabled, s.awaited = true, false
	a.tellAddresses(r.function, r.addresses)
	setting := r.setting
	a.arrive()
	first, end := a.plan.group(f.config)
	if a.config != f.config {
		for i := first; i < end; i++ {
			a.functions[i].awaited = i != r.function
		}
		a.configure(f.config)
	}
	switch {
	case setting > 0: // of two events in a row, the kernel keeps the second
		a.alternate(r.function, uint8(setting))
	case !again:
	case end-first > 1:
		a.sort(r.function, setting, first, end)
	case len(f.alternates) > 1:
		a.alternate(r.function, a.guess(r.function, setting))
	default:
		a.configure(f.config)
	}
}

// sort finds out whether all functions of a configuration are enabled again, by
// another SET_CONFIGURATION, or this one alone, by a SET_INTERFACE.
func (a *attachment) sort(function, setting, first, end int) {
	a.w.Sleep(settle)
	again := map[int]int{function: setting}
	drop := map[int]bool{}
	last := map[int]int{} // where a function's end is told of
	for i := a.next; i < len(a.queue); i++ {
		r := &a.queue[i]
		_, twice := again[r.function]
		if r.function < first || r.function >= end || twice {
			continue
		}
		switch r.kind {
		case reportDisabled:
			last[r.function] = i
		case reportEnabled:
			if r.setting > 0 {
				continue
			}
			again[r.function], drop[i] = r.setting, true
			if k, ok := last[r.function]; ok {
				drop[k] = true // one thing with that
			}
		}
	}
	rest := a.queue[:a.next]
	for i := a.next; i < len(a.queue); i++ {
		if !drop[i] {
			rest = append(rest, a.queue[i])
		}
	}
	a.queue = rest
	if len(again) == end-first {
		a.configure(a.plan.functions[function].config)
		return
	}
	for i := first; i < end; i++ {
		if s, ok := again[i]; ok {
			a.alternate(i, a.guess(i, s))
		}
	}
}

// guess is the setting that the host has selected. Where the kernel does not
// tell, it is the first that has endpoints: a device that is opened once too often
// begins anew when the host does, while one that takes an opening for a closing
// waits for ever.
func (a *attachment) guess(function, setting int) uint8 {
	if setting != unknownSetting {
		return uint8(setting)
	}
	f := &a.plan.functions[function]
	for i := range f.alternates {
		if n := f.alternates[i].Setting; len(f.alternates[i].Endpoints) > 0 {
			if len(f.alternates) > 1 {
				a.state("alternate guessed", sim.Int("interface", f.number), sim.Int("alternate", n))
			}
			return n
		}
	}
	return 0
}

// disabled deals with a function that lost its configuration: by a
// SET_CONFIGURATION, a reset, or because the host has gone. The controller's state
// tells which, if its driver does. Until then the device is told nothing, and if
// nothing comes, the host has gone.
func (a *attachment) disabled(function int) {
	s := &a.functions[function]
	s.enabled = false
	if s.awaited {
		return // it was disabled for the configuration that it is to be enabled for
	}
	a.stop(function, function+1)
	if a.told && a.config != 0 && a.config == a.plan.functions[function].config {
		a.config, a.limbo = 0, true
		a.goneAt = a.w.Now() + a.p.o.Gone
	}
}

// resumed deals with a bus that goes on after a suspension.
func (a *attachment) resumed() {
	a.idleAt = sim.Never
	if a.told {
		return
	}
	for i := range a.functions { // the device was told that the host had gone
		if a.functions[i].enabled {
			a.arrive()
			a.configure(a.plan.functions[i].config)
			return
		}
	}
}
