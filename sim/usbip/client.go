package usbip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// ClientOptions say what a [Client] imports, and from where.
type ClientOptions struct {
	// Server is where the server listens, as for [Open]; 127.0.0.1:3240 by
	// default.
	Server string
	// Dial is called instead, if set, outside of the world.
	Dial func(ctx context.Context) (net.Conn, error)
	// BusID of the device; "" is the first that the server lists.
	BusID string
	// Retry is how long to wait before another attempt, after a failure and
	// after the device has gone; a second by default. Negative: do not try
	// again.
	Retry time.Duration
	// Patience is how long the server may take to answer; 10 s by default.
	Patience time.Duration
	// Cable is what the device seems to be plugged in with: names and numbers
	// in events, impairments. Plug A is the host's. What is left out is without
	// delay, and at the device's own speed.
	Cable usb.CableOptions
}

func (o ClientOptions) withDefaults() ClientOptions {
	if o.Dial == nil {
		network, where, err := parse(o.Server)
		o.Dial = func(ctx context.Context) (net.Conn, error) {
			if err != nil {
				return nil, fmt.Errorf("usbip: address %q: %w", o.Server, err)
			}
			var d net.Dialer
			return d.DialContext(ctx, network, where)
		}
	}
	span := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	span(&o.Retry, time.Second)
	span(&o.Patience, 10*time.Second)
	c := &o.Cable
	span(&c.Debounce, -1)
	span(&c.ResetTime, -1)
	span(&c.Recovery, -1)
	if c.A == "" {
		c.A = "host"
	}
	if c.B == "" {
		c.B = "device"
	}
	if c.Speed == usb.SpeedUnknown {
		c.Speed = usb.Super
	}
	return o
}

// A Client imports a device of a USB/IP server, and is its host. The device may
// go and come again: the client asks for it until it is closed, since a server
// such as usbip-vudc does not export a port with nothing at it.
//
// It belongs to code inside the world, and ends with the world at the latest. It
// is meant for worlds on the machine's clock.
//
// Bus resets do not pass over USB/IP: a [usb.Conn]'s Reset ends the transfers
// under way and configures the device anew, and the device sees no more than
// that.
type Client struct {
	w      *sim.World
	o      ClientOptions
	cable  *usb.Cable
	link   *link // the device imported, nil if none
	closed bool
	err    error
	change sim.Cond // closed, link
	ctx    context.Context
	cancel func()
}

var _ usb.Host = (*Client)(nil)

// NewClient makes a client, which begins at once.
func NewClient(w *sim.World, o ClientOptions) *Client {
	o = o.withDefaults()
	k := &Client{w: w, o: o, cable: usb.NewCable(w, o.Cable)}
	k.change.Init(w, "USB/IP device")
	k.ctx, k.cancel = context.WithCancel(context.Background())
	w.Go("USB/IP client", k.run)
	return k
}

// Watch implements [usb.Host].
func (k *Client) Watch() usb.Watcher { return k.cable.A().Watch() }

// Open implements [usb.Host].
func (k *Client) Open(id usb.DeviceID) (usb.Conn, error) { return k.cable.A().Open(id) }

// Imported reports whether there is a device.
func (k *Client) Imported() bool { return k.link != nil }

// Err returns why there is no device: the last attempt's failure, or why the
// connection ended. While there is a device it is nil.
func (k *Client) Err() error { return k.err }

// Close gives the device up.
func (k *Client) Close() error {
	k.closed = true
	k.cancel()
	if k.link != nil {
		k.link.end(net.ErrClosed)
	}
	k.change.Broadcast()
	return nil
}

// run imports the device again and again.
func (k *Client) run() {
	defer func() { // the world may have ended
		k.cancel()
		if k.link != nil {
			k.link.hangUp()
		}
	}()
	for !k.closed {
		if err := k.once(); err != nil {
			k.err = err
		}
		if k.o.Retry < 0 {
			return
		}
		k.change.WaitFor(k.w.Now()+k.o.Retry, func() bool { return k.closed })
	}
}

// once imports the device and waits until it is gone.
func (k *Client) once() error {
	var i imported
	var err error
	k.w.Outside("USB/IP import", func() { i, err = k.o.fetch(k.ctx) })
	switch {
	case err != nil:
		return err
	case k.closed:
		return i.conn.Close()
	}
	n := newLink(k, i)
	release := k.w.Hold()
	defer release()
	k.err, k.link = nil, n
	go n.write()
	go n.read()
	if err := k.cable.B().Attach(n); err != nil {
		n.end(err)
	}
	k.change.WaitFor(sim.Never, func() bool { return k.link == nil })
	return k.err
}

var errSilent = errors.New("usbip: the server ended the connection")
