package state

import (
	"slices"

	"github.com/plugfest/plugfest/sim"
)

// Power is what happens to the phone as a whole.
type Power uint8

// What happens.
const (
	Restart  Power = iota + 1 // it leaves the bus, and comes back
	Shutdown                  // it leaves the bus
	Recovery                  // it leaves the bus, and comes back as another device
	Sleep                     // its screen goes dark
	Boot                      // it is back
)

// String names it.
func (p Power) String() string {
	return [...]string{"", "restart", "shutdown", "recovery", "sleep", "boot"}[p]
}

// OnPower has fn called with whatever happens, until stop is called; fn must not
// wait. lockdownd ends its connections, whoever holds the cable detaches the phone.
func (s *State) OnPower(fn func(Power)) (stop func()) {
	s.power = append(s.power, &fn)
	return func() {
		s.power = slices.DeleteFunc(s.power, func(o *func(Power)) bool { return o == &fn })
	}
}

// Power makes it happen. A phone that boots with a passcode is locked, and sealed
// until it is unlocked.
func (s *State) Power(p Power) {
	if p == Boot && s.options.Passcode {
		s.lock.locked, s.lock.fresh, s.lock.since = true, true, s.w.Now()
	}
	if p == Sleep {
		s.Lock()
	}
	if p != Sleep && p != Boot {
		s.Images.reset()
		s.place = Location{}
	}
	s.emit("power", sim.Text("what", p.String()))
	for _, fn := range slices.Clone(s.power) {
		(*fn)(p)
	}
}
