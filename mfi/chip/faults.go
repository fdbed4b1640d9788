package chip

import (
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// Faults are the ways in which a chip can be broken. The zero value is a healthy chip; any of them combine.
type Faults struct {
	// Silent NACKs everything, for ever.
	Silent bool `yaml:"silent"`
	// NeverWakes answers until the chip first sleeps.
	NeverWakes bool `yaml:"never-wakes"`
	// ExtraWakeNACKs is the number of STARTs that are NACKed without waking the chip; with 1 it wakes on the second try.
	ExtraWakeNACKs int `yaml:"extra-wake-nacks"`
	// DeadAt NACKs the nth START (counted from 1, NACKed ones included) and all that follow.
	DeadAt int `yaml:"dead-at"`

	// SigningTime replaces the model's signing time when not 0.
	SigningTime time.Duration `yaml:"signing-time"`
	// AckWhileSigning answers with status 0x01 during the work, as SigningPoll does.
	AckWhileSigning bool `yaml:"ack-while-signing"`
	// SignError makes each signature fail with this error code, hence status 0x80.
	SignError mfi.ErrorCode `yaml:"sign-error"`
	// FlipSignatureBit inverts one bit of each signature when not 0. Bits are counted from 1, the lowest of the first byte.
	FlipSignatureBit int `yaml:"flip-signature-bit"`
	// SignatureLength replaces the value of the response length register after a signature when not 0.
	SignatureLength int `yaml:"signature-length"`

	// DeviceVersion replaces register 0x00 when not nil.
	DeviceVersion *uint8 `yaml:"device-version"`
	// ProtocolMajor replaces register 0x02 when not nil.
	ProtocolMajor *uint8 `yaml:"protocol-major"`

	// FlipCertificateBit inverts one bit of the certificate, when not 0, counted as in FlipSignatureBit.
	FlipCertificateBit int `yaml:"flip-certificate-bit"`
	// TruncateCertificate takes this many bytes off the end of the certificate; the length register agrees.
	TruncateCertificate int `yaml:"truncate-certificate"`
	// NoCertificate makes the certificate length 0 and the pages zero.
	NoCertificate bool `yaml:"no-certificate"`

	// ForgetsPointer unsets the pointer at each STOP.
	ForgetsPointer bool `yaml:"forgets-pointer"`
	// StickyError keeps the error register when it is read.
	StickyError bool `yaml:"sticky-error"`
	// Stretch holds the clock low this long at every START that is acknowledged.
	Stretch time.Duration `yaml:"stretch"`
}

// certificate is the certificate as a chip with these faults has it.
func (f Faults) certificate(good []byte) []byte {
	if f.NoCertificate || f.TruncateCertificate >= len(good) {
		return nil
	}
	bad := append([]byte(nil), good[:len(good)-max(f.TruncateCertificate, 0)]...)
	flip(bad, f.FlipCertificateBit)
	return bad
}

// flip inverts the bit that n counts from 1; none when n is 0 or beyond the end.
func flip(b []byte, n int) {
	if n > 0 && (n-1)/8 < len(b) {
		b[(n-1)/8] ^= 1 << ((n - 1) % 8)
	}
}
