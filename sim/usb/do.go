package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// waiter is what a process waits on for a transfer. It stays with the transfer,
// so that one used again costs nothing.
type waiter struct {
	done bool
	cond sim.Cond
}

func wakeWaiter(t *Transfer) {
	t.wait.done = true
	t.wait.cond.Signal()
}

// Do submits a transfer and waits until it is done, which it is when Do
// returns. After timeout it is canceled, and the error is [TimedOut]; zero is
// without end. t.Done is overwritten; t.Actual counts the bytes moved, whatever
// the error.
func Do(w *sim.World, c Conn, t *Transfer, timeout time.Duration) error {
	if t.wait == nil {
		t.wait = &waiter{}
	}
	x := t.wait
	x.done = false
	x.cond.Init(w, "USB transfer")
	t.Done = wakeWaiter
	deadline := sim.Never
	if timeout > 0 {
		deadline = w.Now() + timeout
	}
	c.Submit(t)
	late := false
	for !x.done {
		if !x.cond.WaitUntil(deadline) && !x.done {
			late, deadline = true, sim.Never
			c.Cancel(t)
		}
	}
	if late && t.Status == Canceled {
		t.Status = TimedOut
	}
	return t.Status.Err()
}

// Control makes a control request and waits for its answer. data is what is
// sent, or room for the answer; s.Length is set to its length. It returns the
// number of bytes moved.
func Control(w *sim.World, c Conn, s Setup, data []byte, timeout time.Duration) (int, error) {
	s.Length = uint16(min(len(data), 0xFFFF))
	t := &Transfer{Setup: s, Data: data[:s.Length]}
	err := Do(w, c, t, timeout)
	return t.Actual, err
}
