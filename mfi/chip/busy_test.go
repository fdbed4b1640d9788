package chip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

var pointerToVersion = []byte{byte(mfi.RegDeviceVersion)}

// ackTime is from the START until the chip acknowledges its address, at 100 kHz.
const ackTime = 100 * us

func TestPowerUpDelay(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		b.chip.PowerOff(b.clock.Now())
		b.nacks(pointerToVersion, nil)
		b.chip.PowerOn(b.clock.Now())
		b.wait(10*ms - ackTime - us)
		b.nacks(pointerToVersion, nil)
		b.acks(pointerToVersion, nil)
	})
}

func TestBusyAfterEachWrite(t *testing.T) {
	for _, tt := range []struct {
		name       string
		generation mfi.Generation
		write      []byte
		want       time.Duration
	}{
		{"pointer, 2.0C", mfi.Gen20, pointerToVersion, ms},
		{"length, 2.0C", mfi.Gen20, []byte{0x20, 0, 20}, ms},
		{"challenge, 2.0C", mfi.Gen20, append([]byte{0x21}, make([]byte, 20)...), 10 * ms},
		{"pointer, 3.0", mfi.Gen30, pointerToVersion, 500 * us},
		{"challenge, 3.0", mfi.Gen30, append([]byte{0x21}, make([]byte, 32)...), ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.generation, nil)
			b.acks(tt.write, nil)
			stop := b.clock.Now()
			assert.True(t, b.chip.Busy(stop))
			one := make([]byte, 1)
			for b.clock.Now() < stop+tt.want-ackTime {
				b.nacks(nil, one)
			}
			b.wait(stop + tt.want - b.clock.Now())
			assert.False(t, b.chip.Busy(b.clock.Now()))
			b.acks(nil, one)
		})
	}
}

func TestANackedReadLeavesThePointerAndANackedWriteUnsetsIt(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	one := make([]byte, 1)
	b.acks([]byte{byte(mfi.RegProtocolMajor)}, nil)
	b.nacks(nil, one)
	b.nacks(nil, one)
	b.wait(ms)
	b.acks(nil, one)
	assert.Equal(t, []byte{2}, one)

	b.acks([]byte{byte(mfi.RegProtocolMajor)}, nil)
	b.nacks([]byte{byte(mfi.RegProtocolMajor)}, nil)
	b.wait(ms)
	b.acks(nil, one)
	assert.Equal(t, []byte{0xFF}, one, "filler")
	assert.Zero(t, b.readByte(mfi.RegErrorCode), "and no error")
}

// Each pointer write opens the busy window anew. On a fast bus a driver that repeats the pair of write and read never gets
// through; one that repeats the read alone does (redline-labs/digital_dashboard).
func TestRetryingThePairNeverSucceedsOnAFastBus(t *testing.T) {
	for _, pause := range []time.Duration{0, 100 * us, 300 * us, 500 * us, 2 * ms} {
		b := newBench(t, mfi.Gen20, nil)
		one := make([]byte, 1)
		for range 1000 {
			err := b.bus.Tx(b.addr, pointerToVersion, nil)
			if err == nil {
				err = b.bus.Tx(b.addr, nil, one)
			}
			require.ErrorIs(t, err, mfi.ErrNACK, "pause %v", pause)
			b.wait(pause)
		}
	}

	b := newBench(t, mfi.Gen20, nil)
	one := make([]byte, 1)
	b.acks(pointerToVersion, nil)
	tries := 1
	for b.bus.Tx(b.addr, nil, one) != nil {
		tries++
	}
	assert.Equal(t, 10, tries, "1 ms in steps of a NACKed read")
	assert.Equal(t, []byte{0x05}, one)
}

// A slow adapter hides the busy window: the same pair works when 3 ms lie between the transfers.
func TestRetryingThePairWorksOnASlowBridge(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	one := make([]byte, 1)
	b.acks(pointerToVersion, nil)
	b.wait(3 * ms)
	b.acks(nil, one)
	assert.Equal(t, []byte{0x05}, one)
}

func TestSleepAndWake(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		idle := chip.ForGeneration(g).Timing.Idle
		b.acks(pointerToVersion, nil)
		b.wait(chip.ForGeneration(g).Timing.Pointer)
		b.wait(idle - ackTime - us)
		assert.False(t, b.chip.Asleep(b.clock.Now()))
		b.acks(nil, make([]byte, 1))
		b.wait(idle)
		assert.True(t, b.chip.Asleep(b.clock.Now()))
		b.nacks(pointerToVersion, nil)
		assert.False(t, b.chip.Asleep(b.clock.Now()), "the NACK woke it")
		b.nacks(pointerToVersion, nil)
		b.wait(500 * us)
		b.acks(pointerToVersion, nil)
	})
}

func TestSleepKeepsRegistersAndPointer(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.writeAll(mfi.RegChallenge, 1, 2, 3)
	b.write(byte(mfi.RegChallenge))
	b.wait(time.Second)
	b.nacks(nil, make([]byte, 3))
	b.wait(ms)
	assert.Equal(t, []byte{1, 2, 3}, b.next(3))
}

func TestWakingByClockStretching(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model.Behaviour.Wake = chip.WakeStretch })
	b.wait(time.Second)
	before := b.clock.Now()
	b.acks(pointerToVersion, nil)
	assert.Equal(t, 12*ms+200*us, b.clock.Now()-before, "START, 2 x 9 clocks, STOP and the stretching")
}

// A transport whose NACK recovery outlasts the awake window can never wake the chip.
func TestASlowRecoveryNeverWakesTheChip(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.wait(time.Second)
	for range 100 {
		b.nacks(pointerToVersion, nil)
		b.wait(40 * ms)
	}
}

// i2cdetect misses the chip on its first scan, which wakes it, and finds it on the second.
func TestI2CDetectTwice(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.wait(time.Second)
	scan := func() (found []uint16) {
		for addr := uint16(0x08); addr <= 0x77; addr++ {
			if b.bus.Tx(addr, nil, nil) == nil {
				found = append(found, addr)
			}
		}
		return found
	}
	assert.Empty(t, scan())
	assert.Equal(t, []uint16{0x10}, scan())
}

func TestAnEmptyWriteLeavesThePointer(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.write(byte(mfi.RegProtocolMajor))
	b.acks(nil, nil)
	assert.False(t, b.chip.Busy(b.clock.Now()))
	assert.Equal(t, []byte{2}, b.next(1))
}

func TestRegister60SendsA30ToSleep(t *testing.T) {
	for _, value := range []byte{0, 1} {
		b := newBench(t, mfi.Gen30, nil)
		b.acks([]byte{0x60, value}, nil)
		assert.True(t, b.chip.Asleep(b.clock.Now()))
		b.nacks(pointerToVersion, nil)
		b.wait(ms)
		assert.EqualValues(t, 0x07, b.readByte(mfi.RegDeviceVersion))
	}
	b := newBench(t, mfi.Gen20, nil)
	b.writeAll(mfi.RegSleep, 1)
	assert.False(t, b.chip.Asleep(b.clock.Now()))
	assert.EqualValues(t, 0x02, b.readByte(mfi.RegErrorCode))
}

func TestRepeatedStart(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		one := make([]byte, 1)
		b := newBench(t, g, nil)
		b.write(byte(mfi.RegProtocolMajor))
		b.nacks(pointerToVersion, one)
		b.wait(ms)
		assert.Equal(t, []byte{0xFF}, b.next(1), "the pointer is unset")

		lenient := newBench(t, g, func(c *chip.Config) { c.Model.Behaviour.RepeatedStart = chip.RepeatedStartAccept })
		lenient.acks([]byte{byte(mfi.RegProtocolMajor)}, one)
		assert.EqualValues(t, g, one[0], "at once: without a STOP there is no busy window")
	})
}

func TestARefusedRepeatedStartDropsTheWriteBeforeIt(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.nacks([]byte{byte(mfi.RegChallenge), 0x55}, make([]byte, 1))
	b.wait(20 * ms)
	assert.Zero(t, b.readByte(mfi.RegChallenge))
}

func TestAChipThatIsClockedTooFastDoesNotAnswer(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	require.NoError(t, b.bus.SetSpeed(400*physic.KiloHertz))
	b.acks(pointerToVersion, nil)
	b.wait(5 * ms)
	require.NoError(t, b.bus.SetSpeed(401*physic.KiloHertz))
	b.nacks(pointerToVersion, nil)
}
