package session_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

// more than one period of the pattern, and no multiple of any buffer
const patternBytes = 2_500_001

func TestPatternIsTheSameHoweverItIsRead(t *testing.T) {
	whole, err := io.ReadAll(io.LimitReader(&session.Pattern{}, patternBytes))
	require.NoError(t, err)
	pieces, err := io.ReadAll(iotest.OneByteReader(io.LimitReader(&session.Pattern{}, patternBytes)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, pieces))

	var check session.Pattern
	for rest := whole; len(rest) > 0; rest = rest[min(4099, len(rest)):] {
		require.NoError(t, check.Check(rest[:min(4099, len(rest))]))
	}
	sum := sha256.Sum256(whole)
	require.Equal(t, hex.EncodeToString(sum[:]), session.PatternHash(patternBytes))
}

// The pattern is part of every trace: a change of it changes them all.
func TestPatternIsFixed(t *testing.T) {
	require.Equal(t, "93460ecc7883f721ca43a515d0b465aea251e2ea8d7856b8d0a17b4ad9fb9d84", session.PatternHash(1<<20))
}

func TestPatternCheckSaysWhereItDiffers(t *testing.T) {
	good := make([]byte, 100)
	(&session.Pattern{}).Read(good)
	for name, spoil := range map[string]func([]byte) []byte{
		"lost":     func(b []byte) []byte { return append(b[:40], b[41:]...) },
		"repeated": func(b []byte) []byte { return append(b[:40], append([]byte{b[39]}, b[40:]...)...) },
		"changed":  func(b []byte) []byte { b[40] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			err := new(session.Pattern).Check(spoil(bytes.Clone(good)))
			require.ErrorContains(t, err, "byte 40 of this piece")
		})
	}
}

func TestSourceWritesSoMuchAndNoMore(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, session.Source(&out, 200_000))
	require.Equal(t, 200_000, out.Len())
	require.NoError(t, new(session.Pattern).Check(out.Bytes()))

	out.Reset()
	require.NoError(t, session.Source(&out, 0))
	require.Zero(t, out.Len())

	broken := errors.New("broken")
	require.Equal(t, broken, session.Source(failing{broken}, 10))
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A source over a transport that buffers is done when the transport is.
func TestSourceFlushes(t *testing.T) {
	var f flusher
	require.NoError(t, session.Source(&f, 100))
	require.Equal(t, 100, f.atFlush)
	f.err = errors.New("late failure")
	require.Equal(t, f.err, session.Source(&f, 100))
}

type flusher struct {
	bytes.Buffer
	atFlush int
	err     error
}

func (f *flusher) Flush() error {
	f.atFlush = f.Len()
	return f.err
}

func TestSinkCountsWhatCame(t *testing.T) {
	broken := errors.New("broken")
	text := bytes.Repeat([]byte("x"), 100_000)
	for name, c := range map[string]struct {
		in   io.Reader
		n    int64
		want int64
		err  error
	}{
		"until the stream ends":     {bytes.NewReader(text), 0, 100_000, nil},
		"so many":                   {iotest.OneByteReader(bytes.NewReader(text)), 777, 777, nil},
		"fewer than asked for":      {bytes.NewReader(text), 1 << 20, 100_000, nil},
		"data with the end":         {iotest.DataErrReader(bytes.NewReader(text)), 0, 100_000, nil},
		"until the stream breaks":   {io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)), 0, 100_000, broken},
		"nothing before the breach": {iotest.ErrReader(broken), 5, 0, broken},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := session.Sink(c.in, c.n)
			require.Equal(t, c.want, got)
			require.Equal(t, c.err, err)
		})
	}
}

func TestEchoUntilTheEnd(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		near, far := w.Pipe("echo")
		var err error
		ended := false
		w.Go("echo", func() {
			err = session.Echo(near)
			ended = true
		})
		far.Write([]byte("hello"))
		require.Equal(t, "hello", read(t, far, 5))
		far.Close()
		w.Sleep(time.Second)
		require.True(t, ended)
		require.NoError(t, err)
	})
}

func TestEchoReportsWhatBreaksIt(t *testing.T) {
	broken := errors.New("broken")
	type rw struct {
		io.Reader
		io.Writer
	}
	require.Equal(t, broken, session.Echo(rw{iotest.ErrReader(broken), io.Discard}))
	require.Equal(t, broken, session.Echo(rw{bytes.NewReader([]byte("x")), failing{broken}}))
}

// Both directions run at once: neither side reads before it has written all
// would be a deadlock, as no pipe holds so much.
func TestDuplex(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		near, far := w.Pipe("duplex")
		var echoed error
		w.Go("echo", func() { echoed = session.Echo(far) })
		require.NoError(t, session.Duplex(w, near, 1<<20))
		near.Close()
		w.Sleep(time.Second)
		require.NoError(t, echoed)
	})
}

func TestDuplexThatEndsEarly(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		near, far := w.Pipe("duplex")
		w.Go("half", func() {
			io.CopyN(far, far, 1000)
			session.Sink(far, 9000)
			far.Close()
		})
		require.ErrorIs(t, session.Duplex(w, near, 10_000), io.ErrUnexpectedEOF)
	})
}

func TestDuplexTellsDamage(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		near, far := w.Pipe("duplex")
		w.Go("damage", func() {
			buf := make([]byte, 1000)
			for i := 0; ; i++ {
				n, err := io.ReadFull(far, buf)
				if err != nil {
					return
				}
				if i == 7 {
					buf[5] ^= 1
				}
				far.Write(buf[:n])
			}
		})
		err := session.Duplex(w, near, 1<<20)
		require.ErrorContains(t, err, "damaged")
		require.ErrorContains(t, err, "the pattern has")
		near.Close()
	})
}
