package lockdown

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// The range of ports is gone around without meeting a port in use.
func TestServicePortsComeAround(t *testing.T) {
	w := sim.New()
	phone, err := state.New(w, "phone", state.Options{})
	require.NoError(t, err)
	p := New(phone, Config{}).Ports()
	const busy = 50500
	require.NoError(t, p.Listen(busy, "an app", nil))
	require.ErrorContains(t, p.Listen(busy, "another", nil), "belongs to an app")
	seen := map[uint16]int{}
	for range 13_000 {
		port, ok := p.once("service", 1, nil)
		require.True(t, ok)
		seen[port]++
		p.Close(port)
	}
	require.Len(t, seen, lastPort-firstPort, "all but the busy one")
	require.NotContains(t, seen, busy)
	require.Zero(t, p.single)
}
