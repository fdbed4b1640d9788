package usbip

import (
	"time"

	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// A [usb.Transfer] has no list of packets, so that no device here serves
// isochronous endpoints. Their transfers pass as on a bus on which the device
// misses every packet: each ends when its time is over, and says of each packet
// that it was not exchanged.

// elapse completes an isochronous transfer when its time has passed.
func (e *session) elapse(u *urb) {
	unit := time.Millisecond
	if e.speed >= usb.High {
		unit /= 8
	}
	packets := len(u.iso) / wire.PacketLen
	d := unit * time.Duration(packets) * time.Duration(min(max(u.interval, 1), 1<<15))
	ends := &e.isoEnds[index(u.t.Endpoint)] // one after the other, as on a bus
	*ends = max(*ends, e.w.Now()) + max(d, time.Millisecond)
	e.w.After(*ends-e.w.Now(), func() {
		if e.urbs[u.seq] == u && !e.over {
			u.t.Complete(usb.OK, 0)
		}
	})
}

// packets has every packet failed.
func (u *urb) packets(r *wire.Reply) {
	r.Packets = int32(len(u.iso) / wire.PacketLen)
	r.Errors = r.Packets
	for i := 0; i < len(u.iso); i += wire.PacketLen {
		p, err := wire.ParsePacket(u.iso[i:])
		if err != nil {
			return
		}
		p.Actual, p.Status = 0, wire.ErrnoXDev
		p.AppendTo(u.iso[:i])
	}
	u.after = u.iso
}
