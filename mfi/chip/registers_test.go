package chip_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

// The register maps as HomeKitADK has them, with the values at power-up.
func TestRegistersAtPowerUp(t *testing.T) {
	zeros := func(n int) string { return hex.EncodeToString(make([]byte, n)) }
	for _, tt := range []struct {
		generation mfi.Generation
		want       map[mfi.Register]string
	}{
		{mfi.Gen20, map[mfi.Register]string{
			0x00: "05", 0x01: "01", 0x02: "02", 0x03: "00", 0x04: "00000200", 0x05: "00", 0x10: "00", 0x11: "0080", 0x12: zeros(128),
			0x20: "0014", 0x21: zeros(128), 0x30: "038c", 0x40: "00", 0x4D: "00", 0x50: "0000", 0x51: zeros(128), 0x58: zeros(128),
		}},
		{mfi.Gen30, map[mfi.Register]string{
			0x00: "07", 0x01: "01", 0x02: "03", 0x03: "00", 0x04: "00000300", 0x05: "00", 0x10: "00", 0x11: "0000", 0x12: zeros(64),
			0x20: "0000", 0x21: zeros(32), 0x30: "0260", 0x40: "c0",
		}},
	} {
		b := newBench(t, tt.generation, nil)
		for reg, want := range tt.want {
			assert.Equal(t, want, hex.EncodeToString(b.read(reg, len(want)/2)), "%v of %v", reg, tt.generation)
		}
		assert.Zero(t, b.readByte(mfi.RegErrorCode), "all of them can be read")
	}
}

func TestEveryOtherRegisterIsAnErrorAndFiller(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		model := chip.ForGeneration(g)
		listed := map[int]bool{}
		for _, r := range model.Registers {
			for n := range max(r.Count, 1) {
				if r.Access != chip.WriteOnly {
					listed[int(r.Reg)+n] = true
				}
			}
		}
		b := newBench(t, g, nil)
		for reg := range 256 {
			if listed[reg] {
				continue
			}
			require.Equal(t, []byte{0xFF, 0xFF}, b.read(mfi.Register(reg), 2), "register 0x%02X", reg)
			require.EqualValues(t, model.Errors.InvalidRead, b.readByte(mfi.RegErrorCode), "register 0x%02X", reg)
		}
	})
}

func TestWritesToReadOnlyRegistersAreErrorsAndChangeNothing(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		for _, reg := range []mfi.Register{mfi.RegDeviceVersion, mfi.RegDeviceID, mfi.RegErrorCode, mfi.RegCertificateLength, mfi.RegCertificate,
			mfi.RegSerialNumber, 0x77} {
			b.writeAll(reg, 0xEE, 0xEE)
			require.EqualValues(t, 0x02, b.readByte(mfi.RegErrorCode), "%v", reg)
		}
		assert.NotEqual(t, byte(0xEE), b.readByte(mfi.RegDeviceVersion))
		assert.Equal(t, b.accessory.Certificate()[:128], b.read(mfi.RegCertificate, 128))
	})
}

func TestReadWriteRegistersReadBack(t *testing.T) {
	fill := bytes.Repeat([]byte{0xA5}, 128)
	for _, tt := range []struct {
		generation mfi.Generation
		reg        mfi.Register
		size       int
	}{
		{mfi.Gen20, mfi.RegResponseLength, 2}, {mfi.Gen20, mfi.RegResponse, 128}, {mfi.Gen20, mfi.RegChallengeLength, 2},
		{mfi.Gen20, mfi.RegChallenge, 128}, {mfi.Gen20, mfi.RegDeviceCertificateLength, 2}, {mfi.Gen20, 0x51, 128}, {mfi.Gen20, 0x58, 128},
		{mfi.Gen30, mfi.RegChallenge, 32},
	} {
		t.Run(fmt.Sprintf("%v 0x%02X", tt.generation, uint8(tt.reg)), func(t *testing.T) {
			b := newBench(t, tt.generation, nil)
			b.writeAll(tt.reg, fill[:tt.size]...)
			assert.Equal(t, fill[:tt.size], b.next(tt.size), "the pointer stays on the register that was written")
			b.writeAll(tt.reg, append([]byte{1}, fill[:tt.size]...)...)
			assert.Equal(t, append([]byte{1}, fill[:tt.size-1]...), b.read(tt.reg, tt.size), "what is too long is cut")
			b.writeAll(tt.reg, 2)
			assert.Equal(t, append([]byte{2}, fill[:tt.size-1]...), b.read(tt.reg, tt.size), "what is short fills the start")
			assert.Zero(t, b.readByte(mfi.RegErrorCode))
		})
	}
}

func TestReadingTheErrorClearsIt(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		b.writeAll(mfi.RegDeviceVersion, 1)
		assert.True(t, mfi.Status(b.readByte(mfi.RegControlStatus)).Failed(), "bit 7 follows the error register")
		assert.EqualValues(t, 0x02, b.readByte(mfi.RegErrorCode))
		assert.Zero(t, b.readByte(mfi.RegErrorCode))
		assert.Zero(t, b.readByte(mfi.RegControlStatus))
	})
}

// LIVI writes the challenge length of a 3.0, where the register is read-only, and gets away with it.
func TestTheThreeDotZeroToleratesAChallengeLength(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	b.writeAll(mfi.RegChallengeLength, 0, 32)
	assert.Zero(t, b.readByte(mfi.RegErrorCode))
	assert.Equal(t, []byte{0, 0}, b.read(mfi.RegChallengeLength, 2))

	strict := newBench(t, mfi.Gen30, func(c *chip.Config) { c.Model.Behaviour.LengthWrite = chip.LengthWriteRefuse })
	strict.writeAll(mfi.RegChallengeLength, 0, 32)
	assert.EqualValues(t, 0x02, strict.readByte(mfi.RegErrorCode))
}

func TestSerialNumber(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	assert.Equal(t, b.accessory.SerialNumber()+"\x00", string(b.read(mfi.RegSerialNumber, 31)))
	b = newBench(t, mfi.Gen30, nil)
	assert.Equal(t, b.accessory.SerialNumber(), string(b.read(mfi.RegSerialNumber, 32)))
}

func TestSelfTest(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*chip.Config)
		want   byte
	}{
		{"healthy", nil, 0xC0},
		{"no certificate", func(c *chip.Config) { c.Faults.NoCertificate = true }, 0x40},
		{"truncated certificate", func(c *chip.Config) { c.Faults.TruncateCertificate = 1 }, 0x40},
		{"no identity", func(c *chip.Config) { c.Identity = nil }, 0x00},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, mfi.Gen20, tt.change)
			assert.Zero(t, b.readByte(mfi.RegSelfTest), "not run yet")
			b.writeAll(mfi.RegSelfTest, 0)
			assert.Zero(t, b.readByte(mfi.RegSelfTest), "only 1 runs it")
			b.writeAll(mfi.RegSelfTest, 1)
			assert.Equal(t, tt.want, b.readByte(mfi.RegSelfTest))
			b = newBench(t, mfi.Gen30, tt.change)
			assert.Equal(t, tt.want, b.readByte(mfi.RegSelfTest), "the 3.0 has run it by itself")
		})
	}
}
