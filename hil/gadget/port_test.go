package gadget

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A device's life at a port, as its observers see it: that of a device on a cable,
// and what the controller says of itself.
func TestEvents(t *testing.T) {
	var got []string
	onStage(t, Options{Name: "headunit", Host: "phone", Bus: 3}, func(s *stage) {
		s.tell(state(stateNotAttached), state(statePowered))
		require.Equal(s, usb.StateDetached, s.dev.g.State(), "there is no host yet")
		s.tell(state(stateDefault))
		require.Equal(s, usb.StateAddress, s.dev.g.State())
		s.tell(state(stateAddressed), state(stateConfigured), enabled(0, 0), enabled(1, 0))
		s.w.Go("device", func() { s.dev.g.Endpoint(0x81).Write([]byte("in")) })
		s.tell(report{kind: reportData, ep: epOut0, data: []byte("out"), slots: 1})
		buf := make([]byte, 10)
		n, err := s.dev.g.Endpoint(0x01).Read(buf)
		require.NoError(s, err)
		require.Equal(s, "out", string(buf[:n]))
		s.tell(enabled(1, 1))
		require.Equal(s, map[uint8]uint8{0x81: 0x8A, 0x01: 0x0B, 0x84: 0x8A, 0x04: 0x0B}, s.port.Addresses())
		s.tell(state(stateNotAttached))
		require.Equal(s, 1, s.dev.unplugs)
		require.Empty(s, s.port.Addresses())
		s.port.Detach()
		got = s.events
	})
	golden(t, "life.events", strings.Join(got, "\n")+"\n")
}

func TestAttach(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		require.Equal(s, s.dev.g, s.port.Attached())
		require.EqualError(s, s.port.Attach(newTestDevice(s.w).g), "gadget: a device is attached to this port already; detach it first")
		for range 3 {
			s.configured()
			s.port.Detach()
			require.Nil(s, s.port.Attached())
			s.port.Detach()
			require.Equal(s, 1, s.sys.e.closed)
			require.NoError(s, s.port.Attach(s.dev.g))
		}
		require.Equal(s, 3, s.dev.unplugs)
	})
}

func TestAttachFails(t *testing.T) {
	w := sim.New()
	for name, c := range map[string]struct {
		sys  *fakeSystem
		d    *usb.Descriptors
		want string
	}{
		"cannot bind":     {&fakeSystem{openErr: errTest}, testDescriptors(), "test"},
		"cannot be built": {&fakeSystem{}, &usb.Descriptors{}, "usb: descriptors have no configuration; a device has one at least"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPort(w, Options{}, c.sys)
			d := usb.NewGadget(w, "device", c.d, nil)
			require.NoError(t, w.Run(func() { require.EqualError(t, p.Attach(d), c.want) }))
			require.Nil(t, p.Attached())
			require.Nil(t, c.sys.e)
			p.sys = &fakeSystem{}
			if len(c.d.Configs) > 0 {
				require.NoError(t, w.Run(func() {
					require.NoError(t, p.Attach(d), "another time")
					p.Detach()
				}))
			}
		})
	}
}

// The end of the world lets go of the controller.
func TestWorldEnds(t *testing.T) {
	w, sys := sim.New(), &fakeSystem{}
	p := newPort(w, Options{}, sys)
	d := newTestDevice(w)
	require.NoError(t, w.Run(func() {
		require.NoError(t, p.Attach(d.g))
		sys.e.tell(state(stateDefault), enabled(0, 0))
		w.Sleep(time.Second)
	}))
	require.Equal(t, 1, sys.e.closed)
}

// It does so too where the controller comes when nobody wants it any more.
func TestWorldEndsBefore(t *testing.T) {
	w, sys := sim.New(), &fakeSystem{stuck: true}
	p := newPort(w, Options{}, sys)
	d := newTestDevice(w)
	require.NoError(t, w.Run(func() {
		w.Go("attach", func() { _ = p.Attach(d.g) })
		w.Yield()
	}))
	require.Equal(t, 1, sys.e.closed)
	require.Nil(t, p.Attached())
	sys.stuck = false
	require.NoError(t, w.Run(func() {
		require.NoError(t, p.Attach(d.g), "another time")
		p.Detach()
	}))
}

// What the host has not taken yet, it may take before the device goes; but not
// for long.
func TestDetachLingers(t *testing.T) {
	onStage(t, Options{Linger: time.Second}, func(s *stage) {
		s.configured()
		s.sys.e.hold = true
		_, err := s.dev.g.Endpoint(0x81).Write([]byte("last words"))
		require.NoError(s, err)
		s.w.After(300*time.Millisecond, func() {
			require.Zero(s, s.sys.e.closed)
			s.sys.e.tell(report{kind: reportWritten, ep: epIn0, ok: true})
		})
		at := s.w.Now()
		s.port.Detach()
		require.Equal(s, 300*time.Millisecond, s.w.Now()-at)

		require.NoError(s, s.port.Attach(s.dev.g))
		s.configured()
		s.sys.e.hold = true
		_, err = s.dev.g.Endpoint(0x81).Write([]byte("nobody reads"))
		require.NoError(s, err)
		at = s.w.Now()
		s.port.Detach()
		require.Equal(s, time.Second, s.w.Now()-at)
	})
}

// What of a gadget cannot be removed is told.
func TestDetachFails(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.sys.e.err = errTest
		s.port.Detach()
		require.Contains(s, strings.Join(s.events, "\n"), "device > state.gadget failed why=test")
	})
}

// What comes while the gadget is unbound is not the host's doing.
func TestDetachIsQuiet(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.requests()
		s.port.at.closing = true
		s.tell(disabled(0), disabled(1), report{kind: reportUnbound}, state(stateNotAttached))
		require.Equal(s, uint8(1), s.dev.g.Configuration())
		require.Empty(s, s.requests())
	})
}
