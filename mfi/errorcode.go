package mfi

import "fmt"

// ErrorCode is what register 0x05 reads. What a code means depends on the generation: 0x05 is a wrong certificate length on the 2.0
// and a wrong order of steps on the 3.0. Source: HomeKitADK.
type ErrorCode uint8

var errorTexts = map[Generation]map[ErrorCode]string{
	Gen20: {
		0x00: "no error",
		0x01: "invalid register for reading",
		0x02: "invalid register for writing",
		0x03: "invalid response length",
		0x04: "invalid challenge length",
		0x05: "invalid certificate length",
		0x06: "internal error while making a response",
		0x07: "internal error while making a challenge",
		0x08: "internal error while verifying a response",
		0x09: "internal error while validating a certificate",
		0x0A: "invalid process control value",
		0x0B: "process control out of sequence",
	},
	Gen30: {
		0x00: "no error",
		0x02: "invalid register",
		0x05: "sequence error",
		0x06: "internal error",
	},
}

// Text is what the code means on generation g, or "unknown error code".
func (e ErrorCode) Text(g Generation) string {
	if text, ok := errorTexts[g][e]; ok {
		return text
	}
	return "unknown error code"
}

func (e ErrorCode) describe(g Generation) string {
	return fmt.Sprintf("0x%02X (%s)", uint8(e), e.Text(g))
}
