package trace_test

import (
	"bufio"
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fixture reads a file of event lines, each time counted from the line before.
func fixture(t testing.TB, name string) []sim.Event {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	var events []sim.Event
	var now time.Duration
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			l, err := trace.ParseLine(line)
			require.NoError(t, err, line)
			e := l.Event(now)
			e.Seq = uint64(len(events) + 1)
			now = e.At
			events = append(events, e)
		}
	}
	require.NotEmpty(t, events)
	return events
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run go test -update")
	require.Equal(t, string(want), string(got))
}
