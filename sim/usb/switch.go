package usb

import "github.com/plugfest/plugfest/sim"

// A Switch is a cable that can be pulled in front of a [Port] that has none: one
// of real hardware, or of a network. While it is off, what is attached waits.
//
// Plug and Unplug never wait, so that timers may call them; what they begin is
// done by a process of its own.
type Switch struct {
	w      *sim.World
	port   Port
	dev    Device // attached here
	joined Device // attached at the port
	on     bool
	busy   bool
	idle   sim.Cond
	err    error
}

// NewSwitch makes a switch before a port, on or off.
func NewSwitch(w *sim.World, port Port, on bool) *Switch {
	s := &Switch{w: w, port: port, on: on}
	s.idle.Init(w, "a port to be attached or detached")
	return s
}

// Plug joins what is attached to the port.
func (s *Switch) Plug() { s.set(true) }

// Unplug parts them.
func (s *Switch) Unplug() { s.set(false) }

// Plugged reports whether the cable is in.
func (s *Switch) Plugged() bool { return s.on }

// Attached returns what is attached, or nil.
func (s *Switch) Attached() Device { return s.dev }

// Err returns why the port refused what is attached, when it was last plugged in.
func (s *Switch) Err() error { return s.err }

func (s *Switch) set(on bool) {
	if s.on != on {
		s.on = on
		s.w.Go("switch", func() { s.err = s.Settle() })
	}
}

// Attach implements [Port].
func (s *Switch) Attach(d Device) error {
	if s.dev != nil {
		return errAttached
	}
	if err := d.Descriptors().Check(); err != nil {
		return err
	}
	s.dev = d
	if s.err = s.Settle(); s.err != nil {
		s.dev = nil
	}
	return s.err
}

// Detach implements [Port].
func (s *Switch) Detach() {
	s.dev = nil
	s.err = s.Settle()
}

// Settle waits until the port is what the switch says, and returns why it cannot
// be.
func (s *Switch) Settle() error {
	for s.busy {
		s.idle.Wait()
	}
	s.busy = true
	defer func() {
		s.busy = false
		s.idle.Signal()
	}()
	for {
		want := s.dev
		if !s.on {
			want = nil
		}
		switch {
		case want == s.joined:
			return nil
		case s.joined != nil:
			s.port.Detach()
			s.joined = nil
		default:
			if err := s.port.Attach(want); err != nil {
				return err
			}
			s.joined = want
		}
	}
}
