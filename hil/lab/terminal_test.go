//go:build linux

package lab

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever the pieces in which it comes, a terminal shows what is before the
// mark, all of it, and nothing of the mark.
func TestTerminalShowsUpToTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours, theirs, err := socketPair()
		require.NoError(t, err)
		defer ours.Close()
		text := rapid.SliceOf(rapid.SampledFrom([]byte("ab\x1b]7\x07"))).Filter(func(b []byte) bool {
			return !bytes.Contains(append(b, endOfCommand[:len(endOfCommand)-1]...), endOfCommand)
		}).Draw(t, "text")
		cuts := rapid.SliceOfN(rapid.IntRange(1, 7), 1, 10).Draw(t, "cuts")

		term := &terminal{socket: ours}
		var screen bytes.Buffer
		ended, err := term.take(&screen)
		require.NoError(t, err)
		_, err = term.take(&screen)
		require.Equal(t, errTerminalTaken, err)
		over := make(chan struct{})
		go func() {
			defer close(over)
			term.show()
		}()
		rest := append(bytes.Clone(text), endOfCommand...)
		for i := 0; len(rest) > 0; i++ {
			n := min(len(rest), cuts[i%len(cuts)])
			theirs.Write(rest[:n])
			rest = rest[n:]
		}
		<-ended
		require.Equal(t, string(text), screen.String())
		theirs.Write([]byte("nobody sees it"))

		theirs.Close()
		<-over
		require.Equal(t, string(text), screen.String())
	})
}

// A guest that is gone shows what it wrote, half a mark included.
func TestTerminalOfAGuestThatIsGone(t *testing.T) {
	ours, theirs, err := socketPair()
	require.NoError(t, err)
	defer ours.Close()
	term := &terminal{socket: ours}
	var screen bytes.Buffer
	ended, err := term.take(&screen)
	require.NoError(t, err)
	theirs.Write([]byte("text\x1b]77"))
	theirs.Close()
	term.show()
	<-ended
	require.Equal(t, "text\x1b]77", screen.String())
}

func TestOverlap(t *testing.T) {
	for in, want := range map[string]int{"": 0, "x": 0, "xa": 1, "xab": 2, "xabc": 0, "ab": 2, "aab": 2, "aba": 1} {
		require.Equal(t, want, overlap([]byte(in), []byte("abc")), in)
	}
}
