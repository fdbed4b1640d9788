package dissect

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A Dissector derives events from raw ones.
type Dissector struct {
	sink func(*sim.Event)

	usb  usbState
	chip chipState
	tls  clearState
	sock sockets
	taps map[[2]string]*linkTap // byte streams given to Feed

	// Of the raw event at hand, for those derived from it.
	seq    uint64
	at     time.Duration
	fields []sim.Field
	event  sim.Event
}

// New returns a dissector that passes raw and derived events to sink.
func New(sink func(*sim.Event)) *Dissector {
	d := &Dissector{sink: sink, taps: map[[2]string]*linkTap{}}
	d.usb.init(d)
	d.chip.d = d
	d.tls.d = d
	d.sock.d = d
	return d
}

// Observe passes an event on, and after it what it completed.
func (d *Dissector) Observe(e *sim.Event) {
	d.sink(e)
	d.seq, d.at = e.Seq, e.At
	switch e.Layer {
	case "usb":
		d.usb.observe(e)
	case "i2c":
		d.chip.observe(e)
	case "tls":
		d.tls.observe(e)
	case "socket":
		d.sock.observe(e)
	}
}

// maxTaps bounds the byte streams that are followed at once.
const maxTaps = 64

// Feed takes bytes that who sent to peer over an iAP2 transport other than USB:
// a serial line, Bluetooth, a socket. Give the bytes of both directions. The
// events derived have the time given, and the Seq of the last event observed.
func (d *Dissector) Feed(at time.Duration, who, peer string, data []byte) {
	d.at = at
	key, way := [2]string{who, peer}, 0
	if who > peer {
		key, way = [2]string{peer, who}, 1
	}
	tap := d.taps[key]
	if tap == nil {
		if len(d.taps) >= maxTaps {
			clear(d.taps)
		}
		tap = newLinkTap(d, key[0], key[1])
		d.taps[key] = tap
	}
	tap.feed(way, data)
}

// derive begins an event's fields; what is appended to them goes to emit.
func (d *Dissector) derive() []sim.Field { return d.fields[:0] }

// emit sends a derived event.
func (d *Dissector) emit(layer, kind, who, peer string, fields []sim.Field, data []byte) {
	fields = append(fields, sim.Text("peer", peer))
	d.fields = fields
	d.event = sim.Event{Seq: d.seq, At: d.at, Who: who, Layer: layer, Kind: kind, Fields: fields, Data: data}
	d.sink(&d.event)
}
