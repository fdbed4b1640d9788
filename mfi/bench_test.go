package mfi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

const (
	ms = time.Millisecond
	us = time.Microsecond
)

// bench is a simulated chip on a simulated bus, asleep.
type bench struct {
	clock     *chip.VirtualClock
	chip      *chip.Chip
	bus       *chip.Bus
	accessory *testca.Accessory
}

// newBench makes a bench; change may be nil.
func newBench(t testing.TB, g mfi.Generation, change func(*chip.Config)) *bench {
	t.Helper()
	b := &bench{clock: &chip.VirtualClock{}, accessory: testca.Test().MustIssue(g, 1)}
	cfg := chip.Config{Model: chip.ForGeneration(g), Identity: b.accessory}
	if change != nil {
		change(&cfg)
	}
	var err error
	b.chip, err = chip.New(cfg)
	require.NoError(t, err)
	b.bus = chip.NewBus(b.clock, b.chip)
	b.clock.Sleep(10 * time.Second)
	return b
}

func (b *bench) open(t testing.TB, opts mfi.Options) *mfi.Coprocessor {
	t.Helper()
	c, err := mfi.Open(b.bus, b.clock, opts)
	require.NoError(t, err)
	return c
}

func both(t *testing.T, test func(*testing.T, mfi.Generation)) {
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		t.Run(g.String(), func(t *testing.T) { test(t, g) })
	}
}

func ptr[T any](v T) *T { return &v }

// slowBus is an adapter that takes its time around each transfer, and more after a NACK.
type slowBus struct {
	i2c.Bus
	clock    mfi.Clock
	transfer time.Duration
	recovery time.Duration
}

func (s *slowBus) Tx(addr uint16, w, r []byte) error {
	s.clock.Sleep(s.transfer)
	err := s.Bus.Tx(addr, w, r)
	if err != nil {
		s.clock.Sleep(s.recovery)
	}
	return err
}

// scriptedBus answers each transfer with the next error of its script, and notes what it was asked.
type scriptedBus struct {
	script []error
	asked  []string
	data   byte
}

func (s *scriptedBus) String() string                  { return "scripted" }
func (s *scriptedBus) SetSpeed(physic.Frequency) error { return nil }

func (s *scriptedBus) Tx(addr uint16, w, r []byte) error {
	s.asked = append(s.asked, describe(addr, w, r))
	for i := range r {
		r[i] = s.data
	}
	if len(s.script) == 0 {
		return nil
	}
	err := s.script[0]
	s.script = s.script[1:]
	return err
}
