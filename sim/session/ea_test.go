package session

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// What an app has read is not kept, even where it never catches up with what
// arrives.
func TestReadBytesAreGivenBack(t *testing.T) {
	w := sim.New()
	require.NoError(t, w.Run(func() {
		c := EASession{s: &IAP2{}, counted: true}
		c.readable.Init(w, "data")
		piece := make([]byte, 1000)
		buf := make([]byte, 1000)
		var sent, got Pattern
		sent.Read(piece)
		c.keep(piece) // always this much ahead of the reader
		for range 10_000 {
			sent.Read(piece)
			c.keep(piece)
			n, err := c.Read(buf)
			require.NoError(t, err)
			require.Equal(t, 1000, n)
			require.NoError(t, got.Check(buf))
		}
		require.Less(t, cap(c.buf), 10_000)
		require.Equal(t, len(piece), c.s.kept)
	}))
}

func TestReadAfterTheEnd(t *testing.T) {
	w := sim.New()
	require.NoError(t, w.Run(func() {
		var c EASession
		c.readable.Init(w, "data")
		c.keep([]byte("rest"))
		c.fail(io.EOF)
		c.fail(io.ErrClosedPipe) // the first reason stays
		n, err := c.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
		got, err := io.ReadAll(&c)
		require.NoError(t, err)
		require.Equal(t, "rest", string(got))
	}))
}
