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
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
)

type closeWriter interface{ CloseWrite() error }

// readString reads once.
func readString(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	buf := make([]byte, n)
	n, err := c.Read(buf)
	require.NoError(t, err)
	return string(buf[:n])
}

func writeString(t *testing.T, c net.Conn, s string) {
	t.Helper()
	n, err := c.Write([]byte(s))
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

func TestPipeKeepsBytesAndNotWrites(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("p")
		writeString(t, a, "hello ")
		writeString(t, a, "world")
		require.Equal(t, "hel", readString(t, b, 3))
		require.Equal(t, "lo world", readString(t, b, 100))
		writeString(t, b, "back") // the other way
		require.Equal(t, "back", readString(t, a, 100))
	})
	require.Zero(t, w.Now())
}

func TestPipeReaderWaits(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("p")
		w.Go("writer", func() {
			w.Sleep(ms)
			writeString(t, a, "abcdef") // 4 to the reader's buffer, 2 kept
			writeString(t, a, "gh")
		})
		require.Equal(t, "abcd", readString(t, b, 4))
		require.Equal(t, ms, w.Now())
		require.Equal(t, "efgh", readString(t, b, 10))
	})
}

func TestPipeWriterWaitsForRoom(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.PipeSize("p", 8)
		sent := false
		w.Go("writer", func() {
			writeString(t, a, "0123456789abcdefghij")
			sent = true
		})
		w.Sleep(ms)
		require.Equal(t, "01234567", readString(t, b, 100), "8 are kept")
		require.False(t, sent)
		w.Sleep(ms)
		require.Equal(t, "89abcde", readString(t, b, 7))
		w.Sleep(ms)
		require.True(t, sent)
		require.Equal(t, "fghij", readString(t, b, 100))
	})
}

func TestPipeEnds(t *testing.T) {
	closeA := func(a, b net.Conn) { _ = a.Close() }
	closeB := func(a, b net.Conn) { _ = b.Close() }
	halfA := func(a, b net.Conn) { _ = a.(closeWriter).CloseWrite() }
	halfB := func(a, b net.Conn) { _ = b.(closeWriter).CloseWrite() }
	for _, c := range []struct {
		name        string
		end         func(a, b net.Conn)
		read, write error // of a
		unread      bool  // a still reads what b wrote before
	}{
		{"own close", closeA, net.ErrClosed, net.ErrClosed, false},
		{"peer's close", closeB, io.EOF, io.ErrClosedPipe, true},
		{"own half close", halfA, os.ErrDeadlineExceeded, net.ErrClosed, true},
		{"peer's half close", halfB, io.EOF, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			run(t, w, func() {
				a, b := w.Pipe("p")
				writeString(t, b, "unread")
				_ = a.SetReadDeadline(w.Time().Add(time.Second))
				c.end(a, b)
				c.end(a, b) // again: nothing changes
				if c.unread {
					require.Equal(t, "unread", readString(t, a, 100))
				}
				_, err := a.Read(make([]byte, 1))
				require.ErrorIs(t, err, c.read)
				_, err = a.Write([]byte{1})
				require.ErrorIs(t, err, c.write)
			})
		})
		t.Run(c.name+" while both wait", func(t *testing.T) {
			w := sim.New()
			run(t, w, func() {
				a, b := w.PipeSize("p", 1)
				_ = a.SetDeadline(w.Time().Add(time.Second))
				ended := 0
				w.Go("reader", func() {
					_, err := a.Read(make([]byte, 1))
					require.ErrorIs(t, err, c.read)
					ended++
				})
				w.Go("writer", func() {
					n, err := a.Write([]byte{1, 2, 3})
					require.Equal(t, 1, n)
					if c.write == nil {
						require.ErrorIs(t, err, os.ErrDeadlineExceeded)
					} else {
						require.ErrorIs(t, err, c.write)
					}
					ended++
				})
				w.Sleep(ms)
				c.end(a, b)
				w.Sleep(2 * time.Second)
				require.Equal(t, 2, ended)
			})
		})
	}
}

func TestPipeDeadlines(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(w *sim.World, a net.Conn)
		at   time.Duration // when read and write give up
	}{
		{"ahead", func(w *sim.World, a net.Conn) { _ = a.SetDeadline(w.Time().Add(7 * ms)) }, 7 * ms},
		{"now", func(w *sim.World, a net.Conn) { _ = a.SetDeadline(w.Time()) }, 0},
		{"long past", func(w *sim.World, a net.Conn) { _ = a.SetDeadline(time.Unix(1, 0)) }, 0},
		{"each its own", func(w *sim.World, a net.Conn) {
			_ = a.SetReadDeadline(w.Time().Add(3 * ms))
			_ = a.SetWriteDeadline(w.Time().Add(3 * ms))
		}, 3 * ms},
		{"brought forward while waiting", func(w *sim.World, a net.Conn) {
			_ = a.SetDeadline(w.Time().Add(time.Hour))
			w.After(4*ms, func() { _ = a.SetDeadline(w.Time().Add(2 * ms)) })
		}, 6 * ms},
		{"put off while waiting", func(w *sim.World, a net.Conn) {
			_ = a.SetDeadline(w.Time().Add(5 * ms))
			w.After(4*ms, func() { _ = a.SetDeadline(w.Time().Add(20 * ms)) })
		}, 24 * ms},
		{"put into the past while waiting", func(w *sim.World, a net.Conn) {
			w.After(4*ms, func() { _ = a.SetDeadline(time.Unix(1, 0)) })
		}, 4 * ms},
		{"taken away while waiting", func(w *sim.World, a net.Conn) {
			_ = a.SetDeadline(w.Time().Add(5 * ms))
			w.After(4*ms, func() { _ = a.SetDeadline(time.Time{}) })
			w.After(time.Hour, func() { _ = a.SetDeadline(w.Time()) })
		}, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			run(t, w, func() {
				a, b := w.PipeSize("p", 4)
				writeString(t, a, "full")
				done := w.NewCond("both")
				left := 2
				check := func(err error) {
					require.ErrorIs(t, err, os.ErrDeadlineExceeded)
					var ne net.Error
					require.ErrorAs(t, err, &ne)
					require.True(t, ne.Timeout())
					require.Equal(t, c.at, w.Now())
					left--
					done.Signal()
				}
				c.set(w, a)
				w.Go("reader", func() {
					_, err := a.Read(make([]byte, 1))
					check(err)
				})
				w.Go("writer", func() {
					n, err := a.Write([]byte("more"))
					require.Zero(t, n)
					check(err)
				})
				done.WaitFor(sim.Never, func() bool { return left == 0 })

				// A deadline past fails even what need not wait; a new one heals.
				writeString(t, b, "in")
				_, err := a.Read(make([]byte, 2))
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.Equal(t, "full", readString(t, b, 4))
				_, err = a.Write([]byte("x"))
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				_ = a.SetDeadline(time.Time{})
				require.Equal(t, "in", readString(t, a, 2))
				writeString(t, a, "x")
			})
		})
	}
}

// A write is in one piece, however many write, and nobody is kept out for ever.
func TestPipeWritesAreWholeAndFair(t *testing.T) {
	w := sim.New()
	a, b := w.PipeSize("p", 7)
	for _, name := range []string{"A", "B", "C"} {
		w.Go(name, func() {
			for range 3 {
				writeString(t, a, strings.Repeat(name, 10))
			}
		})
	}
	var got []byte
	run(t, w, func() {
		buf := make([]byte, 4)
		for len(got) < 90 {
			n, err := b.Read(buf)
			require.NoError(t, err)
			got = append(got, buf[:n]...)
			w.Sleep(ms)
		}
	})
	require.Equal(t, strings.Repeat("AAAAAAAAAABBBBBBBBBBCCCCCCCCCC", 3), string(got))
}

// A writer who gives up lets the next one have his turn.
func TestPipeWriterGivesUpHisTurn(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.PipeSize("p", 2)
		_ = a.SetWriteDeadline(w.Time().Add(5 * ms))
		for i, name := range []string{"first", "second"} {
			w.Go(name, func() {
				n, err := a.Write([]byte("abcd"))
				require.Equal(t, 2-2*i, n)
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.Equal(t, 5*ms, w.Now())
				w.Sleep(ms)
				_ = a.SetWriteDeadline(time.Time{})
				writeString(t, a, strings.Repeat(name[:1], 4))
			})
		}
		w.Sleep(10 * ms)
		for _, want := range []string{"ab", "ff", "ff", "ss", "ss"} {
			require.Equal(t, want, readString(t, b, 10))
			w.Sleep(ms)
		}
	})
}

// Several readers share what comes; none sleeps while there is something.
func TestPipeSeveralReaders(t *testing.T) {
	for _, c := range []struct {
		name  string
		write []string
		want  string // reader:bytes
	}{
		{"one write for all", []string{"aabbcc"}, "1:aa 2:bb 3:cc"},
		{"one write for each", []string{"aa", "bb", "cc"}, "1:aa 2:bb 3:cc"},
		{"byte by byte", []string{"a", "a", "b", "b", "c", "c"}, "1:aa 2:bb 3:cc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sim.New()
			var got []string
			run(t, w, func() {
				a, b := w.Pipe("p")
				for i := range 3 {
					w.Go(fmt.Sprint(i), func() {
						got = append(got, fmt.Sprintf("%d:%s", i+1, readString(t, b, 2)))
					})
				}
				w.Sleep(ms)
				for _, s := range c.write {
					writeString(t, a, s)
				}
				w.Sleep(ms)
			})
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

// The reader whose buffer was filled is the one to be woken, also if another
// waits ahead of him.
func TestPipeWakesTheReaderItFilled(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("p")
		var got []string
		reader := func(name string) {
			w.Go(name, func() { got = append(got, name+" "+readString(t, b, 1)) })
			w.Sleep(ms)
		}
		reader("first")  // lends his buffer
		reader("second") // waits behind him
		writeString(t, a, "x")
		w.Sleep(ms)
		reader("third") // lends his buffer, and waits behind second
		writeString(t, a, "y")
		w.Sleep(ms)
		writeString(t, a, "z")
		w.Sleep(ms)
		require.Equal(t, []string{"first x", "third y", "second z"}, got)
	})
}

// A reader stopped with the end of a run takes nothing with him.
func TestPipeOutlivesItsReader(t *testing.T) {
	w := sim.New()
	a, b := w.PipeSize("p", 2)
	w.Go("reader", func() { _, _ = b.Read(make([]byte, 10)) })
	w.Go("writer", func() { _, _ = b.Write([]byte("abc")) })
	run(t, w, func() { w.Sleep(ms) })
	run(t, w, func() {
		w.Go("writer", func() { writeString(t, a, "data") })
		w.Yield()
		require.Equal(t, "da", readString(t, b, 10))
		w.Yield()
		require.Equal(t, "ta", readString(t, b, 10))
		require.Equal(t, "ab", readString(t, a, 10))
		writeString(t, b, "d") // whoever was in the middle of a write is gone
		require.Equal(t, "d", readString(t, a, 10))
	})
}

func TestPipeEmptyReadsAndWrites(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.PipeSize("p", 0) // holds one byte: the least there is
		n, err := b.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
		writeString(t, a, "")
		writeString(t, a, "x")
		require.Equal(t, "x", readString(t, b, 9))
		_ = b.Close()
		_, err = a.Write(nil)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		_, err = b.Read(nil)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestPipeAddresses(t *testing.T) {
	a, b := sim.New().Pipe("iap2")
	for _, addr := range []net.Addr{a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr()} {
		require.Equal(t, "sim", addr.Network())
		require.Equal(t, "iap2", addr.String())
	}
}

// A pipe against a bytes.Buffer, with rings that wrap around and grow.
func TestPipeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(4000, 20_000)).Draw(t, "size")
		amount := rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(1, size))
		w := sim.New()
		runRapid(t, w, func() {
			a, b := w.PipeSize("p", size)
			var model bytes.Buffer
			next := byte(0)
			t.Repeat(map[string]func(*rapid.T){
				"write": func(t *rapid.T) {
					p := make([]byte, amount.Draw(t, "n"))
					for i := range p {
						next += 7
						p[i] = next
					}
					_ = a.SetWriteDeadline(w.Time().Add(ms))
					n, err := a.Write(p)
					want := min(len(p), size-model.Len())
					if n != want || (err == nil) != (want == len(p)) {
						t.Fatalf("Write of %d with %d of %d kept: %d, %v", len(p), model.Len(), size, n, err)
					}
					model.Write(p[:n])
				},
				"read": func(t *rapid.T) {
					p := make([]byte, amount.Draw(t, "n"))
					_ = b.SetReadDeadline(w.Time().Add(ms))
					n, err := b.Read(p)
					if model.Len() == 0 {
						if n != 0 || err == nil {
							t.Fatalf("Read of nothing: %d, %v", n, err)
						}
						return
					}
					want := model.Next(len(p))
					if err != nil || !bytes.Equal(p[:n], want) {
						t.Fatalf("Read: %x, %v; want %x", p[:n], err, want)
					}
				},
			})
		})
	})
}
