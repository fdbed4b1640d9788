package chip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

const (
	ms = time.Millisecond
	us = time.Microsecond
)

// bench is a chip on a bus of its own, with a host that does each transaction once and waits where it is told to.
type bench struct {
	t         *testing.T
	clock     *chip.VirtualClock
	chip      *chip.Chip
	bus       *chip.Bus
	accessory *testca.Accessory
	addr      uint16
}

// newBench switches a chip on and lets it power up. change may be nil.
func newBench(t *testing.T, g mfi.Generation, change func(*chip.Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: &chip.VirtualClock{}, accessory: testca.Test().MustIssue(g, 1)}
	cfg := chip.Config{Model: chip.ForGeneration(g), Identity: b.accessory}
	if change != nil {
		change(&cfg)
	}
	var err error
	b.chip, err = chip.New(cfg)
	require.NoError(t, err)
	b.bus = chip.NewBus(b.clock, b.chip)
	b.addr = b.chip.Address()
	b.wait(cfg.Model.Timing.PowerUp)
	return b
}

func (b *bench) wait(d time.Duration) { b.clock.Sleep(d) }

// write does one write and waits until the chip is no longer busy.
func (b *bench) write(bytes ...byte) {
	b.t.Helper()
	require.NoError(b.t, b.bus.Tx(b.addr, bytes, nil))
	for b.chip.Busy(b.clock.Now()) {
		b.wait(100 * us)
	}
}

// next reads n bytes at the pointer.
func (b *bench) next(n int) []byte {
	b.t.Helper()
	r := make([]byte, n)
	require.NoError(b.t, b.bus.Tx(b.addr, nil, r))
	return r
}

// read is a pointer write, a STOP and a read.
func (b *bench) read(reg mfi.Register, n int) []byte {
	b.t.Helper()
	b.write(byte(reg))
	return b.next(n)
}

func (b *bench) readByte(reg mfi.Register) byte {
	b.t.Helper()
	return b.read(reg, 1)[0]
}

// writeAll writes a register in full.
func (b *bench) writeAll(reg mfi.Register, data ...byte) {
	b.t.Helper()
	b.write(append([]byte{byte(reg)}, data...)...)
}

// sign does the whole sequence for the generation and returns the status.
func (b *bench) sign(challenge []byte) mfi.Status {
	b.t.Helper()
	b.writeAll(mfi.RegChallenge, challenge...)
	b.writeAll(mfi.RegControlStatus, 1)
	return mfi.Status(b.readByte(mfi.RegControlStatus))
}

func (b *bench) nacks(w, r []byte) {
	b.t.Helper()
	require.ErrorIs(b.t, b.bus.Tx(b.addr, w, r), mfi.ErrNACK)
}

func (b *bench) acks(w, r []byte) {
	b.t.Helper()
	require.NoError(b.t, b.bus.Tx(b.addr, w, r))
}

func both(t *testing.T, test func(*testing.T, mfi.Generation)) {
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		t.Run(g.String(), func(t *testing.T) { test(t, g) })
	}
}

func ptr[T any](v T) *T { return &v }
