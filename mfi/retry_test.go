package mfi_test

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

// What was not acknowledged is repeated, and only that.
func TestOnlyWhatWasNACKedIsRepeated(t *testing.T) {
	nack := mfi.ErrNACK
	bus := &scriptedBus{data: 2, script: []error{
		nack, nack, // nobody there
		nack, nil, // asleep, then awake
		nack, nack, nil, // the read is repeated alone
		nack, nil, // the write is repeated
		nack, nil,
	}}
	c, err := mfi.Open(bus, &chip.VirtualClock{}, mfi.Options{AcceptUnknownVersion: true})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"10 W 00", "10 W 00",
		"11 W 00", "11 W 00",
		"11 R 1", "11 R 1", "11 R 1",
		"11 W 02", "11 W 02",
		"11 R 1", "11 R 1",
	}, bus.asked)
	assert.EqualValues(t, 0x11, c.Addr())
	assert.Equal(t, "MFi 2.0 at 0x11", c.String())
}

// Adapters report a NACK in many ways, and periph.io hides which. All of them are worth another attempt.
func TestErrorsThatCannotBeToldApartAreRetried(t *testing.T) {
	for _, nack := range []error{
		mfi.ErrNACK, syscall.ENXIO, errors.New("remote I/O error"), syscall.EIO, syscall.ETIMEDOUT, errors.New("sysfs-i2c: input/output error"),
	} {
		bus := &scriptedBus{data: 3, script: []error{nil, nack, nack, nil, nack}}
		_, err := mfi.Open(bus, &chip.VirtualClock{}, mfi.Options{AcceptUnknownVersion: true})
		assert.NoError(t, err, "%v", nack)
	}
}

func TestABusThatIsGoneIsNotRetried(t *testing.T) {
	for _, gone := range []error{mfi.ErrGone, syscall.ENODEV, syscall.ENOENT, os.ErrClosed, fmt.Errorf("open: %w", syscall.ENODEV)} {
		for at := range 4 {
			bus := &scriptedBus{data: 3, script: append(make([]error, at), gone)}
			_, err := mfi.Open(bus, &chip.VirtualClock{}, mfi.Options{})
			require.ErrorIs(t, err, mfi.ErrGone)
			require.ErrorIs(t, err, gone)
			assert.Len(t, bus.asked, at+1)
		}
	}
}

func TestRetriesEndAtTheDeadline(t *testing.T) {
	clock := &chip.VirtualClock{}
	bus := &scriptedBus{data: 2}
	c, err := mfi.Open(bus, clock, mfi.Options{AcceptUnknownVersion: true, Timeout: 100 * ms, RetryInterval: 3 * ms})
	require.NoError(t, err)
	for range 1000 {
		bus.script = append(bus.script, mfi.ErrNACK)
	}
	before, asked := clock.Now(), len(bus.asked)
	_, err = c.SystemEventCounter()
	require.ErrorIs(t, err, mfi.ErrTimeout)
	assert.Equal(t, 100*ms, clock.Now()-before)
	assert.Equal(t, 35, len(bus.asked)-asked, "each 3 ms, and once at the deadline")
	assert.EqualError(t, err, "mfi: event counter: read, register 0x4D (system event counter) at address 0x10: no answer before the deadline: "+
		"not acknowledged: 35 attempts; check the chip's power and its RST line, then power it off and on")
	var e *mfi.OpError
	require.ErrorAs(t, err, &e)
	assert.True(t, e.Timeout())
}

// The write and the read share one deadline.
func TestOneDeadlineForARegister(t *testing.T) {
	clock := &chip.VirtualClock{}
	bus := &scriptedBus{data: 2}
	c, err := mfi.Open(bus, clock, mfi.Options{AcceptUnknownVersion: true, Timeout: 10 * ms, RetryInterval: ms})
	require.NoError(t, err)
	for i := range 100 {
		var answer error
		if i != 8 {
			answer = mfi.ErrNACK
		}
		bus.script = append(bus.script, answer)
	}
	before := clock.Now()
	_, err = c.SystemEventCounter()
	require.ErrorIs(t, err, mfi.ErrTimeout)
	assert.Equal(t, 10*ms, clock.Now()-before)
}

// A USB bridge with 3 ms a transfer and 12 ms after a NACK works with real chips (redline-labs/digital_dashboard).
func TestASlowBridgeWorks(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		bus := &slowBus{Bus: b.bus, clock: b.clock, transfer: 3 * ms, recovery: 12 * ms}
		c, err := mfi.Open(bus, b.clock, mfi.Options{})
		require.NoError(t, err)
		_, err = c.Sign(make([]byte, g.ChallengeSize()))
		require.NoError(t, err)
		_, err = c.Certificate()
		require.NoError(t, err)
	})
}

// One that recovers for longer than the chip stays awake can never wake it, and the error says so.
func TestABridgeThatRecoversTooSlowlyIsNamed(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	bus := &slowBus{Bus: b.bus, clock: b.clock, recovery: 40 * ms}
	_, err := mfi.Open(bus, b.clock, mfi.Options{})
	require.ErrorIs(t, err, mfi.ErrNoChip)
	assert.Contains(t, err.Error(), "an attempt took 40.11ms, longer than the chip stays awake (30ms): "+
		"use an adapter that recovers faster from a NACK, or look for what holds the clock low")
}

func TestTraceShowsEveryAttempt(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	var acked, nacked int
	var last time.Duration
	c := b.open(t, mfi.Options{Trace: func(a mfi.Attempt) {
		assert.GreaterOrEqual(t, a.Start, last)
		assert.Greater(t, a.End, a.Start)
		last = a.End
		if a.Err == nil {
			acked++
		} else {
			nacked++
		}
	}})
	assert.Equal(t, 4, acked)
	assert.Positive(t, nacked)
	assert.Equal(t, mfi.Gen30, c.Generation())
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		opts    mfi.Options
		message string
	}{
		{mfi.Options{Timeout: -1}, "Timeout is -1ns, want a positive duration"},
		{mfi.Options{SignTimeout: -1}, "SignTimeout is -1ns, want a positive duration"},
		{mfi.Options{RetryInterval: 30 * ms}, "RetryInterval is 30ms, but the chip may sleep again after 30ms; choose less"},
		{mfi.Options{PollInterval: time.Second}, "PollInterval is 1s, but the chip may sleep again after 30ms; choose less"},
		{mfi.Options{ChunkSize: -1}, "ChunkSize is -1, want a positive number of bytes"},
		{mfi.Options{Style: 4}, "Style is 4, want PageByPage, WholeRead, Continued or Chunked"},
	} {
		_, err := mfi.Open(&scriptedBus{}, &chip.VirtualClock{}, tt.opts)
		require.ErrorIs(t, err, mfi.ErrOptions)
		assert.EqualError(t, err, "mfi: open: invalid option: "+tt.message)
	}
}
