package pcap

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// maxPending bounds the submissions that a [Reader] remembers.
const maxPending = 1 << 14

// A Reader reads a capture as events of the layers "usb" and "i2c". Packets of
// other link types are skipped and counted.
//
// Seq counts the events. At counts from the start of the world in a file that
// [Writer] wrote, else from the first packet. In a file of somebody else's the
// host is called "host" and a device "dev1.5" after its bus and address.
type Reader struct {
	src     *source
	own     bool
	epoch   time.Time
	packets int
	skipped int
	seq     uint64
	ended   bool

	urbs    int64
	pending map[uint64]submission
	devices map[uint32]string // names by bus and address

	described    string // description of an interface,
	host, device string // and what it says

	fields [16]sim.Field
	setup  [16]byte
}

// submission is what a completion says nothing of.
type submission struct {
	number int64
	setup  string
}

// NewReader returns a reader of a pcapng or pcap file, which may be compressed
// with gzip. Errors are of type [*Error].
func NewReader(r io.Reader) (*Reader, error) {
	src, err := open(r)
	p := &Reader{src: src, pending: map[uint64]submission{}, devices: map[uint32]string{}}
	if err != nil {
		return nil, p.fail(err)
	}
	if c := src.classic; c != nil && !known(int(c.LinkType())) {
		return nil, p.fail(fmt.Errorf("link type %d is neither USB (%d, %d) nor I2C (%d)", c.LinkType(), LinkUSBLinux, LinkUSBLinuxMapped, LinkI2CLinux))
	}
	p.epoch, p.own = src.epoch()
	return p, nil
}

func known(link int) bool {
	return link == LinkUSBLinux || link == LinkUSBLinuxMapped || link == LinkI2CLinux
}

func (r *Reader) fail(err error) error {
	return &Error{Packet: r.packets, Offset: r.src.offset(), Err: err}
}

// Skipped returns how many packets were of other link types.
func (r *Reader) Skipped() int { return r.skipped }

// Epoch returns what the clock showed when the events' At was 0; it is known
// after the first event.
func (r *Reader) Epoch() time.Time { return r.epoch }

// Next returns the next event, and io.EOF after the last. The event's Fields
// and Data are valid until the next call. Any other error is an [*Error]; where
// it is about the contents of one packet, the next can still be read.
func (r *Reader) Next() (sim.Event, error) {
	for !r.ended {
		b, ci, link, err := r.src.next()
		if errors.Is(err, io.EOF) {
			r.ended = true
			break
		}
		r.packets++
		if err != nil {
			r.ended = true // there is no way to find the next packet
			return sim.Event{}, r.fail(err)
		}
		if !known(int(link)) {
			r.skipped++
			continue
		}
		if r.epoch.IsZero() {
			r.epoch = ci.Timestamp
		}
		e := sim.Event{At: ci.Timestamp.Sub(r.epoch)}
		if link == LinkI2CLinux {
			err = r.i2c(&e, b, ci)
		} else {
			err = r.usb(&e, b, ci, link == LinkUSBLinuxMapped)
		}
		if err != nil {
			return sim.Event{}, r.fail(err)
		}
		r.seq++
		e.Seq = r.seq
		return e, nil
	}
	return sim.Event{}, io.EOF
}

func (r *Reader) usb(e *sim.Event, b []byte, ci gopacket.CaptureInfo, mapped bool) error {
	var h header
	data, err := h.parse(b, r.src.order, mapped)
	if err != nil {
		return err
	}
	s := r.pair(&h)
	host, device := r.ends(ci.InterfaceIndex, &h)
	peer := host
	e.Layer, e.Kind, e.Who = "usb", "complete", device
	if h.event == eventSubmit {
		e.Kind, e.Who, peer = "submit", host, device
	}
	t := transferTypes[h.xfer]
	e.Fields = append(r.fields[:0],
		sim.Int("urb", s.number), sim.Int("bus", h.bus), sim.Int("dev", h.dev), sim.Int("ep", h.ep),
		sim.Text("type", t.String()), sim.Int("len", h.length), sim.Text("peer", peer))
	if t == usb.TypeControl && s.setup != "" {
		e.Fields = append(e.Fields, sim.Text("setup", s.setup))
	}
	if h.event != eventSubmit {
		e.Fields = append(e.Fields, sim.Int("errno", h.status), sim.Text("result", result(h.status)))
	}
	if h.dataFlag == dataPresent {
		e.Data = data[:min(uint64(len(data)), uint64(h.dataLength))]
	}
	return nil
}

// result is the word for an errno.
func result(errno int32) string {
	if errno == 0 {
		return usb.OK.String()
	}
	return usb.StatusOf(errno).String()
}

// pair numbers the transfers, as a kernel uses its identifiers again and again,
// and finds what a completion belongs to.
func (r *Reader) pair(h *header) submission {
	if h.event != eventSubmit {
		s, ok := r.pending[h.urb]
		delete(r.pending, h.urb)
		if !ok {
			s.number = r.number(h.urb)
		}
		return s
	}
	s := submission{number: r.number(h.urb)}
	if h.setupFlag == setupPresent && transferTypes[h.xfer] == usb.TypeControl {
		hex.Encode(r.setup[:], h.setup[:])
		s.setup = string(r.setup[:])
	}
	if len(r.pending) >= maxPending {
		clear(r.pending) // no capture of a real bus has so many
	}
	r.pending[h.urb] = s
	return s
}

func (r *Reader) number(id uint64) int64 {
	if r.own {
		return int64(id)
	}
	r.urbs++
	return r.urbs
}

// ends returns the names of host and device.
func (r *Reader) ends(port int, h *header) (host, device string) {
	if d := r.src.description(port); d != r.described {
		r.described = d
		r.host, r.device, _ = names(d)
	}
	if r.host != "" || r.device != "" {
		return r.host, r.device
	}
	at := uint32(h.bus)<<8 | uint32(h.dev)
	name, ok := r.devices[at]
	if !ok {
		if len(r.devices) >= maxPending {
			clear(r.devices)
		}
		name = fmt.Sprintf("dev%d.%d", h.bus, h.dev)
		r.devices[at] = name
	}
	return "host", name
}

func (r *Reader) i2c(e *sim.Event, b []byte, ci gopacket.CaptureInfo) error {
	if len(b) < i2cHeader+1 {
		return &fieldError{"I2C packet", len(b), "a bus, flags and an address, 6 bytes"}
	}
	host, device, ours := names(r.src.description(ci.InterfaceIndex))
	if !ours {
		host, device = "headunit", "chip"
	}
	addr := b[i2cHeader]
	e.Layer, e.Who, e.Kind, e.Data = "i2c", host, "write", b[i2cHeader+1:]
	if addr&1 != 0 {
		e.Kind = "read"
	}
	ack := 1
	if len(e.Data) == 0 {
		ack = 0 // a message without data is one that was not acknowledged, or a probe
	}
	e.Fields = append(r.fields[:0], sim.Int("addr", addr>>1), sim.Int("ack", ack), sim.Text("peer", device))
	return nil
}
