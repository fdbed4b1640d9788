package testca

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/plugfest/plugfest/mfi"
)

// The sizes of certificates in the field, in bytes. Sources: redline-labs/digital_dashboard and openairplay (908), HomeKitADK
// (607 to 609).
const (
	Size20 = 908
	Size30 = 608
)

// oidCapabilities marks the critical extension of 3.0 certificates, a field of 32 bytes. Source: WACResearch.
var oidCapabilities = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 36}

// capabilitiesSize is the size of the capability field in bytes.
const capabilitiesSize = 32

// IssueOptions change what [CA.Issue] makes. The zero value gives a certificate of the usual size.
type IssueOptions struct {
	// Size is the size of the PKCS#7 certificate in bytes. Default Size20 or Size30; 945 was seen as well.
	Size int
	// Capabilities is the 32-byte field in a 3.0 certificate. Default zeros: what its bits mean is in no public source.
	Capabilities []byte
	// RawCapabilities leaves out the DER OCTET STRING around the field. Both forms were seen.
	RawCapabilities bool
}

// ErrIssue is the error of a certificate that cannot be made.
var ErrIssue = errors.New("testca: cannot issue")

// Issue makes the identity that belongs to a seed.
func (ca *CA) Issue(g mfi.Generation, seed uint64, opts IssueOptions) (*Accessory, error) {
	by, ok := ca.issuer(g)
	if !ok {
		return nil, fmt.Errorf("%w: generation is %v, want 2.0 or 3.0", ErrIssue, g)
	}
	a := &Accessory{generation: g, serial: serialNumber(g, seed)}
	template, err := leaf(g, a.serial, opts)
	if err != nil {
		return nil, err
	}
	size := opts.Size
	switch g {
	case mfi.Gen20:
		a.key = accessoryRSA(seed)
		setDefault(&size, Size20)
	case mfi.Gen30:
		a.key = accessoryECDSA(seed)
		setDefault(&size, Size30)
	}
	a.x509, a.pkcs7, err = by.fit(template, a.Public(), seed, size)
	return a, err
}

// MustIssue is Issue with the default options for a generation that is known to be right: it panics instead of failing.
func (ca *CA) MustIssue(g mfi.Generation, seed uint64) *Accessory {
	a, err := ca.Issue(g, seed, IssueOptions{})
	if err != nil {
		panic(err)
	}
	return a
}

func setDefault(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// serialNumber has the length of a real one, 30 or 32 characters, and starts with PF, which is not hexadecimal.
func serialNumber(g mfi.Generation, seed uint64) string {
	digits := 30
	if g == mfi.Gen30 {
		digits = 32
	}
	sum := seeded("serial", seed, 0)
	return ("PF" + strings.ToUpper(hex.EncodeToString(sum[:])))[:digits]
}

// leaf has the extensions of real certificates: keyUsage and basicConstraints, both critical, and the capabilities on the 3.0.
func leaf(g mfi.Generation, serial string, opts IssueOptions) (*x509.Certificate, error) {
	t := &x509.Certificate{
		Subject:   pkix.Name{Country: []string{"XX"}, Organization: []string{"Plugfest Test"}, CommonName: "IPA_" + serial},
		NotBefore: time.Date(2012, 2, 14, 0, 0, 0, 0, time.UTC),
		NotAfter:  time.Date(2022, 2, 14, 0, 0, 0, 0, time.UTC), // as the real ones: expired, and accepted all the same
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment |
			x509.KeyUsageKeyAgreement,
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA1WithRSA,
	}
	if g == mfi.Gen20 {
		t.Subject.Organization = []string{"Plugfest Test Accessories"} // longer, so that the padding keeps within 64 characters
		return t, nil
	}
	t.SignatureAlgorithm = x509.ECDSAWithSHA256
	t.NotBefore = time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)
	t.NotAfter = time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC)
	field := opts.Capabilities
	if field == nil {
		field = make([]byte, capabilitiesSize)
	}
	if len(field) != capabilitiesSize {
		return nil, fmt.Errorf("%w: Capabilities has %d bytes, want %d", ErrIssue, len(field), capabilitiesSize)
	}
	if !opts.RawCapabilities {
		field = append([]byte{asn1.TagOctetString, capabilitiesSize}, field...)
	}
	t.ExtraExtensions = []pkix.Extension{{Id: oidCapabilities, Critical: true, Value: field}}
	return t, nil
}

// fit signs the certificate with as much padding in its name as gives the PKCS#7 certificate the wanted size.
//
// An ECDSA signature has 70 to 72 bytes, and nobody knows how many before it is made; hence the attempts, each with another serial
// number.
func (i issuer) fit(template *x509.Certificate, public any, seed uint64, size int) (cert, blob []byte, err error) {
	parent := &x509.Certificate{RawSubject: i.cert.RawSubject} // without key identifier: real certificates name none
	padding := max(size-usualUnpadded(template), 0)
	for attempt := range uint64(maxAttempts) {
		template.SerialNumber = certificateNumber(seed, attempt)
		template.Subject.OrganizationalUnit = []string{"Plugfest Test " + strings.Repeat("x", padding)}
		if cert, err = x509.CreateCertificate(nil, template, parent, public, i.key); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrIssue, err)
		}
		if blob, err = pkcs7.DegenerateCertificate(cert); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrIssue, err)
		}
		if len(blob) == size {
			return cert, blob, nil
		}
		padding += size - len(blob)
		if padding < 0 {
			return nil, nil, fmt.Errorf("%w: Size is %d, want at least %d", ErrIssue, size, size-padding)
		}
		if padding > maxPadding {
			return nil, nil, fmt.Errorf("%w: Size is %d, want at most about %d", ErrIssue, size, size-padding+maxPadding)
		}
	}
	return nil, nil, fmt.Errorf("%w: Size %d was not met in %d attempts", ErrIssue, size, maxAttempts)
}

// certificateNumber has 16 bytes, with a first byte that gives all of them an encoding of the same length.
func certificateNumber(seed, attempt uint64) *big.Int {
	sum := seeded("certificate", seed, attempt)
	sum[0] = sum[0]&0x3F | 0x40
	return new(big.Int).SetBytes(sum[:16])
}

const (
	maxAttempts = 200
	maxPadding  = 400 // keeps the name in bounds
)

// usualUnpadded is the size of a certificate without padding, so that the first attempt mostly fits.
func usualUnpadded(template *x509.Certificate) int {
	if template.SignatureAlgorithm == x509.SHA1WithRSA {
		return 869
	}
	return 597
}
