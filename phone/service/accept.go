package service

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim/session"
)

// errCertificate is a client that shows a certificate of some other pairing.
var errCertificate = errors.New("the host's certificate is not one of its pairing")

// Accept does the phone's handshake. The phone is the server: it shows the certificate
// that the host made for it, and wants to see the host's or the root certificate of the
// same pairing (libimobiledevice shows the root certificate, others the host's). A host
// that is not done within the limit, or shows another, is an error; conn is to be
// closed then.
func Accept(phone *state.State, host *state.Host, conn net.Conn, l Limits) (*session.TLS, error) {
	w := phone.World()
	t := session.NewTLS(w, conn, func(c net.Conn) *tls.Conn { return tls.Server(c, config(phone, host)) })
	l = l.WithDefaults()
	t.Patience(l.Frame)
	_ = conn.SetDeadline(w.Time().Add(l.Handshake))
	err := t.Handshake()
	_ = conn.SetDeadline(time.Time{})
	return t, err
}

// config makes the settings that all known host tools get on with.
//
// Tickets are off: they would lie in front of the plain text of services that leave
// TLS after the handshake, and hosts that write and close at once would make
// the handshake fail. Records are as large as they may be, as some clients take what
// one record holds for the whole message. Certificates are compared and not verified,
// as most are signed with SHA-1.
func config(phone *state.State, host *state.Host) *tls.Config {
	return &tls.Config{
		Rand:                        phone.Random(),
		Time:                        phone.World().Time,
		Certificates:                []tls.Certificate{{Certificate: [][]byte{host.DeviceCertificate}, PrivateKey: phone.Key()}},
		MinVersion:                  phone.MinTLS(),
		MaxVersion:                  tls.VersionTLS13,
		CipherSuites:                suites,
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true,
		ClientAuth:                  tls.RequireAnyClientCert,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || !bytes.Equal(raw[0], host.HostCertificate) && !bytes.Equal(raw[0], host.RootCertificate) {
				return errCertificate
			}
			return nil
		},
	}
}

// suites are those for TLS 1.2 and below; TLS 1.0 ends with the last but one.
var suites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
}
