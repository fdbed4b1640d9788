package state

// Capacity returns the size of the storage in bytes.
func (s *State) Capacity() uint64 { return s.options.Capacity }

// Free returns how many bytes of storage are free.
func (s *State) Free() uint64 { return s.options.Free }

// SetFree sets how many bytes are free: a test fills the phone with SetFree(0).
func (s *State) SetFree(n uint64) {
	s.options.Free = min(n, s.options.Capacity-s.systemSize())
	s.Notifications.Post(DiskUsageChanged)
}

// Take takes n bytes of storage and reports whether there were so many; Give gives
// them back.
func (s *State) Take(n uint64) bool {
	if n > s.options.Free {
		return false
	}
	s.options.Free -= n
	return true
}

// Give gives back n bytes of storage.
func (s *State) Give(n uint64) {
	s.options.Free = min(s.options.Free+n, s.options.Capacity-s.systemSize())
}
