package muxd

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A phone may take nothing for as long as it likes: that is how an app keeps its
// client waiting, and the mux has no timer for it. So a client that waits is looked
// at from time to time. Otherwise one that dies then is there until the phone is
// unplugged (libimobiledevice#1066). usbmuxd does not look: while a window is full
// it does not read.
//
// What is seen, and what is done about it:
//
//   - An error, as ECONNRESET: nobody is left, and what he has sent is void. The
//     connection is reset at once.
//   - The end of what the client sends. It may have been closed, or only half of it
//     (nobody can tell by a socket), and either way all was meant to arrive. So both
//     directions go on, until nothing has passed in either for [Options].Drain. Then
//     the connection is reset.
//   - Once the phone has taken everything, the end is what it always is: that of the
//     connection. usbmuxd has it so, for the mux knows no half of a connection.

// patience is how long a client waits for room until it is looked at.
const patience = time.Second

// write hands bytes to the mux, and reports whether it took them all.
func (t *tunnel) write(p []byte) bool {
	d := t.v.d
	for pause := patience; len(p) > 0; {
		n, err := t.c.Write(d.w.Now(), p)
		if err != nil {
			return false
		}
		t.v.turn()
		if n > 0 {
			t.moved, pause = d.w.Now(), patience
		}
		if p = p[n:]; len(p) == 0 || t.writable.WaitUntil(t.nextLook(pause)) {
			continue
		}
		if t.v.gone { // a fault keeps its clients
			t.writable.Wait()
			continue
		}
		if !t.look() {
			t.reset()
			return false
		}
		if _, outside := t.client.(*socket); !outside {
			pause *= 2
		}
	}
	return true
}

// nextLook returns when a client is looked at that has waited for so long. Sockets
// are looked at steadily. Inside of a world it is done less and less, and at last not
// at all, so that a world where everybody waits for nobody is still found out.
func (t *tunnel) nextLook(pause time.Duration) time.Duration {
	switch {
	case t.left:
		return t.moved + t.v.d.o.Drain
	case pause > 24*time.Hour:
		return sim.Never
	}
	return t.v.d.w.Now() + pause
}

// look looks whether the client is still there, and reports whether it is worth
// waiting on.
func (t *tunnel) look() bool {
	now := t.v.d.w.Now()
	if t.left {
		return now < t.moved+t.v.d.o.Drain
	}
	switch err := t.readAhead(); {
	case err == nil && !t.hungUp():
	case err == nil || errors.Is(err, io.EOF):
		t.left, t.moved = true, now
	default:
		return false
	}
	return true
}

// readAhead reads what the client has sent meanwhile, up to a chunk. The error is
// the client's; that nothing has come is none.
func (t *tunnel) readAhead() error {
	d := t.v.d
	if t.ahead.b == nil {
		t.ahead = d.buffer(chunk)
	}
	var err error
	_ = t.client.SetReadDeadline(d.w.Time().Add(1)) // one past would fail whatever has come
	for n := 0; err == nil && t.got < len(t.ahead.b); t.got += n {
		n, err = t.client.Read(t.ahead.b[t.got:])
	}
	_ = t.client.SetReadDeadline(time.Time{})
	if t.got == 0 {
		t.forget()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// writeAhead hands on what was read ahead, and reports whether the mux took it all.
func (t *tunnel) writeAhead() bool {
	for t.got > 0 {
		l, n := t.ahead, t.got
		t.ahead, t.got = loan{}, 0
		ok := t.write(l.b[:n])
		t.v.d.release(l)
		if !ok {
			return false
		}
	}
	return true
}

// forget drops what was read ahead.
func (t *tunnel) forget() {
	t.v.d.release(t.ahead)
	t.ahead, t.got = loan{}, 0
}

// hungUp reports whether the client has gone, which its reader would learn only
// behind everything that was sent before.
func (t *tunnel) hungUp() bool {
	if s, ok := t.client.(*socket); ok {
		return s.hungUp()
	}
	if t.giving { // who writes already will be told, and this would wait for him
		return false
	}
	_, err := t.client.Write(nil)
	return err != nil
}
