package lockdowntest

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Client is a connection to lockdownd, on the computer's side. Its methods wait, in
// a process of the world.
type Client struct {
	*service.Frames
	Label string

	server  *lockdown.Server
	w       *sim.World
	host    *Host
	session string
	raw     net.Conn
	tls     *session.TLS
}

// Dial connects to a port of the phone.
func Dial(server *lockdown.Server, port uint16) (net.Conn, error) {
	near, far := server.Phone().World().Pipe(fmt.Sprintf("usbmux to port %d", port))
	if err := server.Ports().Connect(port, far); err != nil {
		return nil, err
	}
	return near, nil
}

// Connect connects to lockdownd.
func Connect(server *lockdown.Server) (*Client, error) {
	conn, err := Dial(server, wire.Port)
	if err != nil {
		return nil, err
	}
	return NewClient(server, conn), nil
}

// NewClient speaks lockdown on a connection.
func NewClient(server *lockdown.Server, conn net.Conn) *Client {
	w := server.Phone().World()
	return &Client{Frames: service.NewFrames(w, conn, service.Limits{}), Label: "lockdowntest", server: server, w: w, raw: conn}
}

// Close hangs up.
func (c *Client) Close() error {
	if c.tls != nil {
		return c.tls.Close()
	}
	return c.raw.Close()
}

// Exchange sends a message and returns the next one.
func (c *Client) Exchange(m any) (map[string]any, error) {
	if err := c.Send(m); err != nil {
		return nil, err
	}
	return c.ReceiveDict()
}

// Ask makes a request and returns the reply. An error string of lockdownd comes as a
// [wire.Error], with the reply.
func (c *Client) Ask(request string, args map[string]any) (map[string]any, error) {
	m := map[string]any{"Request": request, "Label": c.Label, "ProtocolVersion": "2"}
	maps.Copy(m, args)
	reply, err := c.Exchange(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", request, err)
	}
	if echo := reply["Request"]; echo != request {
		return reply, fmt.Errorf("%s: the reply says Request %v", request, echo)
	}
	if e, ok := reply["Error"].(string); ok {
		return reply, wire.Error(e)
	}
	return reply, nil
}

// Value is GetValue; domain and key may be empty.
func (c *Client) Value(domain, key string) (any, error) {
	reply, err := c.Ask("GetValue", place(domain, key))
	return reply["Value"], err
}

// SetValue is SetValue.
func (c *Client) SetValue(domain, key string, v any) error {
	args := place(domain, key)
	args["Value"] = v
	_, err := c.Ask("SetValue", args)
	return err
}

func place(domain, key string) map[string]any {
	args := map[string]any{}
	if domain != "" {
		args["Domain"] = domain
	}
	if key != "" {
		args["Key"] = key
	}
	return args
}

// Pair asks the phone to trust the host, once. The host makes its certificates
// first.
func (c *Client) Pair(h *Host) error {
	key, err := c.Value("", "DevicePublicKey")
	if err != nil {
		return err
	}
	pub, ok := key.([]byte)
	if !ok {
		return fmt.Errorf("lockdowntest: DevicePublicKey is %T", key)
	}
	if err := h.Certify(pub); err != nil {
		return err
	}
	reply, err := c.Ask("Pair", map[string]any{
		"PairRecord":     h.PairRecord(),
		"PairingOptions": map[string]any{"ExtendedPairingErrors": true},
	})
	if err != nil {
		return err
	}
	h.Record.EscrowBag, _ = reply["EscrowBag"].([]byte)
	return nil
}

// StartSession starts a session, and TLS.
func (c *Client) StartSession(h *Host) error {
	reply, err := c.Ask("StartSession", map[string]any{"HostID": h.HostID, "SystemBUID": h.SystemBUID})
	if err != nil {
		return err
	}
	c.session, _ = reply["SessionID"].(string)
	c.host = h
	if on, _ := reply["EnableSessionSSL"].(bool); !on {
		return nil
	}
	if c.tls, err = Secure(c.w, c.raw, h); err != nil {
		return err
	}
	c.Conn = c.tls
	return nil
}

// Secure does the client's side of the TLS handshake.
func Secure(w *sim.World, conn net.Conn, h *Host) (*session.TLS, error) {
	t := session.NewTLS(w, conn, func(c net.Conn) *tls.Conn { return tls.Client(c, h.TLS(w)) })
	return t, t.Handshake()
}

// TLS returns the TLS connection of the session, nil outside of one.
func (c *Client) TLS() *session.TLS { return c.tls }

// SessionID returns the id of the session.
func (c *Client) SessionID() string { return c.session }

// StopSession stops the session, and TLS: from then on the connection is in clear
// text.
func (c *Client) StopSession() error {
	_, err := c.Ask("StopSession", map[string]any{"SessionID": c.session})
	if err != nil {
		return err
	}
	if c.tls != nil {
		if err := c.tls.CloseWrite(); err != nil {
			return err
		}
		if n, err := c.tls.Read(make([]byte, 1)); n != 0 || err == nil {
			return fmt.Errorf("lockdowntest: data after StopSession")
		}
		c.tls = nil
		c.Conn = c.raw
	}
	return nil
}

// Service is a connection to a service, on the computer's side.
type Service struct {
	*service.Frames
	Port uint16
	raw  net.Conn
}

// Close hangs up.
func (s *Service) Close() error { return s.Conn.Close() }

// Raw returns the connection below TLS.
func (s *Service) Raw() net.Conn { return s.raw }

// Exchange sends a message and returns the next one.
func (s *Service) Exchange(m any) (map[string]any, error) {
	if err := s.Send(m); err != nil {
		return nil, err
	}
	return s.ReceiveDict()
}

// StartService starts a service and connects to it, with TLS if the phone says so.
func (c *Client) StartService(name string) (*Service, error) {
	return c.StartServiceWith(name, nil)
}

// StartServiceWith is StartService with an escrow bag.
func (c *Client) StartServiceWith(name string, bag []byte) (*Service, error) {
	args := map[string]any{"Service": name}
	if bag != nil {
		args["EscrowBag"] = bag
	}
	reply, err := c.Ask("StartService", args)
	if err != nil {
		return nil, err
	}
	port, ok := reply["Port"].(uint64)
	if !ok || port == 0 || port > 65535 {
		return nil, fmt.Errorf("lockdowntest: %s: port is %v", name, reply["Port"])
	}
	raw, err := Dial(c.server, uint16(port))
	if err != nil {
		return nil, err
	}
	var conn net.Conn = raw
	if on, _ := reply["EnableServiceSSL"].(bool); on {
		if conn, err = Secure(c.w, raw, c.host); err != nil {
			return nil, err
		}
	}
	return &Service{Frames: service.NewFrames(c.w, conn, service.Limits{}), Port: uint16(port), raw: raw}, nil
}
