package usbmux

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wire joins two engines as tightly as it goes: no events, no copies of its own.
type wire struct {
	host, device *Engine
	a, b         *Conn
}

func newWire(tb testing.TB, host, device Config) *wire {
	r := newRig(tb, host, device)
	a, b := r.connect(1)
	return &wire{r.host, r.device, a, b}
}

// move sends a chunk from one connection and reads it from the other.
func (w *wire) move(tb testing.TB, from, to *Conn, chunk []byte) {
	for sent := 0; sent < len(chunk); {
		n, err := from.Write(0, chunk[sent:])
		if err != nil {
			tb.Fatal(err)
		}
		sent += n
		for w.turn(from.e, to.e) {
			for to.rx.n > 0 {
				to.Discard(0, len(to.Peek()))
			}
			w.turn(to.e, from.e)
		}
	}
}

func (w *wire) turn(from, to *Engine) bool {
	b, ok := from.NextOutput()
	if !ok {
		return false
	}
	for len(b) > ReadSize {
		to.Feed(0, b[:ReadSize])
		b = b[ReadSize:]
	}
	to.Feed(0, b)
	for _, e := range [...]*Engine{from, to} {
		for _, ok := e.Poll(); ok; _, ok = e.Poll() {
		}
	}
	return true
}

// No packet costs an allocation, in either direction, of any size.
func TestNoAllocations(t *testing.T) {
	for _, size := range []int{1, 100, 5000, 49116, 131072} {
		for _, host := range []Config{{}, Usbmuxd()} {
			w := newWire(t, host, Config{})
			chunk := make([]byte, size)
			for range 3 {
				w.move(t, w.a, w.b, chunk)
				w.move(t, w.b, w.a, chunk)
			}
			require.Zero(t, testing.AllocsPerRun(100, func() {
				w.move(t, w.a, w.b, chunk)
				w.move(t, w.b, w.a, chunk)
			}), "chunks of %d", size)
		}
	}
}

// 1 GiB through one connection keeps what it needs for the first megabyte.
func TestGibibyteInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a second or two")
	}
	w := newWire(t, Config{}, Config{})
	chunk := make([]byte, 1<<20)
	w.move(t, w.b, w.a, chunk)
	rings := func() int { return len(w.a.rx.buf) + len(w.a.tx.buf) + len(w.b.rx.buf) + len(w.b.tx.buf) }
	before := rings()
	require.LessOrEqual(t, before, 4*DefaultWindow)
	require.LessOrEqual(t, testing.AllocsPerRun(1, func() {
		for range 512 {
			w.move(t, w.b, w.a, chunk)
		}
	}), 1.0)
	require.Equal(t, before, rings())
	require.EqualValues(t, 1025<<20, w.host.Counters().BytesIn)
	require.Zero(t, w.host.Counters().Violations)
	require.EqualValues(t, 1025<<20&(1<<32-1), w.b.sndNext-1)
}

// An idle connection with a small exchange behind it is small.
func TestIdleConnectionIsSmall(t *testing.T) {
	w := newWire(t, Config{}, Config{})
	for range 100 {
		w.move(t, w.a, w.b, make([]byte, 1500))
		w.move(t, w.b, w.a, make([]byte, 1500))
	}
	require.LessOrEqual(t, len(w.a.rx.buf)+len(w.a.tx.buf), 8192)
	require.LessOrEqual(t, cap(w.host.out.buf), 8192)
}

func BenchmarkTransfer(b *testing.B) {
	for _, c := range []struct {
		name string
		host Config
		up   bool
	}{
		{"to the host", Config{}, false},
		{"to the device", Config{}, true},
		{"to usbmuxd", Usbmuxd(), false},
	} {
		for _, size := range []int{512, 64 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d", c.name, size), func(b *testing.B) {
				w := newWire(b, c.host, Config{})
				chunk := make([]byte, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if c.up {
						w.move(b, w.a, w.b, chunk)
					} else {
						w.move(b, w.b, w.a, chunk)
					}
				}
			})
		}
	}
}

// 64 connections at once.
func BenchmarkManyConnections(b *testing.B) {
	r := newRig(b, Config{}, Config{})
	var ends [64][2]*Conn
	for i := range ends {
		ends[i][0], ends[i][1] = r.connect(uint16(i))
	}
	w := &wire{host: r.host, device: r.device}
	chunk := make([]byte, 32<<10)
	b.SetBytes(int64(len(ends) * len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range ends {
			if _, err := c[1].Write(0, chunk); err != nil {
				b.Fatal(err)
			}
		}
		for w.turn(r.device, r.host) {
			for _, c := range ends {
				if n := c[0].Buffered(); n > 0 {
					c[0].Discard(0, n)
				}
			}
			for w.turn(r.host, r.device) {
			}
		}
	}
}

// A connection opened, used and closed: what a storm of short ones costs.
func BenchmarkConnect(b *testing.B) {
	r := newRig(b, Config{}, Config{})
	b.ReportAllocs()
	for b.Loop() {
		c, err := r.host.Open(time.Second, 1)
		if err != nil {
			b.Fatal(err)
		}
		r.run()
		r.log = r.log[:0]
		c.Close(time.Second)
		r.run()
	}
}
