//go:build libusb && linux && cgo

package gadget

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
)

// The head unit as a gadget of this kernel, and the phone as its host: link,
// authentication, identification, and CarLife over the native transport. The
// phone is on a cable in memory until it has switched roles.
func TestGuestCarLife(t *testing.T) {
	needAlternates(t)
	match := libusb.Spec{Vendor: 0x1D6B, Product: 0x0104}.Match
	waitGone(t, match)
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	model, err := headunit.LoadModel("carlife")
	require.NoError(t, err)
	part, err := chip.New(chip.Config{Model: chip.MFi30(), Identity: testca.Test().MustIssue(mfi.Gen30, 1)})
	require.NoError(t, err)

	w := sim.New(sim.RealTime())
	rec := trace.NewRecorder()
	w.Observe(dissect.New(rec.Observe).Observe)
	cable := usb.NewCable(w, usb.CableOptions{A: "headunit", B: "phone"})
	port, err := New(w, Options{UDC: guestUDC, Name: "headunit", Host: "phone", Bus: 7})
	require.NoError(t, err)
	host, err := libusb.New(w, libusb.Options{Match: match, Name: "phone's kernel"})
	require.NoError(t, err)
	phone.New(w, "phone", persona).Start(cable.B(), host)
	headunit.New(w, "headunit", model).Start(cable.A(), port, chip.NewBus(w, part))

	// seen reports whether the gadget's end has seen an event.
	seen := func(layer, kind string) bool {
		for _, e := range rec.Select(layer, kind) {
			if e.Who == "headunit" || e.Get("peer") == "headunit" {
				return true
			}
		}
		return false
	}
	require.NoError(t, w.Run(func() {
		for deadline := w.Now() + 90*time.Second; w.Now() < deadline && !seen("carlife", "VIDEO_DATA"); {
			w.Sleep(100 * time.Millisecond)
		}
		text := lsusb(t, w, "1d6b:0104")
		for _, want := range []string{"Plugfest", "PF-HU-1", "MFI", "iAP Interface", "com.baidu.CarLifeVehicleProtocol", "bAlternateSetting       1"} {
			assert.Contains(t, text, want)
		}
		port.Detach()
		require.NoError(t, host.Close())
	}))
	for _, e := range []struct{ layer, kind string }{
		{"iap2.link", "syn"}, {"iap2.control", "AuthenticationSucceeded"}, {"iap2.control", "IdentificationAccepted"},
		{"ea.native", "open"}, {"carlife", "VIDEO_DATA"},
	} {
		assert.True(t, seen(e.layer, e.kind), "%s %s", e.layer, e.kind)
	}
	if t.Failed() {
		kinds := map[string]int{}
		for e := range rec.All() {
			kinds[e.Who+" "+e.Layer+" "+e.Kind]++
		}
		t.Log(kinds)
	}
	nothingLeft(t)
}

// The phone as a gadget: all but the configuration whose audio FunctionFS does
// not carry.
func TestGuestPhone(t *testing.T) {
	needGuest(t)
	match := libusb.Spec{Vendor: 0x05AC, Product: usb.Any}.Match
	waitGone(t, match)
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	w := sim.New(sim.RealTime())
	rec := trace.NewRecorder()
	w.Observe(rec.Observe)
	port, err := New(w, Options{UDC: guestUDC, Name: "phone", RefuseAlternates: true})
	require.NoError(t, err)
	host, err := libusb.New(w, libusb.Options{Match: match})
	require.NoError(t, err)
	phone.New(w, "phone", persona).Start(port, host)
	require.NoError(t, w.Run(func() {
		info, ok := usb.WaitDevice(host, w.Now()+patience)
		require.True(t, ok, "the phone is not announced")
		conn, err := host.Open(info.ID)
		require.NoError(t, err)
		d := conn.Descriptors()
		var values []uint8
		for _, c := range d.Configs {
			values = append(values, c.Value)
		}
		require.Equal(t, []uint8{1, 3, 4}, values)
		require.Len(t, rec.Select("state.gadget", "left out"), 1)

		require.NoError(t, conn.SetConfiguration(4))
		c := d.Config(4)
		m := c.Find(0xFF, 0xFE, 2)[0]
		in, out, ok := m.BulkPair()
		require.True(t, ok)
		require.NoError(t, conn.ClaimInterface(m.Interface))
		s := usb.NewStream(w, conn, in, out, usb.StreamOptions{ZeroPackets: true})
		// usbmux: a VERSION packet, version 2 (libimobiledevice/usbmuxd, device.c).
		_, err = s.Write([]byte{0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0})
		require.NoError(t, err)
		s.SetReadDeadline(w.Now() + patience)
		answer := make([]byte, 20)
		n, err := s.Read(answer)
		require.NoError(t, err)
		require.Equal(t, 20, n)
		require.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 2}, answer[:12])

		// Settings 1 and 2 of the Ethernet interface have the same endpoints; the
		// controller has two pairs for them.
		eth := c.Find(0xFF, 0xFD, 1)
		require.Len(t, eth, 3)
		in1, _, _ := eth[1].BulkPair()
		in2, _, _ := eth[2].BulkPair()
		require.NotEqual(t, in1, in2)
		require.NoError(t, s.Close())
		require.NoError(t, conn.Close())
		port.Detach()
		require.NoError(t, host.Close())
	}))
	nothingLeft(t)
}
