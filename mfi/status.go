package mfi

import "fmt"

// Status is what register 0x10 reads. Bit 7 is set while the error register holds an error, bits 6 to 4 are a [Result], bits 3
// to 0 are zero once the chip has finished.
//
// Only SignatureDone is certain (HomeKitADK demands exactly that byte); the division into bits is inferred from drivers.
type Status uint8

// SignatureDone is the status of a chip that has made a signature without error.
const SignatureDone Status = 0x10

// Result is the last process that ended well.
type Result uint8

// The results. The last three exist on the 2.0 only.
const (
	ResultNone             Result = 0
	ResultSignature        Result = 1
	ResultChallenge        Result = 2
	ResultResponseVerified Result = 3
	ResultCertificateValid Result = 4
)

// Failed reports whether bit 7 is set: the error register says why.
func (s Status) Failed() bool { return s&0x80 != 0 }

// Result is what bits 6 to 4 say.
func (s Status) Result() Result { return Result(s >> 4 & 7) }

// Working reports whether the chip says that it is still at work. Most chips NACK instead of saying so.
func (s Status) Working() bool { return !s.Failed() && s&0x0F != 0 }

// String is the value with its meaning, as in "0x10 (signature done)".
func (s Status) String() string {
	text := [...]string{"idle", "signature done", "challenge done", "response verified", "certificate valid"}
	switch {
	case s == 0xFF:
		return "0xFF (filler: the chip has lost its register pointer)"
	case s.Failed():
		return fmt.Sprintf("0x%02X (failed)", uint8(s))
	case s.Working():
		return fmt.Sprintf("0x%02X (still working)", uint8(s))
	case int(s.Result()) < len(text):
		return fmt.Sprintf("0x%02X (%s)", uint8(s), text[s.Result()])
	}
	return fmt.Sprintf("0x%02X (unknown)", uint8(s))
}
