package dissect

import (
	"encoding/hex"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// transfer is a raw usb event's fields.
type transfer struct {
	urb, bus, dev, ep, length int64
	kind, peer, setup, result string
}

// parse reads the fields in one go; what is missing is zero.
func (t *transfer) parse(e *sim.Event) {
	*t = transfer{}
	for i := range e.Fields {
		f := &e.Fields[i]
		switch f.Key {
		case "urb":
			t.urb = f.Num
		case "bus":
			t.bus = f.Num
		case "dev":
			t.dev = f.Num
		case "ep":
			t.ep = f.Num
		case "len":
			t.length = f.Num
		case "type":
			t.kind = f.Text
		case "peer":
			t.peer = f.Text
		case "setup":
			t.setup = f.Text
		case "result":
			t.result = f.Text
		}
	}
}

func (t *transfer) in() bool { return t.ep&usb.DirIn != 0 }

// setupPacket returns the SETUP packet of a control transfer.
func (t *transfer) setupPacket() (usb.Setup, bool) {
	var b [8]byte
	if len(t.setup) != 16 {
		return usb.Setup{}, false
	}
	if _, err := hex.Decode(b[:], []byte(t.setup)); err != nil {
		return usb.Setup{}, false
	}
	return usb.ParseSetup(b), true
}

// Bounds of what is remembered of transfers to devices that are under way.
const (
	maxPending      = 4096
	maxPendingBytes = 16 << 20
)

// outbox keeps what transfers carry to devices until they are complete: only
// then is it known how much of it the device took.
type outbox struct {
	pending map[int64][]byte
	bytes   int
	spare   [][]byte
}

func (o *outbox) put(urb int64, data []byte) {
	if o.pending == nil {
		o.pending = map[int64][]byte{}
	}
	if old, ok := o.pending[urb]; ok {
		o.free(urb, old)
	}
	if len(o.pending) >= maxPending || o.bytes+len(data) > maxPendingBytes {
		clear(o.pending) // they will never be complete
		o.bytes, o.spare = 0, nil
		if len(data) > maxPendingBytes {
			return
		}
	}
	var b []byte
	if n := len(o.spare); n > 0 {
		b, o.spare = o.spare[n-1][:0], o.spare[:n-1]
	}
	o.pending[urb] = append(b, data...)
	o.bytes += len(data)
}

// take returns what a transfer carried, valid until the next put.
func (o *outbox) take(urb int64) []byte {
	b, ok := o.pending[urb]
	if ok {
		o.free(urb, b)
	}
	return b
}

// maxSpare bounds the buffers kept for use again.
const maxSpare = 32

func (o *outbox) free(urb int64, b []byte) {
	delete(o.pending, urb)
	o.bytes -= len(b)
	if len(o.spare) < maxSpare && cap(b) <= 1<<20 {
		o.spare = append(o.spare, b)
	}
}
