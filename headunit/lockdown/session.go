package lockdown

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim/session"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// StartSession starts a session with the record that the host has of the phone; the
// error is fs.ErrNotExist where there is none, and [wire.InvalidHostID] where the
// phone has forgotten it.
func (c *Client) StartSession() error {
	record, err := c.h.record(c.phone.UDID)
	if err != nil {
		return &Error{wire.StartSession, err}
	}
	reply, err := c.Ask(wire.Request{Kind: wire.StartSession, HostID: record.HostID, SystemBUID: record.SystemBUID})
	if err != nil {
		return err
	}
	c.session, c.record = reply.SessionID, record
	if !reply.EnableSessionSSL {
		return nil
	}
	if c.tls, err = c.secure(c.raw, wire.Port, ""); err != nil {
		return &Error{wire.StartSession, err}
	}
	c.conn = c.tls
	return nil
}

// SessionID returns the id of the session, "" outside of one.
func (c *Client) SessionID() string { return c.session }

// StopSession stops the session; the connection is in clear text again.
func (c *Client) StopSession() error {
	_, err := c.Ask(wire.Request{Kind: wire.StopSession, SessionID: c.session})
	if err != nil {
		return err
	}
	c.session = ""
	if c.tls == nil {
		return nil
	}
	t := c.tls
	c.tls, c.conn = nil, c.raw
	t.end()
	if err := t.CloseWrite(); err != nil {
		return &Error{wire.StopSession, err}
	}
	_ = c.raw.SetReadDeadline(c.h.w.Time().Add(c.h.o.Reply))
	defer func() { _ = c.raw.SetReadDeadline(time.Time{}) }()
	if _, err := t.Read(c.buf); err != io.EOF { // the phone's close_notify
		return &Error{wire.StopSession, fmt.Errorf("the end of TLS: %w", err)}
	}
	return nil
}

// StartService has the phone start a service, and connects to it, in TLS where the
// phone says so.
func (c *Client) StartService(name string) (net.Conn, error) {
	return c.startService(wire.Request{Kind: wire.StartService, Service: name})
}

// StartServiceLocked is StartService with the escrow bag of the pairing, for a
// phone that has not been unlocked since it was switched on.
func (c *Client) StartServiceLocked(name string) (net.Conn, error) {
	return c.startService(wire.Request{Kind: wire.StartService, Service: name, EscrowBag: c.record.EscrowBag})
}

func (c *Client) startService(r wire.Request) (net.Conn, error) {
	reply, err := c.Ask(r)
	if err != nil {
		return nil, err
	}
	conn, err := c.phone.Dial(reply.Port)
	if err != nil {
		return nil, &Error{r.Kind, err}
	}
	if !reply.EnableServiceSSL {
		return conn, nil
	}
	s, err := c.secure(conn, reply.Port, r.Service)
	if err != nil {
		_ = conn.Close()
		return nil, &Error{r.Kind, err}
	}
	return s, nil
}

// errCertificate is a phone that shows another certificate than the host made for
// it.
var errCertificate = errors.New("the phone's certificate is not the one of its pair record")

// suites are those up to TLS 1.2 that phones of all times know.
var suites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
}

// secure does the TLS handshake, as the client. Nothing but the equality of the
// phone's certificate is looked at: it has no name, and may be signed with SHA-1.
func (c *Client) secure(raw net.Conn, port uint16, service string) (*stream, error) {
	own, err := tls.X509KeyPair(c.record.HostCertificate, c.record.HostPrivateKey)
	if err != nil {
		return nil, fmt.Errorf("pair record: %w", err)
	}
	want, err := wire.ParseCertificate(c.record.DeviceCertificate)
	if err != nil {
		return nil, err
	}
	w := c.h.w
	t := session.NewTLS(w, raw, func(n net.Conn) *tls.Conn {
		return tls.Client(n, &tls.Config{
			Rand: w.Bytes(fmt.Sprintf("%s: TLS %d", c.h.name, c.h.streams+1)), Time: w.Time,
			Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS10, CipherSuites: suites,
			InsecureSkipVerify: true, DynamicRecordSizingDisabled: true,
			VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
				if len(raw) == 0 || !bytes.Equal(raw[0], want.Raw) {
					return errCertificate
				}
				return nil
			},
		})
	})
	t.Patience(c.h.o.Reply)
	_ = raw.SetDeadline(w.Time().Add(c.h.o.Reply))
	err = t.Handshake()
	_ = raw.SetDeadline(time.Time{})
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return c.h.newStream(t, c.phone.Location, port, service), nil
}
