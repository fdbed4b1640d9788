package mfi

import "fmt"

// Generation is a generation of the coprocessor, as its protocol major version names it.
type Generation uint8

// The generations in the field. Gen20 covers the parts 2.0B and 2.0C.
const (
	GenUnknown Generation = 0
	Gen20      Generation = 2
	Gen30      Generation = 3
)

// PageSize is the size of a certificate page register in bytes. Source: HomeKitADK.
const PageSize = 128

// format holds what differs between the generations on the wire. Source: HomeKitADK (sizes); the 15 pages of the 2.0B come
// from drivers of that part.
type format struct {
	name             string
	challenge        int
	response         int
	certificatePages int
	serial           int
	lengthWrites     bool
}

var formats = map[Generation]format{
	Gen20: {name: "2.0", challenge: 20, response: 128, certificatePages: 15, serial: 31, lengthWrites: true},
	Gen30: {name: "3.0", challenge: 32, response: 64, certificatePages: 5, serial: 32},
}

// String is "2.0", "3.0" or, for any other value, "generation N".
func (g Generation) String() string {
	if f, ok := formats[g]; ok {
		return f.name
	}
	return fmt.Sprintf("generation %d", uint8(g))
}

// ChallengeSize is the number of bytes that the chip signs: 20 (a SHA-1 digest) or 32 (a SHA-256 digest); 0 when g is unknown.
func (g Generation) ChallengeSize() int { return formats[g].challenge }

// ResponseSize is the size of the signature in bytes: 128 (RSA-1024) or 64 (P-256, r and s); 0 when g is unknown.
func (g Generation) ResponseSize() int { return formats[g].response }

// MaxCertificateSize is the room that the certificate pages give, in bytes: 1920 (15 pages) or 640 (5 pages).
func (g Generation) MaxCertificateSize() int { return formats[g].certificatePages * PageSize }
