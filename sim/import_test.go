package sim_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// loopback returns the two ends of a TCP connection.
func loopback(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	a, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	b = <-accepted
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	return a, b
}

// echo sends back what it gets until its end, outside of any world.
func echo(c net.Conn) {
	_, _ = io.Copy(c, c)
	_ = c.Close()
}

func TestImport(t *testing.T) {
	a, b := loopback(t)
	go echo(b)
	w := sim.New(sim.RealTime())
	c := w.Import("socket", a) // before Run
	require.Equal(t, a.LocalAddr(), c.LocalAddr())
	require.Equal(t, a.RemoteAddr(), c.RemoteAddr())
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	run(t, w, func() {
		w.Go("sender", func() {
			n, err := c.Write(data)
			require.NoError(t, err)
			require.Equal(t, len(data), n)
			require.NoError(t, c.(closeWriter).CloseWrite())
		})
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		require.NoError(t, c.Close())
		require.NoError(t, c.Close(), "again")
		require.Empty(t, w.Waits(), "its processes are gone")
	})
	_, err := a.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed, "the socket is closed")
}

// An imported connection does not keep the world alive for ever, but it keeps it
// from a deadlock while something may come.
func TestImportIsNoDeadlockUntilItEnds(t *testing.T) {
	a, b := loopback(t)
	w := sim.New() // on the virtual clock, too
	var got []byte
	err := w.Run(func() {
		c := w.Import("socket", a)
		w.Outside("the peer", func() {
			_, _ = b.Write([]byte("late"))
			_ = b.Close()
		})
		got, _ = io.ReadAll(c)
		require.NoError(t, c.Close())
		w.NewCond("nothing").Wait()
	})
	require.Equal(t, "late", string(got))
	require.ErrorContains(t, err, "deadlock")
	require.ErrorContains(t, err, "main waits for nothing")
}

func TestImportDeadlineIsOfTheWorld(t *testing.T) {
	a, _ := loopback(t)
	w := sim.New(sim.RealTime())
	run(t, w, func() {
		c := w.Import("socket", a)
		start := w.Now()
		_ = c.SetReadDeadline(w.Time().Add(5 * ms))
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.GreaterOrEqual(t, w.Now()-start, 5*ms)
		require.NoError(t, c.Close())
	})
}

// A peer that does not read stops the writer in the world: what is on the way
// is bounded.
func TestImportIsBounded(t *testing.T) {
	a, b := net.Pipe() // keeps nothing itself
	defer b.Close()
	w := sim.New()
	run(t, w, func() {
		c := w.Import("socket", a)
		_ = c.SetWriteDeadline(w.Time().Add(time.Second))
		n, err := c.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.GreaterOrEqual(t, n, sim.DefaultPipeBuffer)
		require.Less(t, n, 3*sim.DefaultPipeBuffer)
		w.Outside("the peer hangs up", func() { _ = b.Close() })
		_ = c.SetWriteDeadline(time.Time{})
		_, err = c.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, io.ErrClosedPipe)
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestImportReportsWhatBrokeIt(t *testing.T) {
	a, b := loopback(t)
	w := sim.New()
	run(t, w, func() {
		c := w.Import("socket", a)
		w.Outside("a reset", func() {
			_ = b.(*net.TCPConn).SetLinger(0)
			_ = b.Close()
		})
		_, err := c.Read(make([]byte, 1))
		require.ErrorContains(t, err, "connection reset by peer")
	})
}

// The peer's half close arrives as io.EOF, and leaves the other direction open.
func TestImportHalfClose(t *testing.T) {
	a, b := loopback(t)
	w := sim.New()
	answer := make(chan string, 1)
	run(t, w, func() {
		c := w.Import("socket", a)
		w.Outside("the peer's question", func() {
			_, _ = b.Write([]byte("question"))
			_ = b.(*net.TCPConn).CloseWrite()
		})
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "question", string(got))
		writeString(t, c, "answer")
		require.NoError(t, c.Close())
		go func() {
			got, _ := io.ReadAll(b)
			answer <- string(got)
		}()
	})
	require.Equal(t, "answer", <-answer)
}

// Close after CloseWrite does not wait for the peer.
func TestImportCloseAfterHalfClose(t *testing.T) {
	a, b := loopback(t)
	w := sim.New()
	run(t, w, func() {
		c := w.Import("socket", a)
		require.NoError(t, c.(closeWriter).CloseWrite())
		w.Outside("the peer's end of reading", func() {
			_, err := b.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF)
		})
		w.Sleep(ms)
		require.NoError(t, c.Close())
		require.Empty(t, w.Waits())
	})
}

// What was written arrives, however the world ends, and the socket is closed.
func TestImportAtTheEndOfTheWorld(t *testing.T) {
	for name, end := range map[string]func(w *sim.World, c net.Conn){
		"main closes":                func(w *sim.World, c net.Conn) { _ = c.Close() },
		"main returns at once":       func(*sim.World, net.Conn) {},
		"main returns a little late": func(w *sim.World, c net.Conn) { w.Yield() },
		"main panics":                func(*sim.World, net.Conn) { panic("boom") },
		"a timer closes":             func(w *sim.World, c net.Conn) { w.After(0, func() { _ = c.Close() }); w.Sleep(ms) },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := loopback(t)
			w := sim.New(sim.RealTime())
			_ = panicOf(func() {
				_ = w.Run(func() {
					c := w.Import("socket", a)
					writeString(t, c, "the last words")
					end(w, c)
				})
			})
			_ = b.SetReadDeadline(time.Now().Add(10 * time.Second))
			got, err := io.ReadAll(b)
			require.NoError(t, err)
			require.Equal(t, "the last words", string(got))
			_, err = a.Write([]byte{1})
			require.ErrorIs(t, err, net.ErrClosed)
		})
	}
}

// A peer that takes nothing keeps neither Close nor the end of the world waiting
// for ever.
func TestImportOfAPeerThatTakesNothing(t *testing.T) {
	for _, closes := range []bool{true, false} {
		t.Run(fmt.Sprint("closes ", closes), func(t *testing.T) {
			t.Parallel() // takes a second
			a, b := net.Pipe()
			w := sim.New()
			run(t, w, func() {
				c := w.Import("socket", a)
				writeString(t, c, "unheard")
				w.Sleep(ms)
				if closes {
					require.NoError(t, c.Close())
				}
			})
			_, err := b.Read(make([]byte, 10))
			require.ErrorIs(t, err, io.EOF)
			_ = b.Close()
		})
	}
}
