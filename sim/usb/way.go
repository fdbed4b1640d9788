package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// way is one direction of the cable. Control transfers have a path of their
// own, so that faults find the same packet whatever the host asks meanwhile.
type way struct {
	data, control *sim.Path
	lossy         bool
	unplugs       []time.Duration // when the cable is pulled, whether something passes or not
}

func newWay(w *sim.World, name string) way {
	return way{data: w.NewPath("usb "+name, sim.Impairments{}), control: w.NewPath("usb control "+name, sim.Impairments{})}
}

func (y *way) set(im sim.Impairments) {
	y.unplugs = nil
	y.lossy = im.Loss > 0 || im.Duplicate > 0 || im.Reorder > 0 || im.BitError > 0
	timing := sim.Impairments{Latency: im.Latency, Jitter: im.Jitter, Bandwidth: im.Bandwidth}
	var faults []sim.Fault
	for _, f := range im.Faults {
		timed := f.Packet == 0 && f.Byte == 0
		switch f.Kind {
		case sim.Drop, sim.Repeat, sim.Delay, sim.Corrupt:
			y.lossy = true
		case sim.Stall:
			if timed {
				timing.Faults = append(timing.Faults, f)
			}
		case sim.Unplug:
			if timed { // the cable's own timers see to it
				y.unplugs = append(y.unplugs, f.At)
				continue
			}
		}
		faults = append(faults, f)
	}
	im.Faults = faults
	y.data.Set(im)
	y.control.Set(timing)
}
