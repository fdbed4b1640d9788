package state

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// Power is what happens to the phone as a whole.
type Power uint8

// What happens. That a phone asked to sleep leaves the bus is what the help of
// idevicediagnostics says.
const (
	Restart  Power = iota + 1 // it leaves the bus, and boots
	Shutdown                  // it leaves the bus
	Recovery                  // it leaves the bus, and comes back as another device
	Sleep                     // its screen goes dark, and soon it leaves the bus
	Boot                      // it has started
	Wake                      // it has slept
)

// String names it.
func (p Power) String() string {
	return [...]string{"", "restart", "shutdown", "recovery", "sleep", "boot", "wake"}[p]
}

// BootTime is how long the phone takes from a restart until it is back on the bus.
func (s *State) BootTime() time.Duration { return s.options.BootTime }

// OnPower has fn called with whatever happens, until stop is called; fn must not
// wait. lockdownd ends its connections, whoever holds the cable detaches the phone.
func (s *State) OnPower(fn func(Power)) (stop func()) {
	s.power = append(s.power, &fn)
	return func() {
		s.power = slices.DeleteFunc(s.power, func(o *func(Power)) bool { return o == &fn })
	}
}

// Power makes it happen. A phone that goes off or starts anew loses the trust dialog
// and what was mounted. One that boots with a passcode is locked, and sealed until
// it is unlocked.
func (s *State) Power(p Power) {
	if p == Boot && s.options.Passcode {
		s.lock.locked, s.lock.fresh, s.lock.since = true, true, s.w.Now()
	}
	if p == Sleep {
		s.Lock()
	}
	switch p {
	case Restart, Shutdown, Recovery:
		s.Images.reset()
		s.place = Location{}
		s.trust.reset()
	}
	s.emit("power", sim.Text("what", p.String()))
	for _, fn := range slices.Clone(s.power) {
		(*fn)(p)
	}
}
