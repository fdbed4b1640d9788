package lockdown

import (
	"errors"
	"fmt"
	"net"
	"time"

	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// An Error is why a request was of no avail: the phone's own word, a [wire.Error],
// or what became of the connection.
type Error struct {
	Request wire.Kind
	Err     error
}

// Error names request and reason.
func (e *Error) Error() string {
	var says wire.Error
	if errors.As(e.Err, &says) {
		return fmt.Sprintf("lockdown: %s: %s", e.Request, string(says))
	}
	return fmt.Sprintf("lockdown: %s: %v", e.Request, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// ErrNotLockdown says that what answers on the port is something else, such as a
// phone in restore mode.
var ErrNotLockdown = errors.New("not lockdownd")

// A Client is a connection to lockdownd. Its methods wait, in a process of the
// world; one at a time.
type Client struct {
	h       *Host
	phone   Phone
	raw     net.Conn
	conn    net.Conn // raw, or tls
	tls     *stream
	dec     wire.Decoder
	buf     []byte
	record  wire.PairRecord // of the session
	session string
}

// Connect connects to a phone's lockdownd, and asks whether it is one.
func (h *Host) Connect(p Phone) (*Client, error) {
	conn, err := p.Dial(wire.Port)
	if err != nil {
		return nil, &Error{wire.QueryType, err}
	}
	c := &Client{h: h, phone: p, raw: conn, conn: conn, buf: make([]byte, 4<<10)}
	c.dec.MaxLength = h.o.Limits.Size
	kind, err := c.QueryType()
	if err == nil && kind != wire.TypeLockdown {
		err = &Error{wire.QueryType, fmt.Errorf("%w: %q", ErrNotLockdown, kind)}
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// Ask sends a request, and waits for its reply. Label is filled in. The error is an
// [*Error], and the reply is there all the same if one came.
func (c *Client) Ask(r wire.Request) (wire.Reply, error) {
	r.Label = c.h.o.Label
	reply, err := c.exchange(r)
	if err == nil {
		err = reply.Err(r.Kind)
	}
	if err != nil {
		return reply, &Error{r.Kind, err}
	}
	return reply, nil
}

func (c *Client) exchange(r wire.Request) (reply wire.Reply, err error) {
	b, err := r.AppendTo(nil)
	if err != nil {
		return reply, err
	}
	if err := c.conn.SetDeadline(c.h.w.Time().Add(c.h.o.Reply)); err != nil {
		return reply, err
	}
	defer func() { _ = c.conn.SetDeadline(time.Time{}) }()
	if _, err := c.conn.Write(b); err != nil {
		return reply, err
	}
	for {
		body, ok, err := c.dec.Next()
		if err != nil {
			return reply, err
		}
		if ok {
			return wire.ParseReply(body, c.h.o.Limits)
		}
		n, err := c.conn.Read(c.buf)
		c.dec.Feed(c.buf[:n])
		if n == 0 && err != nil {
			return reply, err
		}
	}
}

// QueryType returns what answers: [wire.TypeLockdown].
func (c *Client) QueryType() (string, error) {
	reply, err := c.Ask(wire.Request{Kind: wire.QueryType})
	return reply.Type, err
}

// GetValue returns a value of a domain ("" is the top), in the types of
// plist.Decode. Without a key it is the whole domain.
func (c *Client) GetValue(domain, key string) (any, error) {
	reply, err := c.Ask(wire.Request{Kind: wire.GetValue, Domain: domain, Key: key})
	return reply.Value, err
}

// SetValue changes a value.
func (c *Client) SetValue(domain, key string, value any) error {
	_, err := c.Ask(wire.Request{Kind: wire.SetValue, Domain: domain, Key: key, Value: value})
	return err
}

// RemoveValue takes a value away.
func (c *Client) RemoveValue(domain, key string) error {
	_, err := c.Ask(wire.Request{Kind: wire.RemoveValue, Domain: domain, Key: key})
	return err
}

// Close hangs up, with the end of TLS where there is one.
func (c *Client) Close() error {
	if c.tls != nil {
		return c.tls.Close()
	}
	return c.raw.Close()
}
