package lockdowntest

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

//go:embed keys/*.pem
var keys embed.FS

// A Host is a computer: who it is, and its half of a pairing.
type Host struct {
	HostID     string
	SystemBUID string
	Root, Key  *rsa.PrivateKey
	// Signature of the certificates: SHA-1 with RSA, as that of libimobiledevice 1.3
	// and go-ios.
	Signature x509.SignatureAlgorithm
	// ShowRoot has the host show its root certificate in TLS, as libimobiledevice 1.3
	// does; others show the host certificate.
	ShowRoot bool
	// MinTLS and MaxTLS bound what it offers; 0 is what crypto/tls has.
	MinTLS, MaxTLS uint16

	rootCert, hostCert, deviceCert []byte // DER, after Certify
	EscrowBag                      []byte // after Pair
}

// NewHost makes a computer; the same name makes the same one. Its keys are embedded
// test keys, which all these computers share.
func NewHost(name string) *Host {
	return &Host{
		HostID: id(name, "host"), SystemBUID: id(name, "computer"),
		Root: key("root"), Key: key("host"), Signature: x509.SHA1WithRSA,
	}
}

func id(name, what string) string {
	sum := sha256.Sum256([]byte(name + "\x00" + what))
	return state.UUID(sum[:])
}

// Renew gives the computer a new HostID, as libimobiledevice does for each attempt
// to pair.
func (h *Host) Renew(n int) { h.HostID = id(h.SystemBUID, fmt.Sprint("host ", n)) }

func key(name string) *rsa.PrivateKey {
	data, err := keys.ReadFile("keys/test-" + name + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(data)
	k, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return k
}

// Certify makes the three certificates of a pairing, for the phone's public key in
// PEM. They are valid for ten years from the world's beginning.
func (h *Host) Certify(devicePublicKey []byte) error {
	block, _ := pem.Decode(devicePublicKey)
	if block == nil || block.Type != "RSA PUBLIC KEY" {
		return fmt.Errorf("lockdowntest: DevicePublicKey is not PEM of an RSA PUBLIC KEY: %q", devicePublicKey)
	}
	device, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		return err
	}
	root := h.template()
	root.IsCA = true
	if h.rootCert, err = x509.CreateCertificate(nil, root, root, &h.Root.PublicKey, h.Root); err != nil {
		return err
	}
	for _, c := range []struct {
		to  *[]byte
		key *rsa.PublicKey
	}{{&h.hostCert, &h.Key.PublicKey}, {&h.deviceCert, device}} {
		t := h.template()
		t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
		if *c.to, err = x509.CreateCertificate(nil, t, root, c.key, h.Root); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) template() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(0), NotBefore: sim.Epoch, NotAfter: sim.Epoch.Add(10 * 365 * 24 * time.Hour),
		BasicConstraintsValid: true, SignatureAlgorithm: h.Signature,
	}
}

// PairRecord returns what the host sends in Pair, after Certify.
func (h *Host) PairRecord() map[string]any {
	return map[string]any{
		"HostID":            h.HostID,
		"SystemBUID":        h.SystemBUID,
		"RootCertificate":   certificate(h.rootCert),
		"HostCertificate":   certificate(h.hostCert),
		"DeviceCertificate": certificate(h.deviceCert),
	}
}

func certificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Record returns the host as the phone knows it after pairing, after Certify. With
// it in [state.Options].Hosts the phone trusts the host from the beginning.
func (h *Host) Record() state.Host {
	return state.Host{
		HostID: h.HostID, SystemBUID: h.SystemBUID, EscrowBag: h.EscrowBag,
		RootCertificate: h.rootCert, HostCertificate: h.hostCert, DeviceCertificate: h.deviceCert,
	}
}

// TLS returns the client's settings: as all host tools, it does not verify the
// phone.
func (h *Host) TLS(w *sim.World) *tls.Config {
	show := tls.Certificate{Certificate: [][]byte{h.hostCert}, PrivateKey: h.Key}
	if h.ShowRoot {
		show = tls.Certificate{Certificate: [][]byte{h.rootCert}, PrivateKey: h.Root}
	}
	return &tls.Config{
		Time: w.Time, InsecureSkipVerify: true,
		MinVersion: h.MinTLS, MaxVersion: h.MaxTLS,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &show, nil },
	}
}
