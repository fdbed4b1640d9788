package usbmux

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Flags are those of TCP, of which the mux knows four combinations: SYN, SYN|ACK,
// ACK and RST. There is no FIN: a connection ends by RST. usbmuxd takes any other
// combination, PSH|ACK too, as a reset.
type Flags uint8

// Flags.
const (
	FIN Flags = 0x01
	SYN Flags = 0x02
	RST Flags = 0x04
	PSH Flags = 0x08
	ACK Flags = 0x10
	URG Flags = 0x20
)

// String names the flags, as in "SYN|ACK".
func (f Flags) String() string {
	var names []string
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if rest := f &^ 0x3F; rest != 0 || f == 0 {
		names = append(names, fmt.Sprintf("%#02x", uint8(rest)))
	}
	return strings.Join(names, "|")
}

// Segment is the payload of a TCP packet: a header in the form of TCP's, and
// data.
//
//	0  u16  source port
//	2  u16  destination port
//	4  u32  sequence number of the first byte
//	8  u32  acknowledgement: the next byte wanted
//	12 u8   50: header of five words
//	13 u8   flags
//	14 u16  window, in units of 256 bytes
//	16 u16  0 (checksum, never checked)
//	18 u16  0 (urgent pointer)
//
// The data begin at 20 whatever byte 12 says. A RST may carry a reason as text.
//
// Source: usbmuxd (libimobiledevice), observed.
type Segment struct {
	Src, Dst uint16
	Seq, Ack uint32
	Offset   uint8 // byte 12; 0 is written as 50
	Flags    Flags
	Window   uint32 // in bytes; less than 256 are lost
	Checksum uint16
	Urgent   uint16
	Payload  []byte
}

const windowShift = 8

// MaxWindow is the largest window that can be told.
const MaxWindow = 0xFFFF << windowShift

// AppendTo appends the segment. A window above [MaxWindow] is written as that.
func (s Segment) AppendTo(dst []byte) []byte { return append(s.appendHeader(dst), s.Payload...) }

func (s Segment) appendHeader(dst []byte) []byte {
	offset := s.Offset
	if offset == 0 {
		offset = SegmentHeaderLen / 4 << 4
	}
	dst = binary.BigEndian.AppendUint16(dst, s.Src)
	dst = binary.BigEndian.AppendUint16(dst, s.Dst)
	dst = binary.BigEndian.AppendUint32(dst, s.Seq)
	dst = binary.BigEndian.AppendUint32(dst, s.Ack)
	dst = append(dst, offset, byte(s.Flags))
	dst = binary.BigEndian.AppendUint16(dst, uint16(min(s.Window, MaxWindow)>>windowShift))
	dst = binary.BigEndian.AppendUint16(dst, s.Checksum)
	return binary.BigEndian.AppendUint16(dst, s.Urgent)
}

// ParseSegment reads a segment that fills b. The payload is borrowed.
func ParseSegment(b []byte) (Segment, error) {
	if len(b) < SegmentHeaderLen {
		return Segment{}, short("segment", HeaderLenV2, len(b), SegmentHeaderLen)
	}
	return Segment{
		Src: binary.BigEndian.Uint16(b), Dst: binary.BigEndian.Uint16(b[2:]),
		Seq: binary.BigEndian.Uint32(b[4:]), Ack: binary.BigEndian.Uint32(b[8:]),
		Offset: b[12], Flags: Flags(b[13]),
		Window:   uint32(binary.BigEndian.Uint16(b[14:])) << windowShift,
		Checksum: binary.BigEndian.Uint16(b[16:]), Urgent: binary.BigEndian.Uint16(b[18:]),
		Payload: b[SegmentHeaderLen:len(b):len(b)],
	}, nil
}

// Reason returns the text that a RST carries, without its final newline.
func (s Segment) Reason() string {
	const most = 256
	text := string(s.Payload[:min(len(s.Payload), most)])
	return strings.TrimSuffix(strings.TrimRight(text, "\x00"), "\n")
}

// String renders the segment in one line.
func (s Segment) String() string {
	line := fmt.Sprintf("%d > %d %v seq=%d ack=%d win=%d", s.Src, s.Dst, s.Flags, s.Seq, s.Ack, s.Window)
	switch {
	case s.Flags&RST != 0 && len(s.Payload) > 0:
		line += fmt.Sprintf(" %q", s.Reason())
	case len(s.Payload) > 0:
		line += fmt.Sprintf(" %d bytes", len(s.Payload))
	}
	return line
}
