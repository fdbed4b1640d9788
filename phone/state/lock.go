package state

import "time"

// RestrictAfter is how long a phone may be locked before it stops talking to
// computers over USB (iOS 11.4.1 and later; "about an hour").
const RestrictAfter = time.Hour

// lock is the passcode lock.
type lock struct {
	s      *State
	locked bool
	since  time.Duration
	fresh  bool // not unlocked since it was switched on
}

func (l *lock) init(s *State) {
	l.s = s
	l.locked = s.options.Locked
	if after := s.options.UnlockAfter; l.locked && after > 0 {
		s.w.After(after, s.Unlock)
	}
}

// Locked reports whether the phone is locked with a passcode.
func (s *State) Locked() bool { return s.lock.locked }

// HasPasscode reports whether there is a passcode.
func (s *State) HasPasscode() bool { return s.options.Passcode }

// SetPasscode sets or removes the passcode. Removing it unlocks the phone.
func (s *State) SetPasscode(on bool) {
	s.options.Passcode = on
	if !on {
		s.Unlock()
	}
}

// Lock locks the phone. It reports false if it has no passcode.
func (s *State) Lock() bool {
	if !s.options.Passcode {
		return false
	}
	if !s.lock.locked {
		s.lock.locked, s.lock.since = true, s.w.Now()
		s.emit("locked")
	}
	return true
}

// Unlock has the user enter the passcode. Computers that asked to pair meanwhile
// learn of it by the notification [RequestPair].
func (s *State) Unlock() {
	s.lock.fresh = false
	if !s.lock.locked {
		return
	}
	s.lock.locked = false
	s.emit("unlocked")
	s.trust.unlocked()
}

// Sealed reports whether the phone is locked and has not been unlocked since it
// was switched on: then its data are closed even to trusted computers, but for
// those that show their escrow bag.
func (s *State) Sealed() bool { return s.lock.locked && s.lock.fresh }

// Restricted reports whether USB restricted mode is on: the phone has been locked
// for [RestrictAfter].
func (s *State) Restricted() bool {
	return s.lock.locked && s.Version.Compare(Version{11, 4, 1}) >= 0 && s.w.Now()-s.lock.since >= RestrictAfter
}
