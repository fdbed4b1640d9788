package usbip_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
)

// link joins a server and a client by connections that dial makes, into a
// carrier.
func link(t testing.TB, dial func(*usbip.Server) func(context.Context) (net.Conn, error), o usbip.PortOptions) usbtest.Carrier {
	w := sim.New(sim.RealTime())
	s := usbip.NewServer(w, usbip.Options{})
	t.Cleanup(func() { s.Close() }) // a case that is skipped does not run the world
	p, err := s.Port("1-1", o)
	require.NoError(t, err)
	var last net.Conn
	unplugged := false
	connect := dial(s)
	k := usbip.NewClient(w, usbip.ClientOptions{
		Dial: func(ctx context.Context) (net.Conn, error) {
			if unplugged {
				return nil, net.ErrClosed
			}
			c, err := connect(ctx)
			if err == nil {
				last = c
			}
			return c, err
		},
		Retry: 2 * time.Millisecond,
		Cable: usb.CableOptions{BusA: 2},
	})
	return usbtest.Carrier{World: w, Port: p, Host: k, NoReset: true, Unplug: func() {
		unplugged = true
		last.Close()
	}}
}

// byTCP has the server listen on loopback.
func byTCP(t testing.TB) func(*usbip.Server) func(context.Context) (net.Conn, error) {
	return func(s *usbip.Server) func(context.Context) (net.Conn, error) {
		l, err := usbip.Open("tcp:127.0.0.1:0")
		require.NoError(t, err)
		s.Serve(l)
		return func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", l.Addr().String())
		}
	}
}

// byPipe has no network at all, and a connection that buffers nothing.
func byPipe(s *usbip.Server) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		s.ServeConn(theirs)
		return ours, nil
	}
}

// Server and client together are a carrier like any other.
func TestCarrier(t *testing.T) {
	for name, o := range map[string]usbip.PortOptions{
		"high speed": {},
		"full speed": {Speed: usb.Full},
		"SuperSpeed": {Speed: usb.Super},
	} {
		t.Run("TCP, "+name, func(t *testing.T) {
			if o.Speed != usb.SpeedUnknown {
				long(t)
			}
			usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier { return link(t, byTCP(t), o) })
		})
	}
	t.Run("pipe", func(t *testing.T) {
		long(t)
		usbtest.TestCarrier(t, func(t *testing.T) usbtest.Carrier { return link(t, byPipe, usbip.PortOptions{}) })
	})
}

// long is for what takes a second or more.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes a second: not in the short form of the tests")
	}
}
