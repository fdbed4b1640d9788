package i2c

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fakeClock struct{ now time.Duration }

func (c *fakeClock) Now() time.Duration    { return c.now }
func (c *fakeClock) Sleep(d time.Duration) { c.now += d }

// newBare is a bus whose kernel takes everything and writes nothing down.
func newBare(t testing.TB) *Bus {
	b, err := newBus("/dev/i2c-7", &bareKernel{fakeKernel{functions: 1}})
	require.NoError(t, err)
	return b
}

// While a process waits for the bus others go on, and observers see what passed.
func TestInWorld(t *testing.T) {
	release := make(chan struct{})
	k := &fakeKernel{fill: []byte{7}, transfer: func() { <-release }}
	k.errors = []error{nil, nil, nil, syscall.ENXIO}
	raw := k.open(t)
	w := sim.New(sim.RealTime())
	bus, err := InWorld(w, raw, "headunit")
	require.NoError(t, err)
	assert.Equal(t, "/dev/i2c-7", bus.String())
	assert.Error(t, bus.SetSpeed(1))

	var events []string
	w.Observe(func(e *sim.Event) {
		line := fmt.Sprintf("%s %s %s % X", e.Who, e.Layer, e.Kind, e.Data)
		for _, f := range e.Fields {
			line += " " + f.Key + "=" + f.Value()
		}
		events = append(events, line)
	})
	require.NoError(t, w.Run(func() {
		done := false
		w.Go("other", func() {
			assert.False(t, done, "the transfer waits for us")
			close(release)
		})
		require.NoError(t, bus.Tx(0x10, []byte{0}, nil))
		done = true
		require.NoError(t, bus.Tx(0x10, nil, make([]byte, 1)))
		require.ErrorIs(t, bus.Tx(0x10, []byte{4}, make([]byte, 2)), syscall.ENXIO)
	}))
	assert.Equal(t, []string{
		"headunit i2c write 00 peer=chip addr=16 ack=1 restart=0",
		"headunit i2c read 07 peer=chip addr=16 ack=1 restart=0",
		"headunit i2c write  peer=chip addr=16 ack=0 restart=0 errno=6",
		"headunit i2c read  peer=chip addr=16 ack=0 restart=1 errno=6",
	}, events)
}

func TestARealBusNeedsARealClock(t *testing.T) {
	_, err := InWorld(sim.New(), (&fakeKernel{}).open(t), "headunit")
	require.ErrorIs(t, err, ErrVirtual)
	assert.EqualError(t, err, "i2c: /dev/i2c-7: a real bus does not follow a virtual clock: make the world with sim.RealTime")
}
