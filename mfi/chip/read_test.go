package chip_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

// The four ways in which drivers in the field read the certificate. Both rules of auto-increment must serve all of them, except that
// reading inside a page needs the fine one.
func TestCertificateReadingStyles(t *testing.T) {
	styles := []struct {
		name string
		fine bool
		read func(b *bench, length int) []byte
	}{
		{"pointer for each page", false, func(b *bench, length int) (got []byte) {
			for at := 0; at < length; at += 128 {
				got = append(got, b.read(mfi.RegCertificate+mfi.Register(at/128), min(128, length-at))...)
			}
			return got
		}},
		{"one read of all", false, func(b *bench, length int) []byte { return b.read(mfi.RegCertificate, length) }},
		{"one pointer, page after page", false, func(b *bench, length int) []byte {
			b.write(byte(mfi.RegCertificate))
			var got []byte
			for len(got) < length {
				got = append(got, b.next(128)...)
			}
			return got[:length]
		}},
		{"one pointer, 33 bytes at a time", true, func(b *bench, length int) []byte {
			b.write(byte(mfi.RegCertificate))
			var got []byte
			for len(got) < length {
				got = append(got, b.next(min(33, length-len(got)))...)
			}
			return got
		}},
	}
	both(t, func(t *testing.T, g mfi.Generation) {
		for _, rule := range []chip.Increment{chip.IncrementFine, chip.IncrementCoarse} {
			for _, style := range styles {
				t.Run(string(rule)+" "+style.name, func(t *testing.T) {
					b := newBench(t, g, func(c *chip.Config) { c.Model.Behaviour.Increment = rule })
					n := b.read(mfi.RegCertificateLength, 2)
					got := style.read(b, int(n[0])<<8|int(n[1]))
					if rule == chip.IncrementCoarse && style.fine {
						assert.NotEqual(t, b.accessory.Certificate(), got)
						return
					}
					assert.Equal(t, b.accessory.Certificate(), got)
				})
			}
		}
	})
}

// A driver in the field reads nine bytes at register 0x00 and gets everything up to the error code, which it clears.
func TestIdentityBlock(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	b.writeAll(mfi.RegDeviceVersion, 1)
	assert.Equal(t, []byte{0x05, 0x01, 0x02, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02}, b.read(mfi.RegDeviceVersion, 9))
	assert.Zero(t, b.readByte(mfi.RegErrorCode), "cleared by the block read")
	b = newBench(t, mfi.Gen30, nil)
	assert.Equal(t, []byte{0x07, 0x01, 0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00}, b.read(mfi.RegDeviceVersion, 9))
}

func TestAPartialReadThatAnotherFollows(t *testing.T) {
	for _, tt := range []struct {
		rule chip.Increment
		want []byte
	}{
		{chip.IncrementFine, []byte{0x02, 0x00}},   // the rest of the device ID
		{chip.IncrementCoarse, []byte{0x00, 0x00}}, // error code and status
	} {
		b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model.Behaviour.Increment = tt.rule })
		assert.Equal(t, []byte{0x00, 0x00}, b.read(mfi.RegDeviceID, 2))
		assert.Equal(t, tt.want, b.next(2), "%s", tt.rule)
	}
}

func TestReadingBeyondTheLastRegisterGivesFiller(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	got := b.read(0x58, 130)
	assert.Equal(t, append(make([]byte, 128), 0xFF, 0xFF), got)
	assert.Equal(t, []byte{0xFF}, b.next(1))
	assert.Zero(t, b.readByte(mfi.RegErrorCode))
	// Register 0x60 of the 3.0 is write-only and no end of a run.
	b = newBench(t, mfi.Gen30, nil)
	assert.Equal(t, []byte{0xFF}, b.read(mfi.RegSerialNumber, 33)[32:])
}

func TestTheLastPageIsFilledWithZeros(t *testing.T) {
	b := newBench(t, mfi.Gen30, nil)
	assert.Equal(t, append(b.accessory.Certificate()[512:], make([]byte, 32)...), b.read(0x35, 128))
	b = newBench(t, mfi.Gen20, nil)
	assert.Equal(t, make([]byte, 256), b.read(0x39, 256), "pages that the certificate does not reach")
}

func TestACertificateThatDoesNotFitIsRefused(t *testing.T) {
	b := newBench(t, mfi.Gen20, nil)
	_, err := chip.New(chip.Config{Model: chip.MFi30(), Identity: b.accessory})
	assert.ErrorIs(t, err, chip.ErrModel)
	assert.EqualError(t, err, `invalid chip model "3.0": a certificate of 908 bytes does not fit its pages, which hold 640`)
}
