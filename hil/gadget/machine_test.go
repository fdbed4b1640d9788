package gadget

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// kernel is what a kernel is in the middle of, as far as a device can know.
type kernel struct {
	*fakeEngine
	plugged bool
	config  bool
	setting uint8
	told    int // slots
}

// step makes the kernel do something, and says what.
func (k *kernel) step(op string) {
	ends := func() {
		if k.config {
			k.tell(disabled(0), disabled(1))
		}
		k.config, k.setting = false, 0
	}
	switch op {
	case "plug", "reset":
		ends()
		k.plugged = true
		k.tell(state(stateDefault))
	case "unplug":
		ends()
		k.plugged = false
		k.tell(state(stateNotAttached))
	case "unconfigure":
		if k.config {
			ends()
			k.tell(state(stateAddressed))
		}
	case "configure", "configure at once":
		if !k.plugged {
			return
		}
		if op == "configure" {
			ends()
		}
		k.config, k.setting = true, 0
		k.tell(state(stateConfigured), enabled(0, 0), enabled(1, 0))
	case "setting 0", "setting 1", "setting 2":
		if k.config {
			k.setting = op[8] - '0'
			k.tell(enabled(1, int(k.setting)))
		}
	case "out":
		if k.config {
			k.told += 2
			k.tell(report{kind: reportData, ep: epOut0, data: make([]byte, 600), slots: 2})
		}
	case "native out":
		if k.config && k.setting == 1 {
			k.told++
			k.tell(report{kind: reportData, ep: epOut1, data: []byte{1, 2, 3}, slots: 1})
		}
	case "request":
		if k.plugged {
			k.tell(report{kind: reportSetup, setup: vendor(true, 4, 8)})
		}
	case "withdraw":
		k.tell(report{kind: reportWithdrawn})
	case "suspend":
		k.tell(report{kind: reportSuspended})
	case "resume":
		k.tell(report{kind: reportResumed})
	}
}

// Whatever a host does, the device ends up where the host has it, every piece of
// memory is given back, and what waits does not wait for ever.
func TestRandomHosts(t *testing.T) {
	ops := []string{"plug", "reset", "unplug", "unconfigure", "configure", "configure at once", "setting 0", "setting 1", "out", "native out",
		"request", "withdraw", "suspend", "resume", "device halts", "device answers", "wait"}
	rapid.Check(t, func(t *rapid.T) {
		script := rapid.SliceOfN(rapid.SampledFrom(ops), 1, 40).Draw(t, "script")
		w, sys := sim.New(), &fakeSystem{}
		p := newPort(w, Options{Gone: time.Hour}, sys)
		d := newTestDevice(w)
		var k *kernel
		freed := 0
		var wrong []string // told outside of the world, which rapid does not know
		same := func(what string, want, got any) {
			if want != got {
				wrong = append(wrong, fmt.Sprintf("%s: want %v, got %v", what, want, got))
			}
		}
		err := w.Run(func() {
			same("attach", nil, p.Attach(d.g))
			k = &kernel{fakeEngine: sys.e}
			for _, pair := range [][2]uint8{{0x81, 0x01}, {0x84, 0x04}} {
				w.Go(fmt.Sprintf("device on %02X", pair[0]), func() { serve(w, d, pair[0], pair[1]) })
			}
			for _, op := range script {
				switch op {
				case "device halts":
					d.g.Endpoint(0x81).SetHalt(true)
				case "device answers":
					for _, c := range d.late {
						c.Reply([]byte("answer"))
					}
					d.late = nil
				case "wait":
					w.Sleep(20 * time.Millisecond)
				default:
					k.step(op)
				}
			}
			w.Sleep(time.Second)
			want := usb.StateDetached
			switch {
			case k.config:
				want = usb.StateConfigured
			case k.plugged:
				want = usb.StateAddress
			}
			same("state", want, d.g.State())
			same("setting", k.setting, d.g.Alternate(1))
			same("enabled", k.config, d.g.Endpoint(0x81).Enabled())
			same("halted", false, d.g.Endpoint(0x81).Halted())
			if k.config { // and it works
				k.told++
				before := len(k.data[epIn0])
				k.tell(report{kind: reportData, ep: epOut0, data: []byte("ping"), slots: 1})
				w.Sleep(time.Second)
				same("echo", true, bytes.HasSuffix(k.data[epIn0][before:], []byte("ping")))
			}
			p.Detach()
			for _, c := range k.calls {
				var ep, n int
				if _, err := fmt.Sscanf(c, "free %d %d", &ep, &n); err == nil {
					freed += n
				}
			}
		})
		same("slots", k.told, freed)
		same("state in the end", usb.StateDetached, d.g.State())
		if err != nil || len(wrong) > 0 {
			t.Fatalf("%v: %q", err, wrong)
		}
	})
}

// serve echoes for as long as the world is there.
func serve(w *sim.World, d *testDevice, in, out uint8) {
	buf := make([]byte, 1000)
	for {
		d.g.Endpoint(out).WaitEnabled(sim.Never)
		n, err := d.g.Endpoint(out).Read(buf)
		if err == nil {
			_, err = d.g.Endpoint(in).Write(buf[:n])
		}
		if err != nil {
			w.Sleep(time.Millisecond)
		}
	}
}
