package mfi_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// habits are the ways in which healthy chips differ.
var habits = map[string]func(*chip.Config){
	"as modelled":      nil,
	"RST high":         func(c *chip.Config) { c.RSTHigh = true },
	"wakes stretching": func(c *chip.Config) { c.Model.Behaviour.Wake = chip.WakeStretch },
	"polls":            func(c *chip.Config) { c.Model.Behaviour.Signing = chip.SigningPoll },
	"accepts restarts": func(c *chip.Config) { c.Model.Behaviour.RepeatedStart = chip.RepeatedStartAccept },
	"coarse increment": func(c *chip.Config) { c.Model.Behaviour.Increment = chip.IncrementCoarse },
	"strict lengths":   func(c *chip.Config) { c.Model.Behaviour.LengthWrite = chip.LengthWriteRefuse },
	"zero as filler":   func(c *chip.Config) { c.Model.Filler = 0 },
	"slowest seen":     func(c *chip.Config) { c.Faults.SigningTime = 1900 * ms; c.Model.Timing.Pointer = 1500 * us },
	"heavy sleeper":    func(c *chip.Config) { c.Faults.ExtraWakeNACKs = 1 },
	"very heavy":       func(c *chip.Config) { c.Faults.ExtraWakeNACKs = 20 },
}

func TestAuthentication(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		for name, change := range habits {
			for _, speed := range []physic.Frequency{10 * physic.KiloHertz, 100 * physic.KiloHertz, 400 * physic.KiloHertz} {
				t.Run(name+" "+speed.String(), func(t *testing.T) {
					b := newBench(t, g, change)
					require.NoError(t, b.bus.SetSpeed(speed))
					c := b.open(t, mfi.Options{})
					assert.Equal(t, g, c.Generation())
					assert.Equal(t, b.chip.Address(), c.Addr())

					blob, err := c.Certificate()
					require.NoError(t, err)
					assert.Equal(t, b.accessory.Certificate(), blob)
					var phone testca.Verifier
					certificate, err := phone.Certificate(blob)
					require.NoError(t, err)
					for n := range byte(2) {
						b.clock.Sleep(time.Minute) // it falls asleep in between
						challenge := bytes.Repeat([]byte{n}, certificate.ChallengeSize())
						response, err := c.Sign(challenge)
						require.NoError(t, err)
						require.NoError(t, phone.Response(certificate, challenge, response))
					}
				})
			}
		}
	})
}

func TestCertificateStyles(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		for _, style := range []mfi.CertificateStyle{mfi.PageByPage, mfi.WholeRead, mfi.Continued, mfi.Chunked} {
			b := newBench(t, g, nil)
			blob, err := b.open(t, mfi.Options{Style: style}).Certificate()
			require.NoError(t, err)
			assert.Equal(t, b.accessory.Certificate(), blob, "style %d", style)
		}
	})
}

func TestOpenDuringPowerUp(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.chip.PowerOff(b.clock.Now())
	b.chip.PowerOn(b.clock.Now())
	before := b.clock.Now()
	b.open(t, mfi.Options{})
	assert.Less(t, b.clock.Now()-before, 20*ms)
}

func TestOpenAChosenAddress(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.RSTHigh = true })
	other := newBench(t, mfi.Gen30, nil)
	bus := chip.NewBus(b.clock, b.chip, other.chip)
	for addr, want := range map[uint16]mfi.Generation{0x10: mfi.Gen30, 0x11: mfi.Gen20} {
		c, err := mfi.Open(bus, b.clock, mfi.Options{Addresses: []uint16{addr}})
		require.NoError(t, err)
		assert.Equal(t, want, c.Generation())
	}
}

func TestInfoAndSerialNumber(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		c := b.open(t, mfi.Options{})
		info, err := c.Info()
		require.NoError(t, err)
		assert.Equal(t, mfi.Info{DeviceVersion: map[mfi.Generation]uint8{2: 5, 3: 7}[g], FirmwareVersion: 1, ProtocolMajor: uint8(g),
			DeviceID: uint32(g) << 8}, info)
		serial, err := c.SerialNumber()
		require.NoError(t, err)
		assert.Equal(t, b.accessory.SerialNumber(), serial)
		result, err := c.SelfTest()
		require.NoError(t, err)
		assert.Equal(t, mfi.SelfTestCertificate|mfi.SelfTestPrivateKey, result)
	})
}

func TestPowerOffWaitsForTheEventCounter(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.EventCounter = 15 })
	c := b.open(t, mfi.Options{})
	n, err := c.SystemEventCounter()
	require.NoError(t, err)
	assert.EqualValues(t, 5, n)
	before := b.clock.Now()
	require.NoError(t, c.AwaitPowerOff(time.Minute))
	assert.InDelta(t, 5*time.Second, b.clock.Now()-before, float64(time.Second))
	assert.Zero(t, b.chip.EventCounter(b.clock.Now()))

	slow := newBench(t, mfi.Gen20, func(c *chip.Config) { c.EventCounter = 200 })
	c = slow.open(t, mfi.Options{})
	before = slow.clock.Now()
	err = c.AwaitPowerOff(5 * time.Second)
	require.ErrorIs(t, err, mfi.ErrTimeout)
	assert.Contains(t, err.Error(), "still at 185 after 5s; keep the power on for as many seconds")
	assert.Less(t, slow.clock.Now()-before, 6*time.Second)

	three := newBench(t, mfi.Gen30, nil)
	c = three.open(t, mfi.Options{})
	before = three.clock.Now()
	require.NoError(t, c.AwaitPowerOff(time.Minute))
	assert.Equal(t, before, three.clock.Now())
}

func TestSleep(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	c := b.open(t, mfi.Options{})
	require.NoError(t, c.Sleep())
	assert.True(t, b.chip.Asleep(b.clock.Now()))
	_, err := c.Info()
	assert.NoError(t, err, "any call wakes it")
}

func TestWhatAGenerationDoesNotHave(t *testing.T) {
	c := newBench(t, mfi.Gen20, nil).open(t, mfi.Options{})
	assert.EqualError(t, c.Sleep(), "mfi: sleep: write, register 0x60 (sleep) at address 0x10: not available on this generation: "+
		"this is a 2.0 chip; it sleeps by itself when left alone")
	c = newBench(t, mfi.Gen30, nil).open(t, mfi.Options{})
	_, err := c.SystemEventCounter()
	assert.ErrorIs(t, err, mfi.ErrUnsupported)
}

func TestSignRefusesAChallengeOfTheWrongSize(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		c := b.open(t, mfi.Options{})
		before := b.clock.Now()
		for _, n := range []int{0, g.ChallengeSize() - 1, g.ChallengeSize() + 1, 128} {
			_, err := c.Sign(make([]byte, n))
			require.ErrorIs(t, err, mfi.ErrChallenge)
		}
		assert.Equal(t, before, b.clock.Now(), "the bus was not touched")
	})
}

func BenchmarkAuthentication(b *testing.B) {
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		bench := newBench(b, g, nil)
		c := bench.open(b, mfi.Options{})
		challenge := make([]byte, g.ChallengeSize())
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			start := bench.clock.Now()
			for b.Loop() {
				if _, err := c.Certificate(); err != nil {
					b.Fatal(err)
				}
				if _, err := c.Sign(challenge); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(bench.clock.Now()-start)/float64(b.N)/1e6, "simulated-ms/op")
		})
	}
}
