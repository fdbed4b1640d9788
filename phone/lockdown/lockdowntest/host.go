package lockdowntest

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"embed"
	"encoding/pem"
	"fmt"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

//go:embed keys/*.pem
var keys embed.FS

// A Host is a computer: who it is, and its half of a pairing.
type Host struct {
	HostID     string
	SystemBUID string
	Root, Key  *rsa.PrivateKey
	// Certificates says how its certificates are made: as by libimobiledevice 1.3
	// and go-ios, valid from the world's beginning.
	Certificates wire.CertificateOptions
	// ShowRoot has the host show its root certificate in TLS, as libimobiledevice 1.3
	// does; others show the host certificate.
	ShowRoot bool
	// MinTLS and MaxTLS bound what it offers; 0 is what crypto/tls has.
	MinTLS, MaxTLS uint16

	Record wire.PairRecord // after Certify; with the escrow bag after Pair
}

// NewHost makes a computer; the same name makes the same one. Its keys are embedded
// test keys, which all these computers share.
func NewHost(name string) *Host {
	return &Host{
		HostID: id(name, "host"), SystemBUID: id(name, "computer"), Root: key("root"), Key: key("host"),
		Certificates: wire.CertificateOptions{NotBefore: sim.Epoch},
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
	k, err := wire.ParsePrivateKey(data)
	if err != nil {
		panic(err)
	}
	return k
}

// Certify makes the certificates of a pairing, for the phone's public key in PEM.
func (h *Host) Certify(devicePublicKey []byte) error {
	device, err := wire.ParsePublicKey(devicePublicKey)
	if err != nil {
		return err
	}
	h.Record, err = wire.NewPairRecord(h.HostID, h.SystemBUID, h.Root, h.Key, device, h.Certificates)
	return err
}

// EscrowBag returns what the phone answered to Pair.
func (h *Host) EscrowBag() []byte { return h.Record.EscrowBag }

// PairRecord returns what the host sends in Pair, after Certify.
func (h *Host) PairRecord() map[string]any {
	r := &h.Record
	return map[string]any{
		"HostID":            r.HostID,
		"SystemBUID":        r.SystemBUID,
		"RootCertificate":   r.RootCertificate,
		"HostCertificate":   r.HostCertificate,
		"DeviceCertificate": r.DeviceCertificate,
	}
}

// Trusted returns the host as the phone knows it after pairing; it is for
// [state.Options].Hosts, after Certify.
func (h *Host) Trusted() state.Host {
	return state.Host{
		HostID: h.HostID, SystemBUID: h.SystemBUID, EscrowBag: h.Record.EscrowBag,
		RootCertificate: der(h.Record.RootCertificate), HostCertificate: der(h.Record.HostCertificate), DeviceCertificate: der(h.Record.DeviceCertificate),
	}
}

// der takes a certificate out of its PEM; without PEM it is nil.
func der(b []byte) []byte {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil
	}
	return block.Bytes
}

// TLS returns the client's settings: as all host tools, it does not verify the
// phone.
func (h *Host) TLS(w *sim.World) *tls.Config {
	show := tls.Certificate{Certificate: [][]byte{der(h.Record.HostCertificate)}, PrivateKey: h.Key}
	if h.ShowRoot {
		show = tls.Certificate{Certificate: [][]byte{der(h.Record.RootCertificate)}, PrivateKey: h.Root}
	}
	return &tls.Config{
		Time: w.Time, InsecureSkipVerify: true,
		MinVersion: h.MinTLS, MaxVersion: h.MaxTLS,
		ClientSessionCache:   tls.NewLRUClientSessionCache(1), // it says that it takes session tickets, as OpenSSL does
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &show, nil },
	}
}
