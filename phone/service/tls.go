package service

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// errCertificate is a client that shows a certificate of some other pairing.
var errCertificate = errors.New("the host's certificate is not one of its pairing")

// A TLS is a TLS connection in a world. The phone is the server. It shows
// the certificate that the host made for it, and wants to see the host's or the root
// certificate of the same pairing: libimobiledevice shows the root certificate, others
// the host's.
//
// Unlike a [tls.Conn] it is safe for a process that reads beside one that writes,
// in a world: a process that waits inside of crypto/tls holds a lock, on which
// another would stop the whole world. So a reader is held back while a writer
// waits, and writers take turns.
type TLS struct {
	conn *tls.Conn
	raw  *gate
	w    *sim.World

	writing bool
	turn    sim.Cond
}

// NewTLS puts TLS on a connection of the world. Wrap returns the end of crypto/tls,
// client or server, on the connection that it is given.
func NewTLS(w *sim.World, conn net.Conn, wrap func(net.Conn) *tls.Conn) *TLS {
	t := &TLS{raw: newGate(w, conn), w: w}
	t.turn.Init(w, "TLS write by another")
	t.conn = wrap(t.raw)
	return t
}

// Accept does the phone's handshake. A host that is not done within the limit, or
// shows another certificate, is an error; conn is to be closed then.
func Accept(phone *state.State, host *state.Host, conn net.Conn, l Limits) (*TLS, error) {
	w := phone.World()
	t := NewTLS(w, conn, func(c net.Conn) *tls.Conn { return tls.Server(c, config(phone, host)) })
	_ = conn.SetDeadline(w.Time().Add(l.WithDefaults().Handshake))
	err := t.Handshake()
	_ = conn.SetDeadline(time.Time{})
	return t, err
}

// Handshake does the handshake, if it is not done.
func (t *TLS) Handshake() error { return t.conn.Handshake() }

// config makes the settings that all known host tools get on with.
//
// Tickets are off: they would lie in front of the plain text of services that leave
// TLS after the handshake, and hosts that write and close at once would make
// the handshake fail. Certificates are compared and not verified, as most are signed
// with SHA-1.
func config(phone *state.State, host *state.Host) *tls.Config {
	return &tls.Config{
		Rand:                   phone.Random(),
		Time:                   phone.World().Time,
		Certificates:           []tls.Certificate{{Certificate: [][]byte{host.DeviceCertificate}, PrivateKey: phone.Key()}},
		MinVersion:             phone.MinTLS(),
		MaxVersion:             tls.VersionTLS13,
		CipherSuites:           suites,
		SessionTicketsDisabled: true,
		ClientAuth:             tls.RequireAnyClientCert,
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

// Version returns the version of TLS that was agreed on, such as
// [tls.VersionTLS12].
func (t *TLS) Version() uint16 { return t.conn.ConnectionState().Version }

// State returns what the handshake agreed on.
func (t *TLS) State() tls.ConnectionState { return t.conn.ConnectionState() }

// Read reads plain text; io.EOF says that the host ended TLS.
func (t *TLS) Read(p []byte) (int, error) { return t.conn.Read(p) }

// Write sends p, in as few records as it fits.
func (t *TLS) Write(p []byte) (int, error) {
	t.take()
	defer t.give()
	return t.conn.Write(p)
}

func (t *TLS) take() {
	for t.writing {
		t.turn.Wait()
	}
	t.writing = true
}

func (t *TLS) give() {
	t.writing = false
	t.turn.Signal()
}

// CloseWrite tells the host that TLS is over, with close_notify.
func (t *TLS) CloseWrite() error {
	t.take()
	defer t.give()
	return t.conn.CloseWrite()
}

// closeTime is how long close_notify may take; a host that does not read is not
// waited for.
const closeTime = 5 * time.Second

// Close ends TLS, and closes the connection below.
func (t *TLS) Close() error {
	if !t.writing && !t.raw.closed {
		_ = t.raw.Conn.SetWriteDeadline(t.w.Time().Add(closeTime))
		_ = t.CloseWrite()
	}
	return t.raw.Close()
}

// LocalAddr returns that of the connection below.
func (t *TLS) LocalAddr() net.Addr { return t.raw.LocalAddr() }

// RemoteAddr returns that of the connection below.
func (t *TLS) RemoteAddr() net.Addr { return t.raw.RemoteAddr() }

// SetDeadline sets the deadlines of the connection below. After a write has met its
// deadline, TLS is broken.
func (t *TLS) SetDeadline(d time.Time) error { return t.raw.Conn.SetDeadline(d) }

// SetReadDeadline sets the deadline for reading.
func (t *TLS) SetReadDeadline(d time.Time) error { return t.raw.Conn.SetReadDeadline(d) }

// SetWriteDeadline sets the deadline for writing.
func (t *TLS) SetWriteDeadline(d time.Time) error { return t.raw.Conn.SetWriteDeadline(d) }
