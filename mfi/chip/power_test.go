package chip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

func TestRSTChoosesTheAddressAtPowerUp(t *testing.T) {
	for _, tt := range []struct {
		generation mfi.Generation
		high       bool
		want       uint16
	}{{mfi.Gen20, false, 0x10}, {mfi.Gen20, true, 0x11}, {mfi.Gen30, false, 0x10}, {mfi.Gen30, true, 0x10}} {
		b := newBench(t, tt.generation, func(c *chip.Config) { c.RSTHigh = tt.high })
		assert.Equal(t, tt.want, b.chip.Address())
		assert.EqualValues(t, tt.generation, b.readByte(mfi.RegProtocolMajor))
	}
}

func TestTheAddressIsSampledAtPowerUpOnly(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.chip.SetRST(b.clock.Now(), true)
	assert.EqualValues(t, 0x10, b.chip.Address())
	b.chip.PowerOff(b.clock.Now())
	b.wait(100 * ms)
	b.chip.PowerOn(b.clock.Now())
	assert.EqualValues(t, 0x11, b.chip.Address())
}

func TestALowPulseOnRSTResets(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true })
	b.writeAll(mfi.RegChallenge, 1, 2, 3)
	b.chip.SetRST(b.clock.Now(), false)
	b.chip.SetRST(b.clock.Now()+us, true)
	b.nacks(pointerToVersion, nil)
	b.wait(10 * ms)
	assert.Equal(t, []byte{0, 0, 0}, b.read(mfi.RegChallenge, 3))
	assert.EqualValues(t, 0x11, b.chip.Address())
}

func TestPowerLossResetsAllButTheEventCounter(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.EventCounter = 9 })
	b.writeAll(mfi.RegDeviceVersion, 1)
	b.writeAll(mfi.RegChallenge, 1, 2, 3)
	b.wait(2 * time.Second)
	b.chip.PowerOff(b.clock.Now())
	b.chip.PowerOff(b.clock.Now())
	b.wait(time.Hour)
	assert.EqualValues(t, 7, b.chip.EventCounter(b.clock.Now()), "it stands still without power")
	b.chip.PowerOn(b.clock.Now())
	b.chip.PowerOn(b.clock.Now())
	b.wait(10 * ms)
	assert.Equal(t, []byte{0, 0, 0}, b.read(mfi.RegChallenge, 3))
	assert.Zero(t, b.readByte(mfi.RegErrorCode))
	assert.EqualValues(t, 7, b.readByte(mfi.RegEventCounter))
}

func TestPowerLossEndsASignature(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	b.writeAll(mfi.RegChallenge, challengeFor(mfi.Gen30)...)
	b.acks([]byte{byte(mfi.RegControlStatus), 1}, nil)
	b.chip.PowerOff(b.clock.Now())
	b.chip.PowerOn(b.clock.Now())
	b.wait(time.Second)
	assert.Zero(t, b.readByte(mfi.RegControlStatus))
	assert.Equal(t, []byte{0, 0}, b.read(mfi.RegResponseLength, 2))
}

func TestEventCounterFallsByOneASecond(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.EventCounter = 3 })
	var got []byte
	for range 6 {
		got = append(got, b.chip.EventCounter(b.clock.Now()))
		b.wait(time.Second)
	}
	assert.Equal(t, []byte{3, 2, 1, 0, 0, 0}, got)
}

func TestASignatureRaisesTheEventCounter(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	require.Equal(t, mfi.SignatureDone, b.sign(challengeFor(mfi.Gen20)))
	assert.EqualValues(t, 1, b.readByte(mfi.RegEventCounter))
	b.wait(time.Second)
	b.nacks(nil, make([]byte, 1)) // wakes it
	b.wait(ms)
	assert.Zero(t, b.readByte(mfi.RegEventCounter))

	full := newBench(t, mfi.Gen20, func(c *chip.Config) { c.EventCounter = 0xFF })
	require.Equal(t, mfi.SignatureDone, full.sign(challengeFor(mfi.Gen20)))
	assert.EqualValues(t, 0xFF, full.readByte(mfi.RegEventCounter), "it does not wrap")
}

func TestPowerLossInMidTransfer(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	now := b.clock.Now()
	_, err := b.chip.Start(now, false, false, 0)
	require.NoError(t, err)
	b.chip.PowerOff(now)
	assert.Zero(t, b.chip.Write([]byte{1, 2}), "nothing is acknowledged any more")
	got := make([]byte, 2)
	b.chip.Read(now, got)
	assert.Equal(t, []byte{0xFF, 0xFF}, got)
	b.chip.Stop(now)
}
