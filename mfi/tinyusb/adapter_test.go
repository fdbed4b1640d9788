package tinyusb_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim/usb"
)

const (
	ms = time.Millisecond
	us = time.Microsecond
)

// Each request as bytes: what the kernel sends and what it must get.
func TestRequests(t *testing.T) {
	part := newChip(t, mfi.Gen30, nil)
	play(t, func(b *bench) {
		d := b.driver
		echo := make([]byte, 2)
		_, err := d.request(0xC1, tinyusb.ReqEcho, 0xBEEF, 0, echo)
		require.NoError(t, err)
		assert.Equal(t, tinyusb.Functions, d.functions())
		_, err = d.request(0xC0, tinyusb.ReqStatus, 0, 0, make([]byte, 1)) // to the device, as user programs ask
		require.NoError(t, err)

		require.NoError(t, d.transfer(message{addr: 0x10, data: []byte{0x04}}))
		b.w.Sleep(ms) // the chip is busy after a pointer write
		require.NoError(t, d.transfer(message{addr: 0x10, flags: 0x0201, data: make([]byte, 4)}))
		require.ErrorIs(t, d.transfer(message{addr: 0x42, flags: 1, data: make([]byte, 3)}), syscall.ENXIO)
		require.ErrorIs(t, d.transfer(message{addr: 0x42, data: []byte{1, 2, 3}}), syscall.ENXIO)
		require.ErrorIs(t, d.transfer(message{addr: 0x42}), syscall.ENXIO) // i2cdetect's probe

		assert.Equal(t, []string{
			"C1 00 EF BE 00 00 02 00 < EF BE",
			"C1 01 00 00 00 00 04 00 < 01 00 FF 8E",
			"C0 03 00 00 00 00 01 00 < 00",
			"41 07 00 00 10 00 01 00 > 04",
			"C1 03 00 00 00 00 01 00 < 01",
			"C1 07 01 02 10 00 04 00 < 00 00 03 00",
			"C1 03 00 00 00 00 01 00 < 01",
			"C1 07 01 00 42 00 03 00 < 00 00 00",
			"C1 03 00 00 00 00 01 00 < 02",
			"41 07 00 00 42 00 03 00 > 01 02 03",
			"C1 03 00 00 00 00 01 00 < 02",
			"41 07 00 00 42 00 00 00",
			"C1 03 00 00 00 00 01 00 < 02",
		}, d.log)
		assert.Equal(t, []string{
			"S 10 W ACK 04 P",
			"S 10 R ACK 00 00 03 00 P",
			"S 42 R NACK P",
			"S 42 W NACK P",
			"S 42 W NACK P",
		}, b.wire)
	}, part)
}

// What no firmware knows is refused, and changes nothing.
func TestRequestsThatAreRefused(t *testing.T) {
	play(t, func(b *bench) {
		for _, r := range []struct{ typ, request uint8 }{
			{0xC1, 8}, {0x41, 8}, {0xC1, 0xFF}, // unknown
			{0x41, tinyusb.ReqEcho}, {0x41, tinyusb.ReqFunctions}, {0x41, tinyusb.ReqStatus}, {0xC1, tinyusb.ReqSetDelay}, // the other way
			{0xA1, tinyusb.ReqStatus}, {0x21, tinyusb.ReqMessage | tinyusb.Begin | tinyusb.End}, // of a class
		} {
			_, err := b.driver.request(r.typ, r.request, 0, 0x10, make([]byte, 1))
			assert.ErrorIs(t, err, usb.Stall, "%02X %02X", r.typ, r.request)
		}
		assert.Empty(t, b.wire)
		assert.Equal(t, tinyusb.StatusIdle, b.adapter.Status())
	})
}

// Several messages are one transfer: 5, 4, 6. A chip that refuses the repeated START gets its STOP from the adapter, for the kernel
// goes no further.
func TestTransferOfSeveralMessages(t *testing.T) {
	accepting := newChip(t, mfi.Gen30, func(c *chip.Config) { c.Model.Behaviour.RepeatedStart = chip.RepeatedStartAccept })
	refusing := newChip(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true })
	play(t, func(b *bench) {
		two, one := make([]byte, 2), make([]byte, 1)
		require.NoError(t, b.driver.transfer(message{addr: 0x10, data: []byte{0}}, message{0x10, 1, two}, message{0x10, 1, one}))
		assert.Equal(t, []string{
			"41 05 00 00 10 00 01 00 > 00",
			"C1 03 00 00 00 00 01 00 < 01",
			"C1 04 01 00 10 00 02 00 < 07 01",
			"C1 03 00 00 00 00 01 00 < 01",
			"C1 06 01 00 10 00 01 00 < 03",
			"C1 03 00 00 00 00 01 00 < 01",
		}, b.driver.log)
		assert.Equal(t, []string{"S 10 W ACK 00", "Sr 10 R ACK 07 01", "Sr 10 R ACK 03 P"}, b.wire)

		b.wire, b.driver.log = nil, nil
		_ = b.driver.transfer(message{addr: 0x11}) // wakes it
		b.w.Sleep(ms)
		require.ErrorIs(t, b.driver.transfer(message{addr: 0x11, data: []byte{0}}, message{0x11, 1, two}), syscall.ENXIO)
		require.Equal(t, []string{"S 11 W NACK P", "S 11 W ACK 00", "Sr 11 R NACK P"}, b.wire, "the adapter gave the bus free")
	}, accepting, refusing)
}

// The clock of the bus follows the driver's module parameter.
func TestDelaySetsTheSpeed(t *testing.T) {
	play(t, func(b *bench) {
		for _, tt := range []struct {
			delay uint16
			speed string
		}{{0, "400kHz"}, {1, "400kHz"}, {2, "400kHz"}, {3, "333.333kHz"}, {10, "100kHz"}, {50, "20kHz"}, {101, "10kHz"}, {0xFFFF, "10kHz"}} {
			require.NoError(t, b.driver.probe(tt.delay))
			assert.Equal(t, "simulated I2C bus at "+tt.speed, b.bus.String(), "delay %d", tt.delay)
		}
	})
}

// The driver of this project works through the adapter with chips of both generations on one bus, asleep or not.
func TestTheDriverThroughTheAdapter(t *testing.T) {
	play(t, func(b *bench) {
		b.w.Sleep(10 * time.Second) // both sleep
		for _, tt := range []struct {
			addr uint16
			g    mfi.Generation
		}{{0x10, mfi.Gen30}, {0x11, mfi.Gen20}} {
			c, err := mfi.Open(b.driver, b.w, mfi.Options{Addresses: []uint16{tt.addr}})
			require.NoError(t, err)
			assert.Equal(t, tt.g, c.Generation())
			certificate, err := c.Certificate()
			require.NoError(t, err)
			challenge := make([]byte, tt.g.ChallengeSize())
			start := b.w.Now()
			response, err := c.Sign(challenge)
			require.NoError(t, err)
			assert.Greater(t, b.w.Now()-start, chip.ForGeneration(tt.g).Timing.Signing)
			assert.NoError(t, testca.Verifier{}.VerifyResponse(certificate, challenge, response))
		}
	}, newChip(t, mfi.Gen30, nil), newChip(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true }))
}

// Stretching holds the answer back; beyond the bus's limit the request stalls, which the kernel calls EIO.
func TestClockStretching(t *testing.T) {
	part := newChip(t, mfi.Gen30, func(c *chip.Config) { c.Faults.Stretch = 700 * ms })
	play(t, func(b *bench) {
		start := b.w.Now()
		require.NoError(t, b.driver.transfer(message{addr: 0x10, data: []byte{0}}))
		assert.Equal(t, 700*ms+200*us, b.w.Now()-start, "START, 2 bytes of 9 clocks, STOP and the stretch")

		part.SetFaults(chip.Faults{Stretch: 1100 * ms})
		b.w.Sleep(ms)
		require.ErrorIs(t, b.driver.transfer(message{addr: 0x10, data: []byte{0}}), syscall.EIO)
		assert.Equal(t, "41 07 00 00 10 00 01 00 >  usb: stall", b.driver.log[len(b.driver.log)-1])
	}, part)
}

// A chip that holds the clock for longer than the kernel waits costs a request, not the adapter.
func TestARequestThatIsGivenUp(t *testing.T) {
	part := newChip(t, mfi.Gen30, func(c *chip.Config) { c.Faults.Stretch = 3 * time.Second })
	play(t, func(b *bench) {
		b.bus.StretchLimit = time.Minute
		require.ErrorIs(t, b.driver.transfer(message{addr: 0x10, data: []byte{0}}), syscall.EIO)
		assert.Equal(t, []string{"41 07 00 00 10 00 01 00 >  usb: timed out"}, b.driver.log)
		status := make([]byte, 1)
		_, err := b.driver.request(0xC1, tinyusb.ReqStatus, 0, 0, status)
		require.NoError(t, err)
		assert.Equal(t, []byte{1}, status, "not before the message was over")
		assert.GreaterOrEqual(t, b.w.Now(), 3*time.Second)

		part.SetFaults(chip.Faults{})
		b.w.Sleep(ms)
		version := make([]byte, 1)
		require.NoError(t, b.driver.transfer(message{0x10, 1, version}), "the pointer write took effect")
		assert.Equal(t, []byte{7}, version)
	}, part)
}

// Pulled in the middle of a message: the host is told, and the adapter can be plugged in again.
func TestUnpluggedInTheMiddle(t *testing.T) {
	part := newChip(t, mfi.Gen30, func(c *chip.Config) { c.Faults.Stretch = 500 * ms })
	play(t, func(b *bench) {
		b.w.After(100*ms, func() { b.cable.Unplug() })
		n, err := b.driver.request(0x41, 7, 0, 0x10, []byte{0})
		require.ErrorIs(t, err, usb.Disconnected)
		assert.Zero(t, n)
		assert.Equal(t, tinyusb.StatusIdle, b.adapter.Status())

		b.cable.Plug()
		info, ok := usb.WaitDevice(b.cable.A(), b.w.Now()+time.Second)
		require.True(t, ok)
		b.driver.conn, err = b.cable.A().Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, b.driver.conn.SetConfiguration(1))
		require.NoError(t, b.driver.probe(10), "answered when the message that was under way is over")
		b.w.Sleep(ms)
		require.NoError(t, b.driver.transfer(message{addr: 0x10, data: []byte{0}}))
	}, part)
}

// brokenBus fails in a way that is no missing acknowledge.
type brokenBus struct{}

func (brokenBus) Do(chip.Message) error { return errors.New("shorted") }

func TestABusThatFails(t *testing.T) {
	play(t, func(b *bench) {
		a := tinyusb.New(b.w, brokenBus{}, tinyusb.Config{Name: "other", Serial: "77"})
		assert.Equal(t, "other", a.Name())
		d := a.Descriptors()
		assert.Equal(t, "77", d.Text(d.Device.SerialNumber))
		a.Reset(usb.Full)
		for _, s := range []usb.Setup{{RequestType: 0x41, Request: tinyusb.ReqSetDelay, Value: 10}, {RequestType: 0x41, Request: 7, Index: 0x10}} {
			done := false
			x := &usb.Transfer{Setup: s, Done: func(*usb.Transfer) { done = true }}
			a.Submit(x)
			b.w.Yield()
			require.True(t, done)
			if s.Request == 7 {
				assert.Equal(t, usb.Stall, x.Status)
			} else {
				assert.Equal(t, usb.OK, x.Status, "a bus without a speed keeps it")
			}
		}
	})
}

func TestStatusNames(t *testing.T) {
	for s, want := range map[tinyusb.Status]string{0: "idle", 1: "acknowledged", 2: "not acknowledged", 3: "unknown"} {
		assert.Equal(t, want, s.String())
	}
}
