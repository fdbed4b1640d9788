package mfi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

type i2cIO = i2ctest.IO

// playback opens a chip that answers from a list.
func playback(t *testing.T, ops []i2cIO) *mfi.Coprocessor {
	t.Helper()
	c, err := mfi.Open(&i2ctest.Playback{Ops: ops, DontPanic: true}, &chip.VirtualClock{}, mfi.Options{})
	require.NoError(t, err)
	return c
}

func TestRegistersHaveNames(t *testing.T) {
	for reg, want := range map[mfi.Register]string{
		0x00: "0x00 (device version)", 0x10: "0x10 (control and status)", 0x31: "0x31 (accessory certificate page 1)",
		0x3A: "0x3A (accessory certificate page 10)", 0x4E: "0x4E (certificate serial number)", 0x58: "0x58 (device certificate page 8)",
		0x60: "0x60 (sleep)", 0x77: "0x77 (unlisted)",
	} {
		assert.Equal(t, want, reg.String())
	}
}

// Every register of the models has a name.
func TestModelRegistersHaveNames(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		for _, r := range chip.ForGeneration(g).Registers {
			assert.NotEqual(t, "unlisted", r.Reg.Name(), "0x%02X", uint8(r.Reg))
		}
	})
}

func TestGenerations(t *testing.T) {
	assert.Equal(t, "2.0", mfi.Gen20.String())
	assert.Equal(t, "3.0", mfi.Gen30.String())
	assert.Equal(t, "generation 9", mfi.Generation(9).String())
	assert.Equal(t, []int{20, 128, 1920}, []int{mfi.Gen20.ChallengeSize(), mfi.Gen20.ResponseSize(), mfi.Gen20.MaxCertificateSize()})
	assert.Equal(t, []int{32, 64, 640}, []int{mfi.Gen30.ChallengeSize(), mfi.Gen30.ResponseSize(), mfi.Gen30.MaxCertificateSize()})
	assert.Zero(t, mfi.GenUnknown.ChallengeSize())
}

// The same code means different things.
func TestErrorCodesDependOnTheGeneration(t *testing.T) {
	assert.Equal(t, "invalid certificate length", mfi.ErrorCode(0x05).Text(mfi.Gen20))
	assert.Equal(t, "sequence error", mfi.ErrorCode(0x05).Text(mfi.Gen30))
	assert.Equal(t, "process control out of sequence", mfi.ErrorCode(0x0B).Text(mfi.Gen20))
	assert.Equal(t, "unknown error code", mfi.ErrorCode(0x0B).Text(mfi.Gen30))
	assert.Equal(t, "unknown error code", mfi.ErrorCode(0).Text(mfi.GenUnknown))
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		e := chip.ForGeneration(g).Errors
		for _, code := range []mfi.ErrorCode{e.InvalidRead, e.InvalidWrite, e.Signing, e.Sequence, e.ControlValue} {
			assert.NotEqual(t, "unknown error code", code.Text(g), "the model's codes are known")
		}
	}
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		status          mfi.Status
		failed, working bool
		result          mfi.Result
		text            string
	}{
		{0x00, false, false, mfi.ResultNone, "0x00 (idle)"},
		{0x01, false, true, mfi.ResultNone, "0x01 (still working)"},
		{0x10, false, false, mfi.ResultSignature, "0x10 (signature done)"},
		{0x20, false, false, mfi.ResultChallenge, "0x20 (challenge done)"},
		{0x30, false, false, mfi.ResultResponseVerified, "0x30 (response verified)"},
		{0x40, false, false, mfi.ResultCertificateValid, "0x40 (certificate valid)"},
		{0x50, false, false, 5, "0x50 (unknown)"},
		{0x80, true, false, mfi.ResultNone, "0x80 (failed)"},
		{0x90, true, false, mfi.ResultSignature, "0x90 (failed)"},
		{0xFF, true, false, 7, "0xFF (filler: the chip has lost its register pointer)"},
	} {
		assert.Equal(t, tt.failed, tt.status.Failed(), "%v", tt.status)
		assert.Equal(t, tt.working, tt.status.Working(), "%v", tt.status)
		assert.Equal(t, tt.result, tt.status.Result(), "%v", tt.status)
		assert.Equal(t, tt.text, tt.status.String())
	}
}
