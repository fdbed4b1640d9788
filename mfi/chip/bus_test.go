package chip_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

func TestTransfersTakeTheirTime(t *testing.T) {
	for _, tt := range []struct {
		speed physic.Frequency
		w, r  int
		want  time.Duration
	}{
		{100 * physic.KiloHertz, 1, 0, 200 * us},     // START, address, 1 byte, STOP
		{100 * physic.KiloHertz, 0, 0, 110 * us},     // START, address, STOP
		{100 * physic.KiloHertz, 21, 0, 2000 * us},   // 198 + 2 clocks
		{400 * physic.KiloHertz, 1, 0, 50 * us},      // a quarter
		{10 * physic.KiloHertz, 0, 128, 116300 * us}, // 1161 + 2 clocks
	} {
		b := newBench(t, mfi.Gen20, nil)
		require.NoError(t, b.bus.SetSpeed(tt.speed))
		before := b.clock.Now()
		b.acks(make([]byte, tt.w), make([]byte, tt.r))
		assert.Equal(t, tt.want, b.clock.Now()-before, "%s, write %d, read %d", tt.speed, tt.w, tt.r)
	}
}

func TestANackedTransferEndsAfterTheAddress(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	before := b.clock.Now()
	err := b.bus.Tx(0x33, make([]byte, 100), nil)
	assert.Equal(t, 110*us, b.clock.Now()-before)
	assert.EqualError(t, err, "i2c: write to 0x33: not acknowledged")
	assert.EqualError(t, b.bus.Tx(0x33, nil, make([]byte, 1)), "i2c: read from 0x33: not acknowledged")
	var e *chip.BusError
	require.ErrorAs(t, err, &e)
	assert.False(t, e.Timeout())
	assert.ErrorIs(t, err, mfi.ErrNACK)
}

func TestBusRefusesSpeedsThatI2CDoesNotHave(t *testing.T) {
	bus := chip.NewBus(&chip.VirtualClock{})
	assert.EqualError(t, bus.SetSpeed(physic.KiloHertz), "i2c: speed 1kHz: want 10kHz to 1MHz")
	assert.Error(t, bus.SetSpeed(2*physic.MegaHertz))
	assert.Equal(t, "simulated I2C bus at 100kHz", bus.String())
}

// Two generations on one bus, at 0x10 and 0x11, is a layout that real head units have.
func TestTwoChipsOnOneBus(t *testing.T) {
	clock := &chip.VirtualClock{}
	newChip := func(m *chip.Model, g mfi.Generation, high bool) *chip.Chip {
		c, err := chip.New(chip.Config{Model: m, Identity: testca.Test().MustIssue(g, 1), RSTHigh: high})
		require.NoError(t, err)
		return c
	}
	three, two := newChip(chip.MFi30(), mfi.Gen30, false), newChip(chip.MFi20C(), mfi.Gen20, true)
	bus := chip.NewBus(clock, three, two)
	clock.Sleep(10 * ms)
	version := func(addr uint16) byte {
		require.NoError(t, bus.Tx(addr, []byte{0}, nil))
		clock.Sleep(2 * ms)
		r := make([]byte, 1)
		require.NoError(t, bus.Tx(addr, nil, r))
		return r[0]
	}
	assert.EqualValues(t, 0x07, version(0x10))
	assert.EqualValues(t, 0x05, version(0x11))
	// Busy is the one, not the other.
	require.NoError(t, bus.Tx(0x10, []byte{0}, nil))
	assert.NoError(t, bus.Tx(0x11, []byte{0}, nil))

	two.PowerOff(clock.Now())
	assert.ErrorIs(t, bus.Tx(0x11, []byte{0}, nil), mfi.ErrNACK)
}

func TestAChipWithoutPowerLeavesItsAddressToAnother(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	other := newBench(t, mfi.Gen30, nil)
	bus := chip.NewBus(b.clock, b.chip, other.chip)
	b.chip.PowerOff(b.clock.Now())
	assert.NoError(t, bus.Tx(0x10, []byte{0}, nil))
}

// The messages of an adapter that is told where a START and a STOP go, such as i2c-tiny-usb.
func TestMessages(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model.Behaviour.RepeatedStart = chip.RepeatedStartAccept })
	var trace []string
	b.bus.Trace = func(t chip.Transaction) { trace = append(trace, t.String()) }
	one := make([]byte, 1)
	require.NoError(t, b.bus.Do(chip.Message{Addr: 0x10, Data: []byte{0x02}}))
	require.NoError(t, b.bus.Do(chip.Message{Addr: 0x10, Read: true, Data: one, Stop: true}))
	assert.Equal(t, []byte{2}, one)
	// After a NACK the adapter sends the STOP by itself, so what follows begins with a START.
	require.NoError(t, b.bus.Do(chip.Message{Addr: 0x10, Read: true, Data: one}))
	require.ErrorIs(t, b.bus.Do(chip.Message{Addr: 0x44, Data: []byte{1}}), mfi.ErrNACK)
	require.NoError(t, b.bus.Do(chip.Message{Addr: 0x10, Read: true, Data: one, Stop: true}))
	assert.Equal(t, []string{
		"10ms S 10 W ACK 02",
		"10.19ms Sr 10 R ACK 02 P",
		"10.39ms S 10 R ACK 00",
		"10.58ms Sr 44 W NACK P",
		"10.69ms S 10 R ACK 00 P",
	}, trace)
}

// A repeated START that goes to another chip is the first START that this chip sees.
func TestARepeatedStartToAnotherChipIsNotRefused(t *testing.T) {
	two := newBench(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true })
	three := newBench(t, mfi.Gen30, nil)
	bus := chip.NewBus(two.clock, two.chip, three.chip)
	require.NoError(t, bus.Do(chip.Message{Addr: 0x10, Data: []byte{0}}))
	assert.NoError(t, bus.Do(chip.Message{Addr: 0x11, Data: []byte{0}, Stop: true}))
}

func TestTrace(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model.Behaviour.Wake = chip.WakeStretch })
	var trace []chip.Transaction
	b.bus.Trace = func(t chip.Transaction) { trace = append(trace, t) }
	version := make([]byte, 1)
	b.wait(time.Second)
	b.acks([]byte{0x00}, nil)
	b.nacks(nil, version)
	b.wait(ms)
	b.acks(nil, version)
	b.nacks([]byte{0x00}, version)
	version[0] = 0xEE // the trace has bytes of its own

	var lines []string
	for _, x := range trace {
		lines = append(lines, x.String())
	}
	assert.Equal(t, strings.Split(strings.TrimSpace(`
1.01s S 10 W ACK (stretched 12ms) 00 P
1.0222s S 10 R NACK P
1.02331s S 10 R ACK 05 P
1.02351s S 10 W ACK 00
1.0237s Sr 10 R NACK P`), "\n"), lines)
	nack := trace[1]
	assert.Equal(t, 1, nack.Wanted)
	assert.Equal(t, nack.Start+110*us, nack.End)
	assert.True(t, errors.Is(nack.Err, mfi.ErrNACK))
}

// contended is a clock whose first sleep lets somebody else use the bus.
type contended struct {
	chip.VirtualClock
	meanwhile func()
}

func (c *contended) Sleep(d time.Duration) {
	c.VirtualClock.Sleep(d)
	if f := c.meanwhile; f != nil {
		c.meanwhile = nil
		f()
	}
}

func TestABusInUseIsWaitedFor(t *testing.T) {
	clock := &contended{}
	bus := chip.NewBus(clock)
	waited := 0
	clock.meanwhile = func() {
		// The first transfer is in its address byte. In a world the other process would sleep, and the first go on; here it
		// shows that it sleeps.
		clock.meanwhile = func() { waited++; panic("waiting") }
		assert.PanicsWithValue(t, "waiting", func() { _ = bus.Tx(0x10, nil, nil) })
	}
	assert.ErrorIs(t, bus.Tx(0x10, nil, nil), mfi.ErrNACK)
	assert.Equal(t, 1, waited)
	assert.ErrorIs(t, bus.Tx(0x10, nil, nil), mfi.ErrNACK, "free again")
}

func TestTransfersDoNotAllocate(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	w, r := []byte{byte(mfi.RegCertificate)}, make([]byte, 128)
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		if b.bus.Tx(0x10, w, nil) != nil {
			t.Fatal("write")
		}
		b.clock.Sleep(ms)
		if b.bus.Tx(0x10, nil, r) != nil {
			t.Fatal("read")
		}
	}))
}

func BenchmarkReadPage(b *testing.B) {
	clock := &chip.VirtualClock{}
	c, err := chip.New(chip.Config{Model: chip.MFi20C(), Identity: testca.Test().MustIssue(mfi.Gen20, 1)})
	if err != nil {
		b.Fatal(err)
	}
	bus := chip.NewBus(clock, c)
	clock.Sleep(10 * ms)
	w, r := []byte{byte(mfi.RegCertificate)}, make([]byte, 128)
	b.SetBytes(128)
	b.ReportAllocs()
	for b.Loop() {
		if err := bus.Tx(0x10, w, nil); err != nil {
			b.Fatal(err)
		}
		clock.Sleep(ms)
		if err := bus.Tx(0x10, nil, r); err != nil {
			b.Fatal(err)
		}
	}
}
