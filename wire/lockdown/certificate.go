package lockdown

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// CertificateOptions say how the three certificates of a pairing are made. The
// zero value, with a NotBefore, is how libimobiledevice 1.3.0 with OpenSSL and
// go-ios make them.
type CertificateOptions struct {
	NotBefore time.Time
	NotAfter  time.Time // zero means ten years later
	Serial    int64     // 0; 1 with GnuTLS, mbedTLS and pymobiledevice3
	SHA256    bool      // signed with SHA-256, as by newer tools, not SHA-1
}

// Certificates are those of a pairing, in PEM. All have empty names.
//
//	Root    CA:TRUE, signed by itself
//	Host    CA:FALSE, digitalSignature and keyEncipherment, signed by the root
//	Device  the same, with a SubjectKeyIdentifier, for the device's key
//
// Source: libimobiledevice, common/userpref.c; go-ios; pymobiledevice3.
type Certificates struct{ Root, Host, Device []byte }

// NewCertificates makes the certificates of a pairing. Nothing in them is random:
// the same keys and options, the same bytes.
func NewCertificates(root, host *rsa.PrivateKey, device *rsa.PublicKey, o CertificateOptions) (Certificates, error) {
	if o.NotAfter.IsZero() {
		o.NotAfter = o.NotBefore.AddDate(10, 0, 0)
	}
	base := x509.Certificate{
		SerialNumber: big.NewInt(o.Serial), NotBefore: o.NotBefore, NotAfter: o.NotAfter,
		BasicConstraintsValid: true, SignatureAlgorithm: x509.SHA1WithRSA,
	}
	if o.SHA256 {
		base.SignatureAlgorithm = x509.SHA256WithRSA
	}
	var c Certificates
	ca := base
	ca.IsCA = true
	leaf := base
	leaf.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	named := leaf
	id := sha1.Sum(x509.MarshalPKCS1PublicKey(device))
	named.SubjectKeyId = id[:]
	for _, made := range []struct {
		name     string
		to       *[]byte
		template *x509.Certificate
		key      *rsa.PublicKey
	}{
		{"root", &c.Root, &ca, &root.PublicKey},
		{"host", &c.Host, &leaf, &host.PublicKey},
		{"device", &c.Device, &named, device},
	} {
		der, err := x509.CreateCertificate(nil, made.template, &base, made.key, root)
		if err != nil {
			return Certificates{}, fmt.Errorf("lockdown: %s certificate: %w", made.name, err)
		}
		*made.to = pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: der})
	}
	return c, nil
}

// NewPairRecord makes the record of a host that is about to pair: identifiers,
// certificates and keys. EscrowBag and WiFiMACAddress come from the device.
func NewPairRecord(hostID, systemBUID string, root, host *rsa.PrivateKey, device *rsa.PublicKey, o CertificateOptions) (PairRecord, error) {
	c, err := NewCertificates(root, host, device, o)
	if err != nil {
		return PairRecord{}, err
	}
	return PairRecord{
		HostID: hostID, SystemBUID: systemBUID,
		RootCertificate: c.Root, HostCertificate: c.Host, DeviceCertificate: c.Device,
		RootPrivateKey: AppendPrivateKey(nil, root), HostPrivateKey: AppendPrivateKey(nil, host),
	}, nil
}

// ParseCertificate reads a certificate in PEM.
func ParseCertificate(b []byte) (*x509.Certificate, error) {
	der, err := block(b, pemCertificate)
	if err != nil {
		return nil, fmt.Errorf("lockdown: certificate: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("lockdown: certificate: %w", err)
	}
	return c, nil
}

// Errors of [PairRecord.Check].
var (
	ErrMissing    = errors.New("missing")
	ErrSignature  = errors.New("not signed by the root")
	ErrKey        = errors.New("for another key")
	ErrNotRoot    = errors.New("no certificate of a CA")
	ErrSignatures = errors.New("signature algorithm that no tool uses")
)

// RecordError names the field of a pair record that is wrong.
type RecordError struct {
	Field string
	Err   error
}

// Error names field and fault.
func (e *RecordError) Error() string {
	return fmt.Sprintf("lockdown: pair record: %s: %v", e.Field, e.Err)
}

// Unwrap returns the fault.
func (e *RecordError) Unwrap() error { return e.Err }

// Check looks whether a record holds together: the identifiers and certificates
// are there, the root signed all three, the device's is for its key (if one is
// given), and the private keys, where there are any, fit. Dates and names are not
// looked at. Errors are [*RecordError].
func (r PairRecord) Check(device *rsa.PublicKey) error {
	if r.HostID == "" {
		return &RecordError{"HostID", ErrMissing}
	}
	if r.SystemBUID == "" {
		return &RecordError{"SystemBUID", ErrMissing}
	}
	root, err := r.certificate("RootCertificate", r.RootCertificate, nil)
	if err != nil {
		return err
	}
	host, err := r.certificate("HostCertificate", r.HostCertificate, root)
	if err != nil {
		return err
	}
	dev, err := r.certificate("DeviceCertificate", r.DeviceCertificate, root)
	if err != nil {
		return err
	}
	if device != nil && !device.Equal(dev.PublicKey) {
		return &RecordError{"DeviceCertificate", ErrKey}
	}
	if err := fits("RootPrivateKey", r.RootPrivateKey, root); err != nil {
		return err
	}
	return fits("HostPrivateKey", r.HostPrivateKey, host)
}

// certificate reads one and checks its signature; nil is a root that signs
// itself.
func (r PairRecord) certificate(field string, b []byte, root *x509.Certificate) (*x509.Certificate, error) {
	if len(b) == 0 {
		return nil, &RecordError{field, ErrMissing}
	}
	c, err := ParseCertificate(b)
	if err != nil {
		return nil, &RecordError{field, err}
	}
	if root == nil {
		if !c.IsCA {
			return nil, &RecordError{field, ErrNotRoot}
		}
		root = c
	}
	if err := signedBy(c, root); err != nil {
		return nil, &RecordError{field, err}
	}
	return c, nil
}

// signedBy verifies a signature, of SHA-1 too, which crypto/x509 does not.
func signedBy(c, by *x509.Certificate) error {
	key, ok := by.PublicKey.(*rsa.PublicKey)
	if !ok {
		return ErrNotRSA
	}
	hashes := map[x509.SignatureAlgorithm]crypto.Hash{
		x509.SHA1WithRSA: crypto.SHA1, x509.SHA256WithRSA: crypto.SHA256,
		x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
	}
	hash, ok := hashes[c.SignatureAlgorithm]
	if !ok {
		return fmt.Errorf("%w: %v", ErrSignatures, c.SignatureAlgorithm)
	}
	h := hash.New()
	h.Write(c.RawTBSCertificate)
	if rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), c.Signature) != nil {
		return ErrSignature
	}
	return nil
}

// fits checks a private key against its certificate.
func fits(field string, b []byte, c *x509.Certificate) error {
	if len(b) == 0 {
		return nil
	}
	key, err := ParsePrivateKey(b)
	if err != nil {
		return &RecordError{field, err}
	}
	if !key.PublicKey.Equal(c.PublicKey) {
		return &RecordError{field, ErrKey}
	}
	return nil
}
