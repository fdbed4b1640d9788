package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// phone makes a phone in a world of its own.
func phone(t testing.TB, o state.Options) (*sim.World, *state.State) {
	t.Helper()
	w := sim.New()
	s, err := state.New(w, "phone", o)
	require.NoError(t, err)
	return w, s
}

// run runs main in the world.
func run(t testing.TB, w *sim.World, main func()) {
	t.Helper()
	require.NoError(t, w.Run(main))
}

// posted returns what notifications were posted from a position on.
func posted(s *state.State, from uint64) []string {
	var out []string
	for {
		name, next, ok := s.Notifications.Read(from)
		if !ok {
			return out
		}
		out = append(out, name)
		from = next
	}
}

const second = time.Second
