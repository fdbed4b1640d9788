package pcap

import (
	"encoding/hex"
	"io"
	"strconv"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/plugfest/plugfest/sim"
)

// A Writer writes the transfers among the events it observes as a pcapng file:
// one packet for each submission and one for each completion, timed by the
// world's clock. Each bus is an interface of the file; its description names
// who is host and who device there.
type Writer struct {
	file      file
	snap      int
	buses     map[bus]int // to interface index
	intervals intervals
	buf       []byte
}

// bus tells the interfaces of a file apart.
type bus struct {
	number       int64
	host, device string
}

// A WriterOption changes what a [Writer] writes.
type WriterOption func(*Writer)

// Snap keeps only the first n bytes of each payload in the file.
func Snap(n int) WriterOption { return func(w *Writer) { w.snap = n } }

// NewWriter returns a writer of a file whose clock shows epoch when the world's
// shows 0. Call Flush at the end.
func NewWriter(w io.Writer, epoch time.Time, opts ...WriterOption) *Writer {
	p := &Writer{file: file{w: w, epoch: epoch}, snap: -1, buses: map[bus]int{}}
	for _, o := range opts {
		o(p)
	}
	return p
}

// Observe writes an event of layer "usb" and kind "submit" or "complete", and
// leaves others alone. After an error it does nothing; Flush tells.
func (w *Writer) Observe(e *sim.Event) {
	if e.Layer != "usb" || w.file.err != nil {
		return
	}
	switch e.Kind {
	case "attach":
		w.intervals.attach(e)
		return
	case "submit", "complete":
	default:
		return
	}
	h := w.header(e)
	if e.Kind == "complete" {
		w.intervals.learn(e)
	}
	data := e.Data
	if h.dataFlag != dataPresent {
		data = nil
	}
	whole := len(data)
	if w.snap >= 0 && len(data) > w.snap {
		data = data[:w.snap]
	}
	h.dataLength = uint32(len(data))
	w.buf = append(h.appendTo(w.buf[:0]), data...)
	w.file.packet(w.port(e), h.time, w.buf, longHeader+whole)
}

func (w *Writer) header(e *sim.Event) header {
	h := header{event: eventSubmit, setupFlag: setupAbsent, status: inProgress, time: w.file.time(e.At)}
	h.urb = uint64(num(e, "urb"))
	h.ep = byte(num(e, "ep"))
	h.dev = byte(num(e, "dev"))
	h.bus = uint16(num(e, "bus"))
	h.length = uint32(num(e, "len"))
	h.xfer = transferType(e.Get("type"))
	in := h.ep&0x80 != 0
	if in {
		h.flags = flagDirIn
	}
	if num(e, "zero") != 0 {
		h.flags |= flagZeroPacket
	}
	if num(e, "short_not_ok") != 0 {
		h.flags |= flagShortNotOK
	}
	h.interval = w.intervals.of(h.bus, h.dev, h.ep)
	if e.Kind == "complete" {
		h.event, h.status = eventComplete, int32(num(e, "errno"))
		if !in {
			h.dataFlag = dataGone
		}
		return h
	}
	if in {
		h.dataFlag = dataFollows
	}
	if setup := e.Get("setup"); len(setup) == 16 {
		if n, err := hex.Decode(h.setup[:], []byte(setup)); err == nil && n == 8 {
			h.setupFlag = setupPresent
		}
	}
	return h
}

// port returns the interface of the event's bus, which it adds where it is new.
func (w *Writer) port(e *sim.Event) int {
	b := bus{num(e, "bus"), e.Who, e.Get("peer")}
	if e.Kind == "complete" {
		b.host, b.device = b.device, b.host
	}
	if i, ok := w.buses[b]; ok {
		return i
	}
	i := w.file.addInterface(pcapgo.NgInterface{
		Name:        "usbmon" + strconv.FormatInt(b.number, 10),
		Description: describe(b.host, b.device),
		LinkType:    LinkUSBLinuxMapped,
	})
	w.buses[b] = i
	return i
}

// Flush hands on what is buffered, and returns the first error that writing met.
// A file without any packet is a valid file.
func (w *Writer) Flush() error {
	if w.file.ng == nil {
		w.file.addInterface(pcapgo.NgInterface{Name: "usbmon0", LinkType: LinkUSBLinuxMapped})
	}
	return w.file.flush()
}

// What the head of our files says: who wrote it, and when the world began.
const (
	application = "plugfest"
	epochMark   = "epoch="
)

// file is a pcapng file that begins with its first interface.
type file struct {
	w     io.Writer
	ng    *pcapgo.NgWriter
	epoch time.Time
	err   error
}

func (f *file) time(at time.Duration) time.Time { return f.epoch.Add(at).UTC() }

func (f *file) addInterface(i pcapgo.NgInterface) (index int) {
	i.TimestampResolution = 9
	if f.err != nil {
		return 0
	}
	if f.ng == nil {
		f.ng, f.err = pcapgo.NewNgWriterInterface(f.w, i, pcapgo.NgWriterOptions{
			SectionInfo: pcapgo.NgSectionInfo{Application: application, Comment: epochMark + f.epoch.UTC().Format(time.RFC3339Nano)},
		})
		return 0
	}
	index, f.err = f.ng.AddInterface(i)
	return index
}

func (f *file) packet(port int, at time.Time, b []byte, whole int) {
	if f.err != nil {
		return
	}
	f.err = f.ng.WritePacket(gopacket.CaptureInfo{
		Timestamp: at, CaptureLength: len(b), Length: whole, InterfaceIndex: port,
	}, b)
}

func (f *file) flush() error {
	if f.err == nil {
		f.err = f.ng.Flush()
	}
	return f.err
}

func num(e *sim.Event, key string) int64 {
	n, _ := e.Num(key)
	return n
}
