package chip_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

func challengeFor(g mfi.Generation) []byte { return bytes.Repeat([]byte{0x3C}, g.ChallengeSize()) }

func TestSignature(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		challenge := challengeFor(g)
		require.Equal(t, mfi.SignatureDone, b.sign(challenge))
		assert.Equal(t, []byte{0, byte(g.ResponseSize())}, b.read(mfi.RegResponseLength, 2))
		response := b.read(mfi.RegResponse, g.ResponseSize())
		assert.Zero(t, b.readByte(mfi.RegErrorCode))
		assert.NoError(t, testca.Verifier{}.VerifyResponse(b.accessory.Certificate(), challenge, response))
	})
}

func TestSigningNACKsThroughout(t *testing.T) {
	for _, tt := range []struct {
		generation mfi.Generation
		want       time.Duration
	}{{mfi.Gen20, 400 * ms}, {mfi.Gen30, 300 * ms}} {
		b := newBench(t, tt.generation, nil)
		b.writeAll(mfi.RegChallenge, challengeFor(tt.generation)...)
		b.acks([]byte{byte(mfi.RegControlStatus), 1}, nil)
		start := b.clock.Now()
		for b.clock.Now() < start+tt.want-ackTime {
			b.nacks([]byte{byte(mfi.RegControlStatus)}, nil)
			b.wait(7 * ms)
		}
		b.wait(start + tt.want - b.clock.Now())
		assert.EqualValues(t, mfi.SignatureDone, b.readByte(mfi.RegControlStatus))
	}
}

func TestSigningCanBePolledInstead(t *testing.T) {
	for name, change := range map[string]func(*chip.Config){
		"by the model": func(c *chip.Config) { c.Model.Behaviour.Signing = chip.SigningPoll },
		"by a fault":   func(c *chip.Config) { c.Faults.AckWhileSigning = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mfi.Gen30, change)
			require.EqualValues(t, 0x01, b.sign(challengeFor(mfi.Gen30)))
			assert.True(t, mfi.Status(b.readByte(mfi.RegControlStatus)).Working())
			assert.Equal(t, []byte{0, 0}, b.read(mfi.RegResponseLength, 2), "not yet")
			b.wait(300 * ms)
			assert.EqualValues(t, mfi.SignatureDone, b.readByte(mfi.RegControlStatus))
			assert.Equal(t, []byte{0, 64}, b.read(mfi.RegResponseLength, 2))
		})
	}
}

func TestASecondStartWhileWorkingIsOutOfSequence(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model.Behaviour.Signing = chip.SigningPoll })
	require.EqualValues(t, 0x01, b.sign(challengeFor(mfi.Gen20)))
	b.writeAll(mfi.RegControlStatus, 1)
	assert.EqualValues(t, 0x0B, b.readByte(mfi.RegErrorCode))
	b.wait(400 * ms)
	assert.EqualValues(t, mfi.SignatureDone, b.readByte(mfi.RegControlStatus), "the first one ends well")
}

func TestTheChallengeSurvivesForASecondSignature(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	require.Equal(t, mfi.SignatureDone, b.sign(challengeFor(mfi.Gen30)))
	first := b.read(mfi.RegResponse, 64)
	b.writeAll(mfi.RegControlStatus, 0)
	assert.Zero(t, b.readByte(mfi.RegControlStatus), "0 returns to idle")
	b.writeAll(mfi.RegControlStatus, 1)
	assert.EqualValues(t, mfi.SignatureDone, b.readByte(mfi.RegControlStatus))
	assert.Equal(t, first, b.read(mfi.RegResponse, 64), "RFC 6979")
}

func TestSignatureIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name       string
		generation mfi.Generation
		prepare    func(*bench)
		want       mfi.ErrorCode
	}{
		{"without a challenge, 2.0C", mfi.Gen20, func(*bench) {}, 0x0B},
		{"without a challenge, 3.0", mfi.Gen30, func(*bench) {}, 0x05},
		{"with a SHA-1 challenge for a 3.0", mfi.Gen30, func(b *bench) { b.writeAll(mfi.RegChallenge, make([]byte, 20)...) }, 0x05},
		{"with challenge length 32 for a 2.0C", mfi.Gen20, func(b *bench) {
			b.writeAll(mfi.RegChallengeLength, 0, 32)
			b.writeAll(mfi.RegChallenge, make([]byte, 32)...)
		}, 0x04},
		{"with response length 64 for a 2.0C", mfi.Gen20, func(b *bench) {
			b.writeAll(mfi.RegResponseLength, 0, 64)
			b.writeAll(mfi.RegChallenge, make([]byte, 20)...)
		}, 0x03},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.generation, nil)
			tt.prepare(b)
			b.acks([]byte{byte(mfi.RegControlStatus), 1}, nil)
			b.wait(2 * ms)
			assert.EqualValues(t, 0x80, b.readByte(mfi.RegControlStatus), "refused at once")
			assert.EqualValues(t, tt.want, b.readByte(mfi.RegErrorCode))
		})
	}
}

func TestUnknownProcesses(t *testing.T) {
	for _, tt := range []struct {
		generation mfi.Generation
		values     []byte
		want       mfi.ErrorCode
	}{{mfi.Gen20, []byte{5, 6, 0x10, 0xFF}, 0x0A}, {mfi.Gen30, []byte{2, 3, 4, 5, 0xFF}, 0x05}} {
		b := newBench(t, tt.generation, nil)
		for _, v := range tt.values {
			b.writeAll(mfi.RegControlStatus, v)
			require.EqualValues(t, 0x80, b.readByte(mfi.RegControlStatus))
			require.EqualValues(t, tt.want, b.readByte(mfi.RegErrorCode), "value %d", v)
		}
	}
}

func TestAChipWithoutKeyCannotSign(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, func(c *chip.Config) { c.Identity = nil })
		assert.EqualValues(t, 0x80, b.sign(challengeFor(g)))
		assert.EqualValues(t, 0x06, b.readByte(mfi.RegErrorCode))
	})
}

// The 2.0C can judge the other side, too: it makes a challenge, takes a certificate and a response.
func TestMutualAuthentication(t *testing.T) {
	device := testca.Test().MustIssue(mfi.Gen20, 99)
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.DeviceVerifier = testca.Verifier{} })
	blob := device.Certificate()
	b.writeAll(mfi.RegDeviceCertificateLength, byte(len(blob)>>8), byte(len(blob)))
	for at := 0; at < len(blob); at += 128 {
		b.writeAll(mfi.RegDeviceCertificate+mfi.Register(at/128), blob[at:min(at+128, len(blob))]...)
	}
	b.writeAll(mfi.RegControlStatus, 4)
	require.EqualValues(t, 0x40, b.readByte(mfi.RegControlStatus), "certificate valid")

	b.writeAll(mfi.RegControlStatus, 2)
	require.EqualValues(t, 0x20, b.readByte(mfi.RegControlStatus), "challenge made")
	require.Equal(t, []byte{0, 20}, b.read(mfi.RegChallengeLength, 2))
	challenge := b.read(mfi.RegChallenge, 20)
	assert.NotEqual(t, make([]byte, 20), challenge)

	response, err := device.Sign(challenge)
	require.NoError(t, err)
	b.writeAll(mfi.RegResponseLength, 0, 128)
	b.writeAll(mfi.RegResponse, response...)
	b.writeAll(mfi.RegControlStatus, 3)
	assert.EqualValues(t, 0x30, b.readByte(mfi.RegControlStatus), "response verified")

	response[0] ^= 1
	b.writeAll(mfi.RegResponse, response...)
	b.writeAll(mfi.RegControlStatus, 3)
	assert.EqualValues(t, 0x80, b.readByte(mfi.RegControlStatus))
	assert.EqualValues(t, 0x08, b.readByte(mfi.RegErrorCode))

	b.writeAll(mfi.RegDeviceCertificate, blob[:128]...)
	b.writeAll(mfi.RegControlStatus, 3)
	assert.EqualValues(t, 0x0B, func() byte { b.read(mfi.RegControlStatus, 1); return b.readByte(mfi.RegErrorCode) }(),
		"a certificate that was written again has to be validated again")
}

func TestMutualAuthenticationIsRefused(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.DeviceVerifier = testca.Verifier{} })
	control := func(v byte) byte {
		b.writeAll(mfi.RegControlStatus, v)
		require.EqualValues(t, 0x80, b.readByte(mfi.RegControlStatus))
		return b.readByte(mfi.RegErrorCode)
	}
	assert.EqualValues(t, 0x05, control(4), "no certificate")
	b.writeAll(mfi.RegDeviceCertificateLength, 0xFF, 0xFF)
	assert.EqualValues(t, 0x05, control(4), "longer than the pages")
	b.writeAll(mfi.RegDeviceCertificateLength, 0, 10)
	assert.EqualValues(t, 0x09, control(4), "not a certificate")
	assert.EqualValues(t, 0x0B, control(3), "nothing to verify")

	nobody := newBench(t, mfi.Gen20, nil)
	nobody.writeAll(mfi.RegDeviceCertificateLength, 0, 10)
	nobody.writeAll(mfi.RegControlStatus, 4)
	assert.EqualValues(t, 0x80, nobody.readByte(mfi.RegControlStatus), "nobody to judge")
	assert.EqualValues(t, 0x09, nobody.readByte(mfi.RegErrorCode))
}

func TestVerifyingAResponseOfNoLengthIsRefused(t *testing.T) {
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.DeviceVerifier = testca.Verifier{} })
	blob := b.accessory.Certificate()
	b.writeAll(mfi.RegDeviceCertificateLength, byte(len(blob)>>8), byte(len(blob)))
	for at := 0; at < len(blob); at += 128 {
		b.writeAll(mfi.RegDeviceCertificate+mfi.Register(at/128), blob[at:min(at+128, len(blob))]...)
	}
	b.writeAll(mfi.RegControlStatus, 4)
	b.writeAll(mfi.RegControlStatus, 2)
	b.writeAll(mfi.RegResponseLength, 0, 0)
	b.writeAll(mfi.RegControlStatus, 3)
	assert.EqualValues(t, 0x03, b.readByte(mfi.RegErrorCode))
}

func TestOwnChallengesFollowTheSeed(t *testing.T) {
	make2 := func(seed uint64) (all []byte) {
		b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Seed = seed })
		for range 2 {
			b.writeAll(mfi.RegControlStatus, 2)
			all = append(all, b.read(mfi.RegChallenge, 20)...)
		}
		return all
	}
	one := make2(1)
	assert.Equal(t, one, make2(1))
	assert.NotEqual(t, one, make2(2))
	assert.NotEqual(t, one[:20], one[20:], "never the same twice")
}
