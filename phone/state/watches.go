package state

import "slices"

// A Watch is one that is paired with the phone.
type Watch struct {
	UDID   string
	Values map[string]any // what its registry says of it
}

// Watches returns the watches.
func (s *State) Watches() []Watch { return slices.Clone(s.options.Watches) }
