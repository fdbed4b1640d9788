package hid

import "encoding/binary"

// Bits of the link control byte. A packet that fits one report has neither.
const (
	// ControlContinued says that the report continues a packet.
	ControlContinued = 1 << 0
	// ControlMore says that more reports of the packet follow.
	ControlMore = 1 << 1
)

// maxPacket is the length of the longest link packet in bytes.
const maxPacket = 0xFFFF

// Fragmenter puts a link packet into reports:
//
//	f := hid.NewFragmenter(layout.Input, packet)
//	for {
//		report, ok := f.Next(buf[:0])
//		...
//	}
//
// While more than the largest report is left it takes the largest, then the
// smallest that holds the rest.
type Fragmenter struct {
	reports Reports
	rest    []byte
	begun   bool
}

// NewFragmenter begins a packet, which must not change until it is out. The
// reports must pass Layout.Check.
func NewFragmenter(reports Reports, packet []byte) Fragmenter {
	return Fragmenter{reports: reports, rest: packet}
}

// Next appends the next report, with its id and padded with zeros, to dst. ok
// is false after the last. An empty packet has no report.
func (f *Fragmenter) Next(dst []byte) (report []byte, ok bool) {
	if len(f.rest) == 0 {
		return dst, false
	}
	r := f.reports.Fit(len(f.rest))
	n := min(r.Room(), len(f.rest))
	control := byte(0)
	if f.begun {
		control |= ControlContinued
	}
	if n < len(f.rest) {
		control |= ControlMore
	}
	dst = append(dst, r.ID, control)
	dst = append(dst, f.rest[:n]...)
	for range r.Room() - n {
		dst = append(dst, 0)
	}
	f.rest, f.begun = f.rest[n:], true
	return dst, true
}

// Reassembler puts reports together to link packets.
type Reassembler struct {
	reports Reports
	packet  []byte
	open    bool // more reports of packet are due
}

// NewReassembler makes a Reassembler of the reports of one direction.
func NewReassembler(reports Reports) *Reassembler { return &Reassembler{reports: reports} }

// Push takes one report with its id. When it completes a packet, the packet is
// returned without the padding (see PacketLen); it is valid until the next
// Push. Errors are of type *Error. A faulty report is dropped, and so is the
// packet that it belongs to; ErrUnfinished tells of a packet that was lost
// when the next one began, which is taken all the same.
func (a *Reassembler) Push(report []byte) (packet []byte, err error) {
	control, err := a.inspect(report)
	if err != nil {
		a.open = false
		return nil, err
	}
	continued := control&ControlContinued != 0
	if continued && !a.open {
		return nil, &Error{Offset: 1, Field: "link control", Value: uint64(control), Err: ErrContinuation}
	}
	if !continued {
		if a.open {
			err = &Error{Offset: 1, Field: "link control", Value: uint64(control), Err: ErrUnfinished}
		}
		a.packet = a.packet[:0]
	}
	a.packet = append(a.packet, report[2:]...)
	a.open = control&ControlMore != 0
	if a.open {
		if len(a.packet) > maxPacket {
			a.open = false
			return nil, &Error{Offset: 2, Field: "packet size", Value: uint64(len(a.packet)), Err: ErrPacketSize}
		}
		return nil, err
	}
	return a.packet[:PacketLen(a.packet)], err
}

// inspect checks a report by itself and gives its link control byte.
func (a *Reassembler) inspect(report []byte) (byte, error) {
	if len(report) < 2 {
		return 0, &Error{Offset: len(report), Field: "report size", Value: uint64(len(report)), Err: ErrEmptyReport}
	}
	kind, ok := a.reports.Find(report[0])
	if !ok {
		return 0, &Error{Field: "report id", Value: uint64(report[0]), Err: ErrReportID}
	}
	if len(report) != kind.Size() {
		return 0, &Error{Offset: len(report), Field: "report size", Value: uint64(len(report)), Err: ErrReportSize}
	}
	if report[1] > ControlContinued|ControlMore {
		return 0, &Error{Offset: 1, Field: "link control", Value: uint64(report[1]), Err: ErrControl}
	}
	return report[1], nil
}

// Open tells whether a packet has begun and not ended.
func (a *Reassembler) Open() bool { return a.open }

// Reset forgets a packet that has not ended, as after a bus reset.
func (a *Reassembler) Reset() { a.open, a.packet = false, a.packet[:0] }

// PacketLen tells how many of the first bytes of b are the packet and how many
// padding, by the packet's own length: that of a link packet (FF 5A) or of the
// detection sequence and other iAP1 frames (FF 55). Where b begins otherwise,
// or with a length beyond b, all of it counts.
func PacketLen(b []byte) int {
	n := len(b)
	switch {
	case len(b) >= 4 && b[0] == 0xFF && b[1] == 0x5A:
		n = int(binary.BigEndian.Uint16(b[2:]))
	case len(b) >= 3 && b[0] == 0xFF && b[1] == 0x55 && b[2] != 0:
		n = 3 + int(b[2]) + 1
	}
	if n < 4 || n > len(b) {
		return len(b)
	}
	return n
}
