package mfi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
)

var _ mfi.Clock = (*sim.World)(nil)

// Two processes of a world use two chips on one bus at the same time. Their transfers interleave and do not mix.
func TestTwoProcessesShareABus(t *testing.T) {
	run := func() (trace []string, elapsed time.Duration) {
		w := sim.New(sim.Seed(1))
		bus := chip.NewBus(w,
			newBench(t, mfi.Gen30, nil).chip,
			newBench(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true }).chip)
		bus.Trace = func(t chip.Transaction) { trace = append(trace, t.String()) }
		done := 0
		for _, part := range []struct {
			addr uint16
			g    mfi.Generation
		}{{0x10, mfi.Gen30}, {0x11, mfi.Gen20}} {
			w.Go(part.g.String(), func() {
				c, err := mfi.Open(bus, w, mfi.Options{Addresses: []uint16{part.addr}})
				require.NoError(t, err)
				blob, err := c.Certificate()
				require.NoError(t, err)
				challenge := make([]byte, part.g.ChallengeSize())
				response, err := c.Sign(challenge)
				require.NoError(t, err)
				assert.NoError(t, testca.Verifier{}.VerifyResponse(blob, challenge, response))
				done++
				elapsed = w.Now()
			})
		}
		require.NoError(t, w.Run(func() { w.Sleep(10 * time.Second) }))
		assert.Equal(t, 2, done)
		return trace, elapsed
	}
	trace, elapsed := run()
	again, _ := run()
	assert.Equal(t, trace, again, "the same seed, the same transfers")
	assert.Less(t, elapsed, time.Second, "one after the other would take longer than both signatures and both certificates")
	mixed := 0
	for i := 1; i < len(trace); i++ {
		if addressOf(trace[i]) != addressOf(trace[i-1]) {
			mixed++
		}
	}
	assert.Greater(t, mixed, 10, "they did take turns")
}

// addressOf is the address in a line such as "1.2ms S 10 W ACK".
func addressOf(line string) string {
	for i := 0; i+3 < len(line); i++ {
		if line[i] == 'S' && line[i+1] == ' ' {
			return line[i+2 : i+4]
		}
	}
	return ""
}
