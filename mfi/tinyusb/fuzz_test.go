package tinyusb_test

import (
	"testing"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// FuzzRequests throws vendor requests at the adapter, some of them canceled on the way: each is done, none is answered with more than
// was asked for, and afterwards the adapter still works. A request is 8 bytes of SETUP; the last bit of the byte after it cancels.
func FuzzRequests(f *testing.F) {
	f.Add([]byte("\x41\x02\x0A\x00\x00\x00\x00\x00\x00" + "\xC1\x01\x00\x00\x00\x00\x04\x00\x00"))
	f.Add([]byte("\x41\x07\x00\x00\x10\x00\x01\x00\x00" + "\xC1\x03\x00\x00\x00\x00\x01\x00\x00" + "\xC1\x07\x01\x00\x10\x00\x80\x00\x00"))
	f.Add([]byte("\x41\x05\x00\x00\x10\x00\x01\x00\x01" + "\xC1\x06\x01\x02\x10\x00\xFF\xFF\x00"))
	f.Add([]byte("\x41\x04\x00\x00\x11\x00\x00\x20\x00" + "\xC1\x00\xEF\xBE\x00\x00\x02\x00\x01" + "\x80\x06\x00\x01\x00\x00\x12\x00\x00"))
	part := newChip(f, mfi.Gen30, nil)
	f.Fuzz(func(t *testing.T, input []byte) {
		w := sim.New()
		a := tinyusb.New(w, chip.NewBus(w, part), tinyusb.Config{})
		part.PowerOff(0)
		part.PowerOn(0)
		a.Reset(usb.Full)
		pending, done := 0, w.NewCond("requests")
		submit := func(s usb.Setup) *usb.Transfer {
			x := &usb.Transfer{Setup: s, Data: make([]byte, s.Length)}
			x.Done = func(x *usb.Transfer) {
				pending--
				done.Signal()
				if x.Actual > int(s.Length) {
					t.Errorf("%v: %d bytes", s, x.Actual)
				}
			}
			pending++
			a.Submit(x)
			return x
		}
		err := w.Run(func() {
			for n := 0; len(input) > 8 && n < 64; n++ {
				x := submit(usb.ParseSetup([8]byte(input)))
				w.Yield()
				if input[8]&1 != 0 {
					a.Cancel(x)
				}
				input = input[9:]
			}
			status := submit(usb.Setup{RequestType: 0xC1, Request: tinyusb.ReqStatus, Length: 1})
			for pending > 0 {
				done.Wait()
			}
			if status.Status != usb.OK || status.Actual != 1 || status.Data[0] > 2 {
				t.Errorf("status afterwards: %v, %d bytes, %d", status.Status, status.Actual, status.Data[0])
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
