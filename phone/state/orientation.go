package state

// Orientation returns how the phone is held: 1 upright, 2 upside down, 3 and 4 on its
// side.
func (s *State) Orientation() int { return max(s.turned, 1) }

// SetOrientation turns the phone.
func (s *State) SetOrientation(o int) { s.turned = min(max(o, 1), 4) }
