//go:build linux

package lab

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// heard is a machine that has heard a guest say something, and why it would have
// killed the guest.
func heard(t testing.TB, said string) (*Machine, error) {
	ours, theirs, err := socketPair()
	require.NoError(t, err)
	defer ours.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	m := &Machine{control: ours, cancel: cancel, ready: make(chan struct{}),
		jobs: map[int]*Job{1: {ended: make(chan struct{})}, 2: {ended: make(chan struct{})}}}
	written := make(chan struct{})
	go func() {
		defer close(written)
		theirs.WriteString(said)
		theirs.Close()
	}()
	m.listen()
	for buffer := make([]byte, 1024); ; { // what it would not hear
		if _, err := ours.Read(buffer); err != nil {
			break
		}
	}
	<-written
	return m, context.Cause(ctx)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestListen(t *testing.T) {
	m, err := heard(t, "ready\nended 2 137\nended 7 0\nbye\n")
	require.NoError(t, err)
	require.True(t, closed(m.ready))
	require.True(t, m.end.bye)
	require.Len(t, m.jobs, 1, "the other one has ended")

	m, err = heard(t, "failed cannot load module x: not found\n")
	require.Equal(t, ErrSetup, err)
	require.Equal(t, "cannot load module x: not found", m.end.reason)
	require.False(t, closed(m.ready))

	_, err = heard(t, strings.Repeat("x", 1<<20))
	require.EqualError(t, err, "the guest's report: bufio.Scanner: token too long")
}

// Nothing that a guest says makes us panic or hang.
func FuzzListen(f *testing.F) {
	for _, said := range []string{"", "ready\nready\n", "ended 1 0\nended 1 0\n", "ended x y\n", "ended 1\n", "ended 99999999999999999999 1\n", "bye", "failed\n"} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		m, _ := heard(t, said)
		require.LessOrEqual(t, len(m.jobs), 2)
	})
}

// A request to a guest that is gone says how it went.
func TestSendToNobody(t *testing.T) {
	ours, theirs, err := socketPair()
	require.NoError(t, err)
	theirs.Close()
	defer ours.Close()
	m := &Machine{control: ours, gone: make(chan struct{}), err: &Error{Err: ErrPanic}}
	close(m.gone)
	require.ErrorIs(t, m.send("run", 1), ErrPanic)
	_, err = m.Go(Command{Args: []string{"true"}})
	require.ErrorIs(t, err, ErrPanic)
}
