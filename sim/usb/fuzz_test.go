package usb_test

import (
	"bytes"
	"testing"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

func FuzzParseDevice(f *testing.F) {
	f.Add(unhex(f, iPhoneDevice))
	f.Add([]byte{18, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := usb.ParseDevice(b)
		if err != nil {
			return
		}
		if got := d.AppendTo(nil); !bytes.Equal(got[2:], b[2:18]) {
			t.Fatalf("% x\nis written as % x", b[:18], got)
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{gogglesConfig, iPhoneConfig4, mixedConfig} {
		f.Add(unhex(f, s))
	}
	f.Add([]byte{9, 2, 9, 0, 0, 1, 0, 0x80, 50})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := usb.ParseConfig(b)
		if err == nil && !bytes.Equal(c.AppendTo(nil), b) {
			t.Fatalf("% x\nis written as % x", b, c.AppendTo(nil))
		}
		// Whatever was kept of a faulty one can be written, and read again.
		if again := c.AppendTo(nil); len(again) <= 0xFFFF && len(b) >= 9 {
			d, _ := usb.ParseConfig(again)
			if got := d.AppendTo(nil); !bytes.Equal(got, again) {
				t.Fatalf("% x\nis read and written as % x", again, got)
			}
		}
		if n := len(c.AppendTo(nil)); n > len(b)+9 {
			t.Fatalf("%d bytes became %d", len(b), n)
		}
	})
}

func FuzzParseString(f *testing.F) {
	f.Add([]byte{4, 3, 'x', 0})
	f.Add([]byte{6, 3, 0x3D, 0xD8, 0xF1, 0xDC})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := usb.ParseString(b)
		if err != nil {
			return
		}
		again, err := usb.AppendString(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := usb.ParseString(again); err != nil || back != s {
			t.Fatalf("%q is read back as %q, %v", s, back, err)
		}
	})
}

// FuzzControl makes a gadget answer requests made of the input, eight bytes
// each: every one is answered once, with no more than there is room for.
func FuzzControl(f *testing.F) {
	for _, s := range []string{"80 06 0001 0000 4000", "00 09 0100 0000 0000 01 0B 0100 0100 0000", "80 06 0207 0000 FFFF", "02 03 0000 8100 0000 82 00 0000 8100 0200"} {
		f.Add(unhex(f, s), uint8(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, mode uint8) {
		speed := []usb.Speed{usb.Full, usb.High, usb.Super}[mode%3]
		g := usb.NewGadget(sim.New(), "g", rich(), &recorder{control: func(c *usb.ControlRequest) {
			if mode&8 != 0 {
				c.Reply(make([]byte, 300))
			} else {
				c.Stall()
			}
		}})
		g.Reset(speed)
		for len(b) >= 8 {
			s := usb.ParseSetup([8]byte(b[:8]))
			b = b[8:]
			room := int(s.Length)
			if mode&16 != 0 {
				room /= 2
			}
			done := 0
			x := &usb.Transfer{Setup: s, Data: make([]byte, room), Done: func(*usb.Transfer) { done++ }}
			g.Submit(x)
			switch {
			case done != 1:
				t.Fatalf("%v is answered %d times", s, done)
			case x.Status != usb.OK && x.Status != usb.Stall:
				t.Fatalf("%v: %v", s, x.Status)
			case x.Actual > room || x.Actual > int(s.Length) || x.Status == usb.Stall && x.Actual != 0:
				t.Fatalf("%v: %d bytes", s, x.Actual)
			case (g.State() == usb.StateConfigured) != (g.Configuration() != 0):
				t.Fatalf("%v: state %v with configuration %d", s, g.State(), g.Configuration())
			}
		}
	})
}
