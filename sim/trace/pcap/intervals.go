package pcap

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// intervals knows how often each interrupt endpoint is polled, from the
// descriptors that pass by.
type intervals struct {
	high map[uint16]bool // buses of high speed and above
	poll map[endpoint]uint32
}

type endpoint struct {
	bus     uint16
	dev, ep uint8
}

func (v *intervals) attach(e *sim.Event) {
	if v.high == nil {
		v.high = map[uint16]bool{}
	}
	speed := e.Get("speed")
	v.high[uint16(num(e, "bus"))] = speed == usb.High.String() || speed == usb.Super.String()
}

// learn reads a configuration descriptor that a device sent.
func (v *intervals) learn(e *sim.Event) {
	setup := e.Get("setup")
	if len(setup) != 16 || setup[:4] != "8006" || setup[6:8] != "02" || len(e.Data) < 9 {
		return
	}
	c, _ := usb.ParseConfig(e.Data) // whatever could be read
	for _, f := range c.Interfaces {
		for _, a := range f.Alternates {
			for _, d := range a.Endpoints {
				if d.Type() != usb.TypeInterrupt || d.Interval == 0 {
					continue
				}
				if v.poll == nil {
					v.poll = map[endpoint]uint32{}
				}
				at := endpoint{uint16(num(e, "bus")), uint8(num(e, "dev")), d.Address}
				v.poll[at] = period(d.Interval, v.high[at.bus])
			}
		}
	}
}

// period returns what Linux has as an URB's interval: frames of 1 ms, at high
// speed microframes, of which the descriptor gives the power of two.
func period(bInterval uint8, high bool) uint32 {
	if !high {
		return uint32(bInterval)
	}
	return 1 << (min(bInterval, 16) - 1)
}

func (v *intervals) of(bus uint16, dev, ep uint8) uint32 { return v.poll[endpoint{bus, dev, ep}] }
