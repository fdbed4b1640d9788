package muxd

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Modes of an iPhone's USB, by the configurations that it shows; 0 is one that
// nobody knows.
const (
	modeInitial  = 1
	modeValeria  = 2
	modeNCM      = 3
	modeEtherNCM = 4
	modeNCMOnly  = 5
)

// guessMode tells the mode that a phone is in.
//
// Source: libimobiledevice/usbmuxd, development branch, guess_mode.
func guessMode(d *usb.Descriptors) uint8 {
	switch n := len(d.Configs); {
	case n == 1:
		return modeNCMOnly
	case n <= 4:
		return modeInitial
	case n == 6:
		return modeEtherNCM
	case n != 5:
		return 0
	}
	c := &d.Configs[4]
	switch {
	case len(c.Find(0xFF, 0xFE, 2)) == 0:
		return 0
	case len(c.Find(0xFF, 0x2A, 0xFF)) > 0:
		return modeValeria
	case len(c.Find(2, 0x0D, usb.Any)) > 0:
		return modeNCM
	}
	return 0
}

// Vendor requests for the mode.
const (
	reqGetMode  = 0x45 // 4 bytes, of which nothing is made
	reqSetMode  = 0x52 // wIndex: mode; 1 byte, 0 for yes
	modeTimeout = time.Second
)

// switchMode asks a phone for the mode that the options want, and reports whether it
// will leave for that. One that comes back in another is taken as it is.
func (d *Daemon) switchMode(conn usb.Conn, serial string) bool {
	now, want := guessMode(conn.Descriptors()), d.o.Mode
	asked := d.asked[serial]
	delete(d.asked, serial)
	if want == 0 || now == 0 || now == want {
		return false
	}
	vendor := func(request uint8, index uint16, n int) ([]byte, error) {
		b := make([]byte, n)
		got, err := usb.Control(d.w, conn, usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: request, Index: index, Length: uint16(n)}, b, modeTimeout)
		return b[:got], err
	}
	why := "it was asked already"
	if !asked {
		_, _ = vendor(reqGetMode, 0, 4)
		b, err := vendor(reqSetMode, uint16(want), 1)
		switch {
		case err != nil:
			why = err.Error()
		case len(b) != 1 || b[0] != 0:
			why = "refused"
		default:
			d.asked[serial] = true
			d.state("mode switched", sim.Int("from", now), sim.Int("to", want))
			return true
		}
	}
	d.state("mode stays", sim.Int("mode", now), sim.Text("why", why))
	return false
}
