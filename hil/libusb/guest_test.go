//go:build libusb && linux && cgo

package libusb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Tests whose names begin with TestGuest run in a guest of the lab: TestInLab
// builds and starts them.
func needGuest(t testing.TB) {
	t.Helper()
	if os.Getenv("PLUGFEST_LAB_DIR") == "" {
		t.Skip("runs in a guest of the lab: see TestInLab")
	}
}

// gadget is a device that Linux plays on dummy_hcd: loopback in configuration 1,
// source and sink in configuration 2.
type gadget struct {
	t   testing.TB
	dir string
	udc string
}

// gadgetSpec is the SPEC of the gadget on dummy_udc.0; the one on dummy_udc.1 has
// the next product.
const gadgetSpec = "usb:1d6b:0f10"

// settings, of a file each, take the place of what is set here.
func newGadget(t testing.TB, n int, settings ...[2]string) *gadget {
	needGuest(t)
	g := &gadget{t: t, dir: filepath.Join("/sys/kernel/config/usb_gadget", "g"+string(rune('0'+n))), udc: "dummy_udc." + string(rune('0'+n))}
	mkdir := func(name string) { require.NoError(t, os.MkdirAll(filepath.Join(g.dir, name), 0o755)) }
	link := func(from, to string) {
		require.NoError(t, os.Symlink(filepath.Join(g.dir, from), filepath.Join(g.dir, to)))
	}
	mkdir("strings/0x409")
	g.set("idVendor", "0x1d6b")
	g.set("idProduct", "0x0f1"+string(rune('0'+n)))
	g.set("max_speed", "high-speed")
	g.set("bcdDevice", "0x0123")
	g.set("strings/0x409/manufacturer", "Plugfest")
	g.set("strings/0x409/product", "Loop and source")
	g.set("strings/0x409/serialnumber", "SN"+string(rune('0'+n)))
	mkdir("functions/Loopback.0")
	g.set("functions/Loopback.0/bulk_buflen", "16384")
	mkdir("functions/SourceSink.0")
	g.set("functions/SourceSink.0/pattern", "1")
	g.set("functions/SourceSink.0/bulk_buflen", "16384")
	for _, s := range settings {
		g.set(s[0], s[1])
	}
	for i, f := range []string{"Loopback.0", "SourceSink.0"} {
		c := "configs/c." + string(rune('1'+i))
		mkdir(c + "/strings/0x409")
		g.set(c+"/strings/0x409/configuration", []string{"Loop", "Source"}[i])
		link("functions/"+f, c+"/"+f)
	}
	return g
}

func (g *gadget) set(name, value string) {
	g.t.Helper()
	require.NoError(g.t, os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0o644))
}

func (g *gadget) plug()   { g.t.Helper(); g.set("UDC", g.udc) }
func (g *gadget) unplug() { g.t.Helper(); g.set("UDC", "\n") }

// remove takes the gadget apart in the order that configfs demands.
func (g *gadget) remove() {
	if b, _ := os.ReadFile(filepath.Join(g.dir, "UDC")); strings.TrimSpace(string(b)) != "" {
		g.unplug()
	}
	for _, pattern := range []string{"configs/*/Loopback.*", "configs/*/SourceSink.*", "configs/*/strings/*", "configs/*", "functions/*", "strings/*", ""} {
		found, _ := filepath.Glob(filepath.Join(g.dir, pattern))
		for _, f := range found {
			os.Remove(f)
		}
	}
	require.NoDirExists(g.t, g.dir)
}

// bench is a host with the gadget's device opened.
type guestBench struct {
	*testing.T
	w    *sim.World
	g    *gadget
	h    *Host
	conn usb.Conn
}

// inGuest runs a test with the gadget plugged in and opened.
func inGuest(t *testing.T, test func(*guestBench)) {
	g := newGadget(t, 0)
	defer g.remove()
	g.plug()
	inGuestWith(t, g, test)
}

func inGuestWith(t *testing.T, g *gadget, test func(*guestBench)) {
	w := sim.New(sim.RealTime())
	h, err := Open(w, gadgetSpec, Options{Name: "host", Peer: "gadget"})
	require.NoError(t, err)
	defer h.Close()
	require.NoError(t, w.Run(func() {
		b := &guestBench{T: t, w: w, g: g, h: h}
		b.open()
		test(b)
		require.NoError(t, h.Close())
	}))
}

func (b *guestBench) open() {
	b.Helper()
	info, ok := usb.WaitDevice(b.h, b.w.Now()+patience)
	require.True(b, ok, "the gadget is not announced")
	conn, err := b.h.Open(info.ID)
	require.NoError(b, err)
	b.conn = conn
}

// configure sets a configuration and claims its interface, and returns its bulk
// endpoints.
func (b *guestBench) configure(value uint8) (in, out uint8) {
	b.Helper()
	require.NoError(b, b.conn.SetConfiguration(value))
	require.NoError(b, b.conn.ClaimInterface(0))
	in, out, ok := b.conn.Descriptors().Config(value).Interfaces[0].Alternates[0].BulkPair()
	require.True(b, ok)
	return in, out
}
