package usb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// slowConn is a host like those over a network: what it is told takes its time.
type slowConn struct {
	usb.Conn
	w        *sim.World
	pending  []*usb.Transfer
	canceled []byte // first byte of each transfer that was canceled, in order
}

func (c *slowConn) Submit(t *usb.Transfer) { c.pending = append(c.pending, t) }

func (c *slowConn) Cancel(t *usb.Transfer) {
	c.canceled = append(c.canceled, t.Data[0])
	c.w.After(time.Millisecond, func() { c.end(t, usb.Canceled, 0) })
}

func (c *slowConn) end(t *usb.Transfer, s usb.Status, n int) {
	for i, p := range c.pending {
		if p == t {
			c.pending = append(c.pending[:i], c.pending[i+1:]...)
			t.Status, t.Actual = s, n
			t.Done(t)
			return
		}
	}
}

// A stream takes back the last transfer first, so that what the device takes
// meanwhile has no gap.
func TestStreamCancelsTheLastFirst(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		c := &slowConn{w: w}
		s := usb.NewStream(w, c, 0, 0x01, usb.StreamOptions{OutSize: 1, OutTransfers: 3})
		s.SetWriteDeadline(w.Now() + time.Second)
		w.After(500*time.Millisecond, func() { c.end(c.pending[0], usb.OK, 1) })
		n, err := s.Write([]byte("abcdef"))
		assert.Equal(t, usb.TimedOut, err)
		assert.Equal(t, 1, n)
		assert.Equal(t, "dcb", string(c.canceled))
		assert.Equal(t, time.Second+time.Millisecond, w.Now(), "it waits until they have come back")
	})
}

// After an error of one transfer the others are taken back too.
func TestStreamTakesBackAfterError(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		c := &slowConn{w: w}
		s := usb.NewStream(w, c, 0, 0x01, usb.StreamOptions{OutSize: 1, OutTransfers: 3})
		w.After(time.Second, func() { c.end(c.pending[0], usb.Protocol, 0) })
		n, err := s.Write([]byte("abcdef"))
		assert.Equal(t, usb.Protocol, err)
		assert.Zero(t, n)
		assert.Equal(t, "cb", string(c.canceled))
		assert.Empty(t, c.pending, "nothing of the caller's is under way any more")
	})
}
