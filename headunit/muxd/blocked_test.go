package muxd_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// noAck is a phone that lets every upload stand still (libimobiledevice#1066).
const noAck = "usbmux: {no-ack-after: 100}"

// pattern tells each byte from its neighbours.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// upload sends pattern bytes until all are sent or it is refused.
func (p *program) upload(n int) {
	p.x.w.Go("upload", func() { _, _ = p.conn.Write(pattern(n)) })
	p.x.w.Yield()
}

// ended requires that the phone's end of the last connection has been closed.
func (x *rig) ended() {
	x.t.Helper()
	conn := x.conns[len(x.conns)-1]
	_ = conn.SetReadDeadline(x.w.Time().Add(time.Second))
	_, err := io.Copy(io.Discard, conn)
	require.NotErrorIs(x.t, err, os.ErrDeadlineExceeded, "the phone's end is open")
	_, err = conn.Write([]byte("late"))
	require.Error(x.t, err, "the phone's end is open")
}

// A client that dies before a phone that takes nothing is let go of, and so is the
// phone's end, however much the client had sent.
func TestDeadClientOfAPhoneThatTakesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		size  int
		waits time.Duration // before it dies
	}{
		"what it sent is read":            {280_000, 0},
		"it was still sending":            {4 << 20, 0},
		"it has waited long":              {4 << 20, time.Hour},
		"what it sent is read, long past": {280_000, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			x := newFaultyRig(t, noAck, muxd.Options{})
			x.run(func(dev usbmuxd.Device) {
				p := x.program()
				require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portRead))
				p.upload(c.size)
				x.w.Sleep(time.Minute + c.waits)
				require.Equal(t, 1, x.d.Clients())
				require.NoError(t, p.conn.Close())
				x.w.Sleep(2*time.Minute + 2*c.waits)
				require.Zero(t, x.d.Clients())
				x.ended()
			})
		})
	}
}

// dying is a connection whose peer's end comes as a reset.
type dying struct{ net.Conn }

func (c dying) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == io.EOF {
		err = syscall.ECONNRESET
	}
	return n, err
}

// After a reset nobody is left for whom to wait.
func TestResetClientOfAPhoneThatTakesNothing(t *testing.T) {
	x := newFaultyRig(t, noAck, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		near, far := x.w.Pipe("socket")
		x.w.Go("client", func() { x.d.Serve(dying{far}) })
		p := &program{x: x, conn: near}
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portRead))
		p.upload(280_000)
		x.w.Sleep(time.Millisecond)
		require.NoError(t, near.Close())
		x.w.Sleep(2 * time.Second)
		require.Zero(t, x.d.Clients())
		x.ended()
	})
}

// What a client has sent arrives, whether it has gone since, or only sends no more,
// or waits: the phone takes it again before nothing has passed for half a minute.
func TestBytesOfABlockedClientArrive(t *testing.T) {
	const size = 480_000
	for name, c := range map[string]struct {
		end   func(*program)
		waits time.Duration
	}{
		"closed":      {func(p *program) { _ = p.conn.Close() }, 20 * time.Second},
		"half closed": {func(p *program) { _ = p.conn.(interface{ CloseWrite() error }).CloseWrite() }, 20 * time.Second},
		"there":       {func(*program) {}, 10 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			x := newRig(t, muxd.Options{})
			x.run(func(dev usbmuxd.Device) {
				p := x.program()
				require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portRead))
				sent := false
				x.w.Go("upload", func() {
					p.raw(pattern(size))
					sent = true
				})
				x.w.Sleep(5 * time.Second)
				require.False(t, sent, "the mux takes it all")
				got := make([]byte, size)
				_, err := io.ReadFull(x.conns[0], got[:100_000]) // makes room
				require.NoError(t, err)
				x.w.Sleep(5 * time.Second)
				require.True(t, sent)
				c.end(p)
				x.w.Sleep(c.waits)
				_, err = io.ReadFull(x.conns[0], got[100_000:])
				require.NoError(t, err)
				require.Equal(t, pattern(size), got)
				if name != "there" {
					x.w.Sleep(time.Second)
					require.Zero(t, x.d.Clients())
				}
			})
		})
	}
}

// A client that only sends no more keeps what the phone sends, for as long as
// that goes on.
func TestHalfClosedClientReadsOn(t *testing.T) {
	x := newFaultyRig(t, noAck, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portRead))
		p.upload(280_000)
		x.w.Sleep(time.Second)
		require.NoError(t, p.conn.(interface{ CloseWrite() error }).CloseWrite())
		for range 100 {
			x.w.Sleep(20 * time.Second)
			_, err := x.conns[0].Write([]byte("on and on"))
			require.NoError(t, err)
			require.Equal(t, "on and on", string(p.bytes(9)))
		}
		p.closed()
		x.w.Sleep(time.Minute)
		require.Zero(t, x.d.Clients())
	})
}

// A blocked client does not hide that a world stands still.
func TestDeadlockBehindABlockedClient(t *testing.T) {
	x := newFaultyRig(t, noAck, muxd.Options{}, sim.TimeLimit(sim.Never))
	var stuck *sim.DeadlockError
	require.ErrorAs(t, x.w.Run(func() {
		x.phone.Start(x.cable.B(), x.cable.B())
		x.d.Watch(x.cable.A())
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(x.device().ID, portRead))
		p.raw(pattern(4 << 20))
	}), &stuck)
}

// A real program that is killed while the phone takes nothing. What it has sent is
// read, or lies in the socket before its end.
func TestDeadSocketOfAPhoneThatTakesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	unix := "unix:" + filepath.Join(t.TempDir(), "usbmuxd")
	for _, c := range []struct {
		address string
		size    int
	}{{"tcp:127.0.0.1:0", 280_000}, {unix, 280_000}, {unix, 64 << 20}} {
		l, err := muxd.Open(c.address)
		require.NoError(t, err)
		x := newFaultyRig(t, noAck, muxd.Options{Drain: 10 * time.Millisecond}, sim.RealTime())
		x.d.Listen(l)
		x.run(func(dev usbmuxd.Device) {
			x.w.Outside("client", func() {
				conn, result, err := dial(l, dev.ID, portRead)
				if !assert.NoError(t, err) || !assert.Equal(t, usbmuxd.OK, result) {
					return
				}
				_ = conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
				_, err = conn.Write(pattern(c.size))
				assert.Equal(t, c.size > 1<<20, err != nil, "%v", err)
				assert.NoError(t, conn.Close())
			})
			late := x.w.Now() + 30*time.Second
			for x.d.Clients() > 0 && x.w.Now() < late {
				x.w.Sleep(10 * time.Millisecond)
			}
			require.Zero(t, x.d.Clients(), "%s, %d bytes", c.address, c.size)
			x.ended()
		})
	}
}
