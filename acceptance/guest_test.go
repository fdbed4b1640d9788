//go:build libusb

package acceptance

import (
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// These run in the guest, where the tests outside start them with what to do in the
// environment.

// asked returns a variable of the environment, and skips where there is none.
func asked(t *testing.T, name string) string {
	v := os.Getenv(name)
	if v == "" {
		t.Skipf("runs in a guest, which sets %s", name)
	}
	return v
}

// How much a measurement moves, and how.
const (
	transferSize = 64 << 10
	inFlight     = 16
	atMost       = 48 * mib
	atLongest    = 4 * time.Second
)

// TestGuestBulk measures both directions of a source and sink on this kernel's USB.
func TestGuestBulk(t *testing.T) {
	spec := asked(t, "PLUGFEST_BULK")
	w := sim.New(sim.RealTime())
	require.NoError(t, w.Run(func() {
		h, err := libusb.Open(w, spec, libusb.Options{})
		require.NoError(t, err)
		defer h.Close()
		info, ok := usb.WaitDevice(h, w.Now()+10*time.Second)
		require.True(t, ok, "no %s", spec)
		c, err := h.Open(info.ID)
		require.NoError(t, err)
		defer c.Close()
		config := c.Descriptors().Config(c.Configuration())
		require.NotNil(t, config)
		require.NoError(t, c.ClaimInterface(0))
		in, out, ok := config.Alternate(0, 0).BulkPair()
		require.True(t, ok)
		fmt.Printf("rates %.1f %.1f\n", rate(t, w, c, in), rate(t, w, c, out))
	}))
}

// rate keeps transfers in flight and returns MB/s.
func rate(t *testing.T, w *sim.World, c usb.Conn, endpoint uint8) float64 {
	var moved, underway int
	began := w.Now()
	last := began
	over := w.NewCond("the last transfer")
	for range inFlight {
		x := &usb.Transfer{Endpoint: endpoint, Data: make([]byte, transferSize)}
		x.Done = func(x *usb.Transfer) {
			underway--
			if x.Status != usb.OK {
				t.Errorf("endpoint %02x after %d bytes: %v", endpoint, moved, x.Status)
			} else if moved += x.Actual; moved < atMost && w.Now()-began < atLongest {
				underway++
				c.Submit(x)
				return
			}
			last = w.Now()
			over.Signal()
		}
		underway++
		c.Submit(x)
	}
	over.WaitFor(sim.Never, func() bool { return underway == 0 })
	return float64(moved) / 1e6 / (last - began).Seconds()
}

// TestGuestServe exports a source and sink from inside of the guest.
func TestGuestServe(t *testing.T) {
	address := asked(t, "PLUGFEST_SERVE")
	w := sim.New(sim.RealTime())
	s := usbip.NewServer(w, usbip.Options{})
	l, err := usbip.Open(address)
	require.NoError(t, err)
	p, err := s.Port("1-1", usbip.PortOptions{})
	require.NoError(t, err)
	s.Serve(l)
	require.NoError(t, w.Run(func() {
		require.NoError(t, p.Attach(newSourceSink(w)))
		w.Outside("the end of the input", func() { _, _ = io.Copy(io.Discard, os.Stdin) })
		_ = s.Close()
	}))
}

// TestGuestTCP measures a plain TCP connection to a peer that sends what it is asked
// for and then takes as much.
func TestGuestTCP(t *testing.T) {
	c, err := net.Dial("tcp", asked(t, "PLUGFEST_TCP"))
	require.NoError(t, err)
	defer c.Close()
	began := time.Now()
	n, err := io.CopyN(io.Discard, c, atMost)
	require.NoError(t, err)
	in := float64(n) / 1e6 / time.Since(began).Seconds()
	began = time.Now()
	b := make([]byte, transferSize)
	for sent := 0; sent < atMost; sent += len(b) {
		_, err := c.Write(b)
		require.NoError(t, err)
	}
	_, err = io.ReadFull(c, b[:1]) // the peer has it all
	require.NoError(t, err)
	fmt.Printf("rates %.1f %.1f\n", in, float64(atMost)/1e6/time.Since(began).Seconds())
}
