package muxd_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// 1 GiB to the phone and back through one connection of a program's, byte for byte.
// Its numbers pass 2 to the 30th, and with the same again, 2 to the 32nd would be
// near: see the engine's own test for that.
func TestOneGibibyte(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 16 << 20
	}
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		up, down := sha256.New(), sha256.New()
		x.w.Go("upload", func() {
			from := io.TeeReader(io.LimitReader(x.w.Bytes("upload"), size), up)
			_, err := io.CopyBuffer(struct{ io.Writer }{p.conn}, from, make([]byte, 60_000))
			require.NoError(t, err)
		})
		n, err := io.CopyBuffer(struct{ io.Writer }{down}, io.LimitReader(p.conn, size), make([]byte, 60_000))
		require.NoError(t, err)
		require.Equal(t, size, n)
		require.Equal(t, up.Sum(nil), down.Sum(nil))
		require.Zero(t, len(p.dec.Rest()))
		require.NoError(t, p.conn.Close())
		x.w.Sleep(time.Second)
		require.Zero(t, x.d.Clients())
	})
}

// 64 connections at once on one phone, from a program each, with 8 MiB of their own
// there and back.
func TestSixtyFourConnections(t *testing.T) {
	size := 8 << 20
	if testing.Short() {
		size = 100 << 10
	}
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		done := x.w.NewCond("all connections")
		left := 64
		for i := range left {
			x.w.Go("connection", func() {
				p := x.program()
				require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
				n := int64(size + i) // each another length
				up, down := sha256.New(), sha256.New()
				x.w.Go("upload", func() {
					from := io.TeeReader(io.LimitReader(x.w.Bytes(fmt.Sprint("connection ", i)), n), up)
					_, err := io.CopyBuffer(struct{ io.Writer }{p.conn}, from, make([]byte, 20_000))
					require.NoError(t, err)
				})
				_, err := io.CopyN(down, p.conn, n)
				require.NoError(t, err)
				require.Equal(t, up.Sum(nil), down.Sum(nil), "connection %d", i)
				left--
				done.Signal()
			})
		}
		done.WaitFor(sim.Never, func() bool { return left == 0 })
		require.Equal(t, 64, x.d.Clients())
	})
}

// slowBus is a rig whose cable takes so long for each transfer, in both directions.
func slowBus(t testing.TB, o muxd.Options, latency time.Duration) *rig {
	x := newRig(t, o)
	im := sim.Impairments{Latency: latency}
	x.cable = usb.NewCable(x.w, usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1, AB: im, BA: im})
	return x
}

// Connect takes one round trip, SYN and SYN|ACK, and no time of the daemon's own.
func TestConnectTakesOneRoundTrip(t *testing.T) {
	const latency = time.Millisecond
	x := slowBus(t, muxd.Options{}, latency)
	x.run(func(dev usbmuxd.Device) {
		x.w.Sleep(time.Second)
		p := x.program()
		began := x.w.Now()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		require.Equal(t, 2*latency, x.w.Now()-began)
		began = x.w.Now()
		require.Equal(t, usbmuxd.ConnRefused, x.program().connect(dev.ID, 22))
		require.Equal(t, 2*latency, x.w.Now()-began)
		began = x.w.Now()
		p.raw([]byte("x"))
		p.bytes(1)
		require.Equal(t, 2*latency, x.w.Now()-began, "nor does a byte there and back")
	})
}

// rates measures what a connection carries on a bus with this latency, in bytes
// a second of the world's time, up and down.
func rates(t *testing.T, o muxd.Options, latency time.Duration) (up, down float64) {
	const size = 16 << 20
	x := slowBus(t, o, latency)
	x.run(func(dev usbmuxd.Device) {
		sink := x.program()
		require.Equal(t, usbmuxd.OK, sink.connect(dev.ID, portSink))
		began := x.w.Now()
		sink.raw(make([]byte, size))
		up = size / (x.w.Now() - began).Seconds()

		source := x.program()
		require.Equal(t, usbmuxd.OK, source.connect(dev.ID, portRead))
		conn := x.conns[len(x.conns)-1]
		began = x.w.Now()
		x.w.Go("phone", func() { _, _ = conn.Write(make([]byte, size)) })
		source.bytes(size)
		down = size / (x.w.Now() - began).Seconds()
	})
	return up, down
}

// The window a round trip is what a connection carries: 131072 bytes in 2 ms. A
// daemon that acknowledges what its client has taken 30 ms later has a fraction of
// that.
func TestThroughputIsTheWindowARoundTrip(t *testing.T) {
	const ideal = 131072 / 2e-3
	up, down := rates(t, muxd.Options{}, time.Millisecond)
	t.Logf("up %.1f, down %.1f of %.1f MB/s", up/1e6, down/1e6, ideal/1e6)
	require.Greater(t, up, 0.9*ideal)
	require.Greater(t, down, 0.9*ideal)
	_, slow := rates(t, muxd.Options{Mux: usbmux.Usbmuxd()}, time.Millisecond)
	t.Logf("as usbmuxd: down %.1f MB/s", slow/1e6)
	require.Less(t, slow, 0.6*down)
}

// While much is moved, a window's worth of reads waits at the pipe; a phone that
// idles has one.
func TestReadsOfAnIdlePhone(t *testing.T) {
	x := newRig(t, muxd.Options{})
	reads, most := 0, 0
	x.w.Observe(func(e *sim.Event) {
		if ep, _ := e.Num("ep"); ep == 0x85 && e.Layer == "usb" {
			reads += map[string]int{"submit": 1, "complete": -1}[e.Kind]
			most = max(most, reads)
		}
	})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		require.Equal(t, 1, most)
		for range 3 { // and again
			x.w.Go("upload", func() { p.raw(make([]byte, 1<<20)) })
			p.bytes(1 << 20)
			require.Equal(t, 8, most)
			x.w.Sleep(3 * time.Second)
			require.Equal(t, 1, reads)
		}
	})
}

// A reader that has gone silent keeps its own connection waiting: the phone's
// sender waits too, nobody else does, and no byte is lost.
func TestSlowClientStallsOnlyItself(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		slow := x.program()
		require.Equal(t, usbmuxd.OK, slow.connect(dev.ID, portRead))
		sent := 0
		x.w.Go("phone sends", func() {
			for sent < 4<<20 {
				n, err := x.conns[0].Write(bytes.Repeat([]byte{byte(sent >> 16)}, 64<<10))
				require.NoError(t, err)
				sent += n
			}
			x.conns[0].Close()
		})
		x.w.Sleep(time.Minute)
		require.Less(t, sent, 1<<20, "what nobody reads must not pile up")
		before := sent

		quick := x.program()
		require.Equal(t, usbmuxd.OK, quick.connect(dev.ID, portEcho))
		for range 100 {
			quick.raw(make([]byte, 20_000))
			quick.bytes(20_000)
		}
		require.Equal(t, before, sent)

		got := slow.bytes(4 << 20)
		for i := range 4 << 20 {
			if got[i] != byte(i>>16) {
				t.Fatalf("byte %d is %02x, want %02x", i, got[i], byte(i>>16))
			}
		}
		slow.closed()
	})
}

// A program that sends to a port whose app does not read stalls itself alone, too.
func TestSlowAppStallsOnlyItself(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		slow := x.program()
		require.Equal(t, usbmuxd.OK, slow.connect(dev.ID, portRead))
		sent := 0
		x.w.Go("slow", func() {
			for {
				n, err := slow.conn.Write(make([]byte, 10_000))
				if err != nil {
					return
				}
				sent += n
			}
		})
		x.w.Sleep(time.Minute)
		require.Less(t, sent, 1<<20)
		before := sent
		quick := x.program()
		require.Equal(t, usbmuxd.OK, quick.connect(dev.ID, portEcho))
		began := x.w.Now()
		for range 100 {
			quick.raw(make([]byte, 20_000))
			quick.bytes(20_000)
		}
		require.Zero(t, x.w.Now()-began, "the cable has no latency, and nobody waits")
		require.Equal(t, before, sent)
		n, err := io.CopyN(io.Discard, x.conns[0], 1<<20)
		require.NoError(t, err)
		require.Equal(t, int64(1<<20), n)
		require.Greater(t, sent, before)
	})
}
