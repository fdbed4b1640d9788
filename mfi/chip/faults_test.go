package chip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

func faulty(t *testing.T, g mfi.Generation, f chip.Faults) *bench {
	t.Helper()
	return newBench(t, g, func(c *chip.Config) { c.Faults = f })
}

func TestFaultSilent(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{Silent: true})
	for range 100 {
		b.nacks(pointerToVersion, nil)
		b.wait(ms)
	}
	b.chip.SetFaults(chip.Faults{})
	b.wait(ms)
	assert.Error(t, b.bus.Tx(b.addr, pointerToVersion, nil), "it had fallen asleep")
	b.wait(ms)
	assert.EqualValues(t, 5, b.readByte(mfi.RegDeviceVersion), "faults can be taken away")
}

func TestFaultNeverWakes(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{NeverWakes: true})
	assert.EqualValues(t, 5, b.readByte(mfi.RegDeviceVersion), "until it sleeps")
	b.wait(30 * ms)
	for range 100 {
		b.nacks(pointerToVersion, nil)
		b.wait(ms)
	}
}

func TestFaultExtraWakeNACKs(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{ExtraWakeNACKs: 1})
	for range 2 {
		b.wait(time.Second)
		b.nacks(pointerToVersion, nil)
		b.wait(ms)
		b.nacks(pointerToVersion, nil)
		b.wait(ms)
		assert.EqualValues(t, 5, b.readByte(mfi.RegDeviceVersion), "the second try woke it")
	}
}

func TestFaultDeadAt(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{DeadAt: 3})
	b.write(byte(mfi.RegDeviceVersion))
	b.next(1)
	for range 5 {
		b.nacks(nil, make([]byte, 1))
		b.wait(ms)
	}
}

func TestFaultSigningTime(t *testing.T) {
	b := faulty(t, mfi.Gen30, chip.Faults{SigningTime: 1900 * ms})
	before := b.clock.Now()
	require.Equal(t, mfi.SignatureDone, b.sign(challengeFor(mfi.Gen30)))
	assert.Greater(t, b.clock.Now()-before, 1900*ms)
}

func TestFaultSignError(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := faulty(t, g, chip.Faults{SignError: 0x06})
		assert.EqualValues(t, 0x80, b.sign(challengeFor(g)))
		assert.EqualValues(t, 0x06, b.readByte(mfi.RegErrorCode))
		assert.Zero(t, b.readByte(mfi.RegControlStatus))
	})
}

func TestFaultFlipSignatureBit(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		good, bad := newBench(t, g, nil), faulty(t, g, chip.Faults{FlipSignatureBit: 12})
		good.sign(challengeFor(g))
		require.Equal(t, mfi.SignatureDone, bad.sign(challengeFor(g)))
		want := good.read(mfi.RegResponse, g.ResponseSize())
		want[1] ^= 0x08
		got := bad.read(mfi.RegResponse, g.ResponseSize())
		assert.Equal(t, want, got)
		assert.ErrorIs(t, testca.Verifier{}.VerifyResponse(bad.accessory.Certificate(), challengeFor(g), got), testca.ErrResponse)
	})
}

func TestFaultSignatureLength(t *testing.T) {
	b := faulty(t, mfi.Gen30, chip.Faults{SignatureLength: 63})
	require.Equal(t, mfi.SignatureDone, b.sign(challengeFor(mfi.Gen30)))
	assert.Equal(t, []byte{0, 63}, b.read(mfi.RegResponseLength, 2))
}

func TestFaultVersions(t *testing.T) {
	b := faulty(t, mfi.Gen30, chip.Faults{DeviceVersion: ptr[uint8](0x42), ProtocolMajor: ptr[uint8](9)})
	assert.Equal(t, []byte{0x42, 0x01, 0x09}, b.read(mfi.RegDeviceVersion, 3))
}

func TestFaultsOfTheCertificate(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		good := testca.Test().MustIssue(g, 1).Certificate()
		read := func(f chip.Faults) []byte {
			b := faulty(t, g, f)
			n := b.read(mfi.RegCertificateLength, 2)
			return b.read(mfi.RegCertificate, int(n[0])<<8|int(n[1]))
		}
		flipped := append([]byte(nil), good...)
		flipped[37] ^= 0x80
		assert.Equal(t, flipped, read(chip.Faults{FlipCertificateBit: 37*8 + 8}))
		assert.Equal(t, good[:len(good)-5], read(chip.Faults{TruncateCertificate: 5}))
		assert.Equal(t, good, read(chip.Faults{FlipCertificateBit: 1 << 20}), "beyond the end")
		assert.Empty(t, read(chip.Faults{TruncateCertificate: 5000}))
		assert.Empty(t, read(chip.Faults{NoCertificate: true}))
	})
}

func TestFaultForgetsPointer(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{ForgetsPointer: true})
	assert.Equal(t, []byte{0xFF, 0xFF}, b.read(mfi.RegDeviceVersion, 2))
}

func TestFaultStickyError(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{StickyError: true})
	b.writeAll(mfi.RegDeviceVersion, 1)
	assert.EqualValues(t, 2, b.readByte(mfi.RegErrorCode))
	assert.EqualValues(t, 2, b.readByte(mfi.RegErrorCode))
}

func TestFaultStretch(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{Stretch: 20 * ms})
	before := b.clock.Now()
	b.acks(pointerToVersion, nil)
	assert.Equal(t, 20*ms+200*us, b.clock.Now()-before)

	b.bus.StretchLimit = 15 * ms
	b.wait(5 * ms)
	before = b.clock.Now()
	err := b.bus.Tx(b.addr, pointerToVersion, nil)
	require.ErrorIs(t, err, chip.ErrStretch)
	assert.EqualError(t, err, "i2c: write to 0x10: clock stretched beyond the adapter's limit")
	assert.Equal(t, 15*ms+110*us, b.clock.Now()-before, "the adapter's limit")
}

func TestFaultsCombine(t *testing.T) {
	b := faulty(t, mfi.Gen20, chip.Faults{SignError: 0x06, StickyError: true, SigningTime: 50 * ms, DeviceVersion: ptr[uint8](6)})
	assert.EqualValues(t, 6, b.readByte(mfi.RegDeviceVersion))
	before := b.clock.Now()
	b.sign(challengeFor(mfi.Gen20))
	assert.Less(t, b.clock.Now()-before, 100*ms)
	b.readByte(mfi.RegErrorCode)
	assert.EqualValues(t, 0x80, b.readByte(mfi.RegControlStatus))
}

func TestFaultsAreData(t *testing.T) {
	var f chip.Faults
	require.NoError(t, yaml.Load([]byte("{signing-time: 2s, sign-error: 6, device-version: 0x06, never-wakes: true}"), &f, yaml.WithKnownFields()))
	assert.Equal(t, chip.Faults{SigningTime: 2 * time.Second, SignError: 6, DeviceVersion: ptr[uint8](6), NeverWakes: true}, f)
	b := faulty(t, mfi.Gen20, f)
	assert.Equal(t, f, b.chip.Faults())
}
