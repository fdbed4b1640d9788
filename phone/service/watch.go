package service

// A Watch looks for the end of a session whose host has nothing to say, or nothing
// that matters: what comes in is thrown away.
type Watch struct {
	over  bool
	ended func()
}

// NewWatch watches until the host hangs up, and then calls ended, which must not
// wait.
func NewWatch(s *Session, ended func()) *Watch {
	w := &Watch{ended: ended}
	s.Go("watch", func() {
		buf := make([]byte, 512)
		for {
			if _, err := s.Read(buf); err != nil {
				break
			}
		}
		w.End()
	})
	return w
}

// Over reports whether the session has ended.
func (w *Watch) Over() bool { return w.over }

// End ends the watch, as if the host had hung up.
func (w *Watch) End() {
	if !w.over {
		w.over = true
		w.ended()
	}
}
