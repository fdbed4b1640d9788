package mfi_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// everything is what a head unit does with a chip: find it, test it, read the certificate, sign.
func everything(b *bench) (certificate, response []byte, err error) {
	c, err := mfi.Open(b.bus, b.clock, mfi.Options{})
	if err != nil {
		return nil, nil, err
	}
	if _, err = c.Info(); err != nil {
		return nil, nil, err
	}
	if certificate, err = c.Certificate(); err != nil {
		return nil, nil, err
	}
	response, err = c.Sign(make([]byte, c.Generation().ChallengeSize()))
	return certificate, response, err
}

// Every fault has its named error, within bounded time.
func TestFaults(t *testing.T) {
	all := []mfi.Generation{mfi.Gen20, mfi.Gen30}
	for _, tt := range []struct {
		name    string
		faults  chip.Faults
		on      []mfi.Generation
		want    error
		within  time.Duration
		message string // contained
	}{
		{"silent", chip.Faults{Silent: true}, all, mfi.ErrNoChip, 1100 * ms,
			"find chip, register 0x00 (device version): no coprocessor found: i2c: write to 0x10: not acknowledged: "},
		{"never wakes", chip.Faults{NeverWakes: true}, all, mfi.ErrNoChip, 1100 * ms, "check the chip's power and its RST line"},
		{"takes 5 s to sign", chip.Faults{SigningTime: 5 * time.Second}, all, mfi.ErrTimeout, 3200 * ms,
			"read status, register 0x10 (control and status) at address 0x10: no answer before the deadline: " +
				"i2c: write to 0x10: not acknowledged: not done 3s after the start, "},
		{"takes 5 s to sign, and says so", chip.Faults{SigningTime: 5 * time.Second, AckWhileSigning: true}, all, mfi.ErrTimeout, 3200 * ms,
			"status still 0x01 (still working) 3s after the start"},
		{"unknown device version", chip.Faults{DeviceVersion: ptr[uint8](0x06)}, all, mfi.ErrVersion, 20 * ms,
			"got device version 0x06 with protocol version "},
		{"unknown protocol version", chip.Faults{ProtocolMajor: ptr[uint8](4)}, all, mfi.ErrVersion, 20 * ms,
			"got protocol version 0x04, want 0x02 or 0x03; check that the device at this address is a coprocessor"},
		{"protocol of the other generation", chip.Faults{ProtocolMajor: ptr[uint8](3)}, all[:1], mfi.ErrVersion, 20 * ms,
			"got device version 0x05 with protocol version 3, want 0x05 with 2 or 0x07 with 3; set AcceptUnknownVersion"},
		{"no certificate", chip.Faults{NoCertificate: true}, all, mfi.ErrCertificate, 100 * ms,
			"read length, register 0x30 (accessory certificate length) at address 0x10: certificate is damaged: got 0 bytes, want 5 to "},
		{"truncated certificate", chip.Faults{TruncateCertificate: 9}, all, mfi.ErrCertificate, 300 * ms, "check DER header"},
		{"certificate's first bit", chip.Faults{FlipCertificateBit: 6}, all, mfi.ErrCertificate, 300 * ms, "starts with 10 82 0"},
		{"error while signing", chip.Faults{SignError: 0x06}, all, mfi.ErrStatus, time.Second,
			"coprocessor reports a failure: status 0x80 (failed), error code 0x06 (internal error"},
		{"error while signing that stays", chip.Faults{SignError: 0x06, StickyError: true}, all, mfi.ErrStatus, time.Second, "0x80 (failed)"},
		{"signature too short", chip.Faults{SignatureLength: 63}, all, mfi.ErrSignature, time.Second, "got 63 bytes, want "},
		{"signature too long", chip.Faults{SignatureLength: 65535}, all, mfi.ErrSignature, time.Second, "got 65535 bytes, want "},
		{"forgets the pointer", chip.Faults{ForgetsPointer: true}, all, mfi.ErrVersion, 100 * ms,
			"got protocol version 0xFF, want 0x02 or 0x03; this looks like filler: the chip loses its register pointer"},
		{"stretches for 3 s", chip.Faults{Stretch: 3 * time.Second}, all, mfi.ErrNoChip, 2200 * ms, "clock stretched beyond the adapter's limit"},
		{"stretches for 50 ms", chip.Faults{Stretch: 50 * ms}, all, nil, 5 * time.Second, ""},
		{"wakes on the second try", chip.Faults{ExtraWakeNACKs: 1}, all, nil, time.Second, ""},
		{"says that it works", chip.Faults{AckWhileSigning: true}, all, nil, time.Second, ""},
	} {
		for _, g := range tt.on {
			t.Run(g.String()+" "+tt.name, func(t *testing.T) {
				b := newBench(t, g, func(c *chip.Config) { c.Faults = tt.faults })
				before := b.clock.Now()
				_, _, err := everything(b)
				assert.LessOrEqual(t, b.clock.Now()-before, tt.within)
				if tt.want == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, tt.want)
				assert.Contains(t, err.Error(), tt.message)
				var e *mfi.OpError
				require.ErrorAs(t, err, &e)
				assert.NotEmpty(t, e.Hint, "every error says what to do")
			})
		}
	}
}

// What the driver cannot see, the phone does.
func TestFaultsThatOnlyThePhoneSees(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, func(c *chip.Config) { c.Faults.FlipCertificateBit = 1601 })
		certificate, _, err := everything(b)
		require.NoError(t, err)
		assert.ErrorIs(t, testca.Verifier{}.VerifyCertificate(certificate), testca.ErrChain)

		b = newBench(t, g, func(c *chip.Config) { c.Faults.FlipSignatureBit = 100 })
		certificate, response, err := everything(b)
		require.NoError(t, err)
		assert.ErrorIs(t, testca.Verifier{}.VerifyResponse(certificate, make([]byte, g.ChallengeSize()), response), testca.ErrResponse)
	})
}

// A chip may die at any transaction. The driver names the step and comes back within its deadlines.
func TestDeathAtEveryStep(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		steps := map[string]bool{}
		for n := 1; ; n++ {
			require.Less(t, n, 2000, "a healthy chip needs fewer transactions")
			b := newBench(t, g, func(c *chip.Config) { c.Faults.DeadAt = n })
			before := b.clock.Now()
			_, _, err := everything(b)
			require.LessOrEqual(t, b.clock.Now()-before, 5*time.Second)
			if err == nil {
				break
			}
			var e *mfi.OpError
			require.ErrorAs(t, err, &e, "death at %d", n)
			require.True(t, errors.Is(err, mfi.ErrTimeout) || errors.Is(err, mfi.ErrNoChip), "death at %d: %v", n, err)
			steps[e.Op+": "+e.Step] = true
		}
		for _, want := range []string{"open: find chip", "open: read device version", "open: read protocol version", "info: read device ID",
			"certificate: read length", "certificate: read bytes 0 to 127", "sign: write challenge", "sign: start", "sign: read status",
			"sign: read response length", "sign: read response", "sign: check error"} {
			assert.True(t, steps[want], "no death at %q in %v", want, steps)
		}
	})
}

// A left-over error of the host's own making does not spoil the next signature of a 2.0, because the driver clears it first. On a 3.0, where
// HomeKitADK does not, it spoils one and is gone.
func TestALeftOverError(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		c := b.open(t, mfi.Options{})
		b.clock.Sleep(5 * ms)
		require.NoError(t, b.bus.Tx(0x10, []byte{byte(mfi.RegDeviceVersion), 1}, nil))
		challenge := make([]byte, g.ChallengeSize())
		_, err := c.Sign(challenge)
		if g == mfi.Gen30 {
			var e *mfi.StatusError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, mfi.StatusError{Status: 0x90, Code: 0x02, Generation: g}, *e)
			_, err = c.Sign(challenge)
		}
		assert.NoError(t, err)
	})
}

func TestAnErrorThatStaysIsSeenEvenAfterASignature(t *testing.T) {
	ops := sequence(openSequence(mfi.Gen30), []i2cIO{write(append([]byte{0x21}, make([]byte, 32)...)...), write(0x10, 1)},
		get(0x10, 0x10), get(0x11, 0, 64), get(0x12, make([]byte, 64)...), get(0x05, 0x05))
	c := playback(t, ops)
	_, err := c.Sign(make([]byte, 32))
	require.ErrorIs(t, err, mfi.ErrStatus)
	assert.Contains(t, err.Error(), "check error, register 0x05 (error code) at address 0x10: coprocessor reports a failure: "+
		"status 0x10 (signature done), error code 0x05 (sequence error)")
}

// A chip that was reset between the start and the status is idle.
func TestALostStartIsNamed(t *testing.T) {
	ops := sequence(openSequence(mfi.Gen30), []i2cIO{write(append([]byte{0x21}, make([]byte, 32)...)...), write(0x10, 1)},
		get(0x10, 0x00), get(0x05, 0x00))
	_, err := playback(t, ops).Sign(make([]byte, 32))
	require.ErrorIs(t, err, mfi.ErrStatus)
	assert.Contains(t, err.Error(), "status 0x00 (idle)")
	assert.Contains(t, err.Error(), "the chip was reset or missed the start: sign once more")
}

func TestSelfTestFaults(t *testing.T) {
	for _, tt := range []struct {
		change func(*chip.Config)
		want   mfi.SelfTest
	}{
		{func(c *chip.Config) { c.Faults.NoCertificate = true }, mfi.SelfTestPrivateKey},
		{func(c *chip.Config) { c.Identity = nil }, 0},
	} {
		both(t, func(t *testing.T, g mfi.Generation) {
			result, err := newBench(t, g, tt.change).open(t, mfi.Options{}).SelfTest()
			require.ErrorIs(t, err, mfi.ErrSelfTest)
			assert.Equal(t, tt.want, result)
		})
	}
}

func TestASerialNumberThatIsNoText(t *testing.T) {
	c := playback(t, sequence(openSequence(mfi.Gen30), get(0x4E, append([]byte("PF"), make([]byte, 30)...)...)))
	serial, err := c.SerialNumber()
	require.NoError(t, err)
	assert.Equal(t, "PF", serial)
	filler := make([]byte, 32)
	for i := range filler {
		filler[i] = 0xFF
	}
	_, err = playback(t, sequence(openSequence(mfi.Gen30), get(0x4E, filler...))).SerialNumber()
	require.ErrorIs(t, err, mfi.ErrSerialNumber)
	assert.Contains(t, err.Error(), "got 0xFF at offset 0, want ASCII; this looks like filler")
}

func TestCertificateLengthsThatCannotBe(t *testing.T) {
	for _, length := range []int{0, 4, 641, 65535} {
		c := playback(t, sequence(openSequence(mfi.Gen30), get(0x30, byte(length>>8), byte(length))))
		_, err := c.Certificate()
		require.ErrorIs(t, err, mfi.ErrCertificate, "%d", length)
	}
	for _, header := range [][]byte{{0x30, 0x03, 1, 2, 3}, {0x30, 0x81, 2, 1, 2}, {0x30, 0x82, 0, 1, 5}} {
		c := playback(t, sequence(openSequence(mfi.Gen30), get(0x30, 0, 5), get(0x31, header...)))
		blob, err := c.Certificate()
		require.NoError(t, err, "% X", header)
		assert.Equal(t, header, blob)
	}
	for _, header := range [][]byte{{0x30, 0x04, 1, 2, 3}, {0x30, 0x83, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF}} {
		c := playback(t, sequence(openSequence(mfi.Gen30), get(0x30, 0, 5), get(0x31, header...)))
		_, err := c.Certificate()
		require.ErrorIs(t, err, mfi.ErrCertificate, "% X", header)
	}
}

func TestA20BIsOpenedOnRequest(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Faults.DeviceVersion = ptr[uint8](0x03) })
	c := b.open(t, mfi.Options{AcceptUnknownVersion: true})
	_, err := c.Sign(make([]byte, 20))
	assert.NoError(t, err)
}
