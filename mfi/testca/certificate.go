package testca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"strings"

	"github.com/smallstep/pkcs7"

	"github.com/plugfest/plugfest/mfi"
)

// Certificate is an accessory's certificate whose form is right. Whether to trust it is another question.
type Certificate struct {
	// Generation follows from the key: RSA-1024 is a 2.0, P-256 a 3.0. Nothing else tells the phone.
	Generation mfi.Generation
	// X509 is the certificate inside.
	X509 *x509.Certificate
	// Capabilities is the 32-byte field of a 3.0, nil when there is none.
	Capabilities []byte
}

// ChallengeSize is the size of the challenge for this accessory in bytes: 20 or 32.
func (c *Certificate) ChallengeSize() int { return c.Generation.ChallengeSize() }

// SerialNumber is the common name after "IPA_".
func (c *Certificate) SerialNumber() string {
	return strings.TrimPrefix(c.X509.Subject.CommonName, "IPA_")
}

// ParseCertificate checks the form of a DER PKCS#7 certificate and looks inside. It fails with ErrForm and a [*FormError].
func ParseCertificate(blob []byte) (*Certificate, error) {
	place, err := checkForm(blob)
	if err != nil {
		return nil, err
	}
	const field = "signedData.certificates[0]"
	p7, err := pkcs7.Parse(blob)
	if err != nil {
		return nil, formError(place.head, field, "%v", err)
	}
	// The library passes over what it does not understand, hence the second look.
	if len(p7.Certificates) != 1 || !bytes.Equal(p7.Certificates[0].Raw, blob[place.head:place.end]) {
		return nil, formError(place.head, field, "cannot be parsed")
	}
	c := &Certificate{X509: p7.Certificates[0]}
	switch key := c.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits != 1024 {
			return nil, formError(place.head, field+".subjectPublicKey", "RSA with %d bits, want 1024", bits)
		}
		c.Generation = mfi.Gen20
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, formError(place.head, field+".subjectPublicKey", "curve is %s, want P-256", key.Curve.Params().Name)
		}
		c.Generation = mfi.Gen30
	default:
		return nil, formError(place.head, field+".subjectPublicKey", "%v key, want RSA-1024 or P-256", c.X509.PublicKeyAlgorithm)
	}
	return c, c.readCapabilities(place.head)
}

// readCapabilities takes the field in both forms that were seen: with and without a DER OCTET STRING around it.
func (c *Certificate) readCapabilities(offset int) error {
	for _, e := range c.X509.Extensions {
		if !e.Id.Equal(oidCapabilities) {
			continue
		}
		field := e.Value
		if len(field) == 2+capabilitiesSize && field[0] == asn1.TagOctetString && field[1] == capabilitiesSize {
			field = field[2:]
		}
		if len(field) != capabilitiesSize {
			return formError(offset, "signedData.certificates[0].capabilities", "%d bytes, want %d", len(field), capabilitiesSize)
		}
		c.Capabilities = field
	}
	return nil
}
