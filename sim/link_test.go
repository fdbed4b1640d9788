package sim_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func TestLinkCarriesBothWays(t *testing.T) {
	w := sim.New()
	l := w.Link("bluetooth", sim.Impairments{Latency: 3 * ms}, sim.Impairments{Latency: 4 * ms})
	echoInside(w, l.B)
	run(t, w, func() {
		writeString(t, l.A, "ping")
		require.Equal(t, "ping", readString(t, l.A, 9))
		require.Equal(t, 7*ms, w.Now())
	})
	require.Equal(t, "bluetooth", l.A.LocalAddr().String())
	require.Equal(t, "sim", l.B.RemoteAddr().Network())
}

// Packets arrive one by one, and are read as a stream; a read does not reach
// beyond a packet.
func TestLinkReads(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{}, sim.Impairments{})
	run(t, w, func() {
		writeString(t, l.A, "hello")
		writeString(t, l.A, "") // no packet
		writeString(t, l.A, "you")
		n, err := l.B.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
		require.Equal(t, "hel", readString(t, l.B, 3))
		require.Equal(t, "lo", readString(t, l.B, 9))
		require.Equal(t, "you", readString(t, l.B, 9))
		_ = l.B.SetReadDeadline(w.Time().Add(ms))
		_, err = l.B.Read(make([]byte, 9))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// What was written may be changed at once.
func TestLinkCopies(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Duplicate: 1, Latency: ms}, sim.Impairments{})
	run(t, w, func() {
		for _, s := range []string{"first", "second"} {
			p := []byte(s)
			_, _ = l.A.Write(p)
			clear(p)
		}
		for _, want := range []string{"first", "first", "second", "second"} {
			require.Equal(t, want, readString(t, l.B, 9))
		}
	})
}

func TestLinkBandwidth(t *testing.T) {
	w := sim.New()
	l := w.Link("serial", sim.Impairments{Bandwidth: 11_520}, sim.Impairments{}) // 115200 baud, 8N1
	run(t, w, func() {
		writeString(t, l.A, strings.Repeat("x", 1152))
		writeString(t, l.A, "y")
		buf := make([]byte, 1152)
		_, err := io.ReadFull(l.B, buf)
		require.NoError(t, err)
		require.Equal(t, 100*ms, w.Now())
		readString(t, l.B, 1)
		require.Equal(t, 100*ms+time.Second/11_520, w.Now())
	})
}

// Bytes under way and bytes unread both fill the window; then the writer waits.
func TestLinkWindow(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: 10 * ms}, sim.Impairments{})
	run(t, w, func() {
		packet := make([]byte, sim.LinkWindow/4)
		for range 4 {
			_, _ = l.A.Write(packet)
		}
		require.Zero(t, w.Now())
		_ = l.A.SetWriteDeadline(w.Time().Add(20 * ms))
		n, err := l.A.Write([]byte{1})
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Zero(t, n)
		require.Equal(t, 20*ms, w.Now(), "arrived, but unread")

		_ = l.A.SetWriteDeadline(time.Time{})
		wrote := time.Duration(0)
		w.Go("writer", func() { _, _ = l.A.Write(packet); wrote = w.Now() })
		w.Sleep(ms)
		_, _ = io.ReadFull(l.B, packet[1:])
		w.Sleep(ms)
		require.Zero(t, wrote, "a byte is lacking")
		readString(t, l.B, 1)
		w.Sleep(ms)
		require.Equal(t, 22*ms, wrote)
	})
}

// A packet larger than the window passes, alone; smaller ones that come after it
// do not slip past.
func TestLinkLargePacket(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: ms}, sim.Impairments{})
	run(t, w, func() {
		writeString(t, l.A, "first")
		w.Go("large", func() { _, _ = l.A.Write(make([]byte, sim.LinkWindow+1)) })
		w.Go("small", func() { writeString(t, l.A, "last") })
		require.Equal(t, "first", readString(t, l.B, 9))
		n, err := io.ReadFull(l.B, make([]byte, sim.LinkWindow+1))
		require.NoError(t, err)
		require.Equal(t, sim.LinkWindow+1, n)
		require.Equal(t, "last", readString(t, l.B, 9))
	})
}

func TestLinkClose(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: 5 * ms}, sim.Impairments{Latency: ms / 2})
	run(t, w, func() {
		writeString(t, l.B, "unread")
		w.Sleep(5 * ms)
		writeString(t, l.A, "under way")
		require.NoError(t, l.A.Close())
		require.NoError(t, l.A.Close(), "again")
		_, err := l.A.Read(make([]byte, 9))
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = l.A.Write([]byte{1})
		require.ErrorIs(t, err, net.ErrClosed)

		// The peer does not know yet: what it sends is lost, and fills no window.
		for range 4 {
			_, err = l.B.Write(make([]byte, sim.LinkWindow))
			require.NoError(t, err)
			w.Sleep(ms)
		}
		require.Equal(t, "under way", readString(t, l.B, 99))
		require.Equal(t, 10*ms, w.Now())
		_, err = l.B.Read(make([]byte, 9))
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 10*ms, w.Now(), "the close came with the data")
		_, err = l.B.Write([]byte{1})
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.NoError(t, l.B.Close())
	})
}

// A close leaves nothing of the window taken, and no more of it free than there is.
func TestLinkCloseFreesTheWindow(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: ms}, sim.Impairments{Latency: time.Second})
	run(t, w, func() {
		writeString(t, l.A, "partly read")
		_, _ = l.A.Write(make([]byte, sim.LinkWindow/2))
		require.Equal(t, "partly", readString(t, l.B, 6))
		_ = l.B.Close()
		_, _ = l.A.Write(make([]byte, sim.LinkWindow))
		require.Equal(t, ms, w.Now())
		writeString(t, l.A, "partly")
		require.Equal(t, 2*ms, w.Now(), "the window was full")
	})
}

// What is due at this instant is not overtaken by what needs no time.
func TestLinkKeepsOrderWithinAnInstant(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: 5 * ms}, sim.Impairments{})
	w.Go("second", func() {
		w.Sleep(5 * ms) // set before the first is sent: wakes before that arrives
		l.Impair(sim.Impairments{}, sim.Impairments{})
		writeString(t, l.A, "second")
	})
	run(t, w, func() {
		writeString(t, l.A, "first")
		require.Equal(t, "first", readString(t, l.B, 9))
		require.Equal(t, "second", readString(t, l.B, 9))
		require.Equal(t, 5*ms, w.Now())
	})
}

// Also a close takes its time, and comes after all that was sent before.
func TestLinkCloseIsUnderWay(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		want time.Duration
	}{
		{"perfect", sim.Impairments{}, 0},
		{"latency", sim.Impairments{Latency: 5 * ms}, 5 * ms},
		{"bandwidth", sim.Impairments{Bandwidth: 1000}, 4 * ms},
		{"late packet", sim.Impairments{Latency: 5 * ms, Reorder: 1, ReorderDelay: 10 * ms}, 15 * ms},
		{"lost packet", sim.Impairments{Latency: 5 * ms, Loss: 1}, 5 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			l := w.Link("l", c.im, sim.Impairments{})
			run(t, w, func() {
				writeString(t, l.A, "data")
				w.Go("closer", func() { _ = l.A.Close() })
				_, err := io.ReadAll(l.B)
				require.NoError(t, err)
				require.Equal(t, c.want, w.Now())
			})
		})
	}
}

func TestLinkCloseWakesWhoWaits(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{}, sim.Impairments{})
	ends := map[string]error{}
	w.Go("own reader", func() { _, ends["own reader"] = l.A.Read(make([]byte, 1)) })
	w.Go("peer's reader", func() { _, ends["peer's reader"] = l.B.Read(make([]byte, 1)) })
	for _, who := range []string{"own writer", "own second writer"} {
		w.Go(who, func() {
			_, _ = l.A.Write(make([]byte, sim.LinkWindow))
			_, ends[who] = l.A.Write(make([]byte, sim.LinkWindow))
		})
	}
	run(t, w, func() {
		w.Sleep(ms)
		_, _ = io.ReadFull(l.B, make([]byte, sim.LinkWindow-1))
		_ = l.A.Close()
		w.Sleep(ms)
	})
	require.Equal(t, map[string]error{"own reader": net.ErrClosed, "peer's reader": nil,
		"own writer": net.ErrClosed, "own second writer": net.ErrClosed}, ends)
}

func TestLinkDeadlines(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{}, sim.Impairments{})
	run(t, w, func() {
		writeString(t, l.B, "here")
		_ = l.A.SetDeadline(w.Time())
		_, err := l.A.Read(make([]byte, 9))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "although something is there")
		_, err = l.A.Write([]byte{1})
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "although there is room")
		_ = l.A.SetDeadline(time.Time{})
		require.Equal(t, "here", readString(t, l.A, 9))

		w.After(3*ms, func() { _ = l.A.SetReadDeadline(time.Unix(1, 0)) })
		_, err = l.A.Read(make([]byte, 9))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 3*ms, w.Now())

		_, _ = l.A.Write(make([]byte, sim.LinkWindow))
		w.After(3*ms, func() { _ = l.A.SetWriteDeadline(w.Time().Add(ms)) })
		_, err = l.A.Write([]byte{1})
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 7*ms, w.Now())
	})
}

func TestLinkUnplug(t *testing.T) {
	w := sim.New()
	slow := sim.Impairments{Latency: 5 * ms}
	l := w.Link("l", slow, slow)
	ended := 0
	unplugged := func(n int, err error) {
		require.ErrorIs(t, err, sim.ErrUnplugged)
		require.Zero(t, n)
		require.Equal(t, 6*ms, w.Now())
		ended++
	}
	w.Go("reader", func() { unplugged(l.A.Read(make([]byte, 1))) })
	w.Go("writer", func() {
		_, _ = l.A.Write(make([]byte, sim.LinkWindow))
		unplugged(l.A.Write([]byte{1}))
	})
	run(t, w, func() {
		w.Sleep(2 * ms)
		writeString(t, l.B, "under way")
		w.Sleep(4 * ms)
		l.Unplug()
		w.Yield()
		require.Equal(t, 2, ended)
		unplugged(l.B.Read(make([]byte, 1))) // arrived, but lost with the cable
		unplugged(l.B.Write([]byte{1}))
		_ = l.B.Close()
		_, err := l.B.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
		w.Sleep(time.Second) // nothing of it comes later
	})
}

// Several readers share what arrives at once.
func TestLinkSeveralReaders(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: ms}, sim.Impairments{})
	var got []string
	for i := range 3 {
		w.Go(fmt.Sprint(i), func() { got = append(got, fmt.Sprint(i, readString(t, l.B, 1))) })
	}
	run(t, w, func() {
		writeString(t, l.A, "ab")
		writeString(t, l.A, "c")
		w.Sleep(2 * ms)
	})
	require.Equal(t, []string{"0a", "1b", "2c"}, got)
}

// What is under way at the end of a run arrives in the next.
func TestLinkOutlivesARun(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: 5 * ms}, sim.Impairments{})
	run(t, w, func() { writeString(t, l.A, "late") })
	run(t, w, func() { require.Equal(t, "late", readString(t, l.B, 9)) })
	require.Equal(t, 5*ms, w.Now())
}

// deliveries sends numbered packets over a bad link and returns what arrives.
func deliveries(t *testing.T, seed uint64) string {
	w := sim.New(sim.Seed(seed))
	bad := sim.Impairments{Latency: ms, Jitter: ms, Bandwidth: 1 << 20, Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, BitError: 0.1}
	l := w.Link("l", bad, sim.Impairments{})
	var log strings.Builder
	w.Go("reader", func() {
		buf := make([]byte, 64)
		for {
			n, err := l.B.Read(buf)
			if err != nil {
				return
			}
			fmt.Fprintf(&log, "%v %x\n", w.Now(), buf[:n])
		}
	})
	run(t, w, func() {
		for i := range 500 {
			_, err := l.A.Write(bytes.Repeat([]byte{byte(i)}, i%64+1))
			require.NoError(t, err)
			w.Sleep(100 * time.Microsecond)
		}
		w.Sleep(time.Second)
	})
	return log.String()
}

func TestLinkDeliveriesDependOnTheSeedAlone(t *testing.T) {
	one := deliveries(t, 1)
	require.Equal(t, one, deliveries(t, 1))
	require.NotEqual(t, one, deliveries(t, 2))
}

// A flood of small packets: this would take minutes if each arrival moved all
// that is under way.
func TestLinkFloodOfSmallPackets(t *testing.T) {
	w := sim.New()
	l := w.Link("l", sim.Impairments{Latency: time.Second, Bandwidth: 1 << 20}, sim.Impairments{})
	run(t, w, func() {
		n := 200_000
		w.Go("writer", func() {
			for range n {
				_, _ = l.A.Write([]byte{1})
			}
		})
		for range n {
			readString(t, l.B, 1)
		}
	})
}
