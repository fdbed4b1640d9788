package link

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Control bits of a link packet. The three lowest bits are reserved and zero.
//
// Source: wiomoc/iap2 and JoeyEamigh/bridgething agree on SYN, ACK, EAK and
// RST; SLP is named by two sources and was never seen on a wire.
const (
	ControlSYN = 0x80 // link synchronization, payload is a [Syn]
	ControlACK = 0x40 // the acknowledgement number is valid
	ControlEAK = 0x20 // payload lists missing sequence numbers
	ControlRST = 0x10 // reset
	ControlSLP = 0x08 // suspend

	controlReserved = 0x07
)

// Sizes of a link packet, in bytes.
const (
	HeaderLen   = 9                    // start to header checksum
	Overhead    = HeaderLen + 1        // what a packet with a payload adds to it
	MaxPacket   = 65535                // the length field has 16 bits
	MaxPayload  = MaxPacket - Overhead // 65525
	startHigh   = 0xff                 // first start byte, shared with iAP1
	startLow    = 0x5a                 // second start byte of a link packet
	markerLow   = 0x55                 // second start byte of an iAP1 packet
	minReceived = HeaderLen            // the shortest legal length field
)

// Packet is one link packet.
//
//	offset  size  field
//	0       2     start, FF 5A
//	2       2     length of the whole packet, big-endian
//	4       1     Control, the Control bits
//	5       1     Seq, the sender's own number
//	6       1     Ack, the last number received in sequence
//	7       1     Session, an id of the SYN table; 0 for SYN, bare ACK, EAK and RST
//	8       1     header checksum over bytes 0 to 7
//	9       n     Payload, absent when length is 9
//	9+n     1     payload checksum, only with a payload
//
// Source: wiomoc/iap2, JoeyEamigh/bridgething, wllm-rbnt/third-eye.
type Packet struct {
	Control, Seq, Ack, Session uint8

	Payload []byte // 0 to [MaxPayload] bytes
}

// Len returns the encoded size in bytes.
func (p *Packet) Len() int {
	if len(p.Payload) == 0 {
		return HeaderLen
	}
	return len(p.Payload) + Overhead
}

// AppendTo appends the encoded packet to dst. The only possible error is a
// payload of more than [MaxPayload] bytes; dst is then returned as it was.
func (p *Packet) AppendTo(dst []byte) ([]byte, error) {
	if len(p.Payload) > MaxPayload {
		return dst, fmt.Errorf("iap2 link: payload of %d bytes exceeds %d, split it", len(p.Payload), MaxPayload)
	}
	var h [HeaderLen]byte
	p.putHeader(h[:])
	dst = append(dst, h[:]...)
	if len(p.Payload) == 0 {
		return dst, nil
	}
	dst = append(dst, p.Payload...)
	return append(dst, Checksum(p.Payload)), nil
}

// putHeader writes the nine header bytes. The payload gives only its length.
func (p *Packet) putHeader(h []byte) {
	_ = h[HeaderLen-1]
	h[0], h[1] = startHigh, startLow
	binary.BigEndian.PutUint16(h[2:], uint16(p.Len()))
	h[4], h[5], h[6], h[7] = p.Control, p.Seq, p.Ack, p.Session
	h[8] = Checksum(h[:8])
}

// String renders the packet in one line: "SYN|ACK seq=ac ack=00 13 bytes".
func (p Packet) String() string {
	var b strings.Builder
	b.WriteString(controlString(p.Control))
	fmt.Fprintf(&b, " seq=%02x ack=%02x", p.Seq, p.Ack)
	if p.Session != 0 {
		fmt.Fprintf(&b, " session=%02x", p.Session)
	}
	if n := len(p.Payload); n > 0 {
		fmt.Fprintf(&b, " %d bytes", n)
	}
	return b.String()
}

func controlString(c uint8) string {
	names := []struct {
		bit  uint8
		name string
	}{{ControlSYN, "SYN"}, {ControlEAK, "EAK"}, {ControlRST, "RST"}, {ControlSLP, "SLP"}, {ControlACK, "ACK"}}
	var parts []string
	for _, n := range names {
		if c&n.bit != 0 {
			parts = append(parts, n.name)
		}
	}
	if rest := c & controlReserved; rest != 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%02x", rest))
	}
	return strings.Join(parts, "|")
}

// Checksum returns the two's complement of the byte sum modulo 256: the
// covered bytes and their checksum sum to zero. It notices every change
// confined to one byte, and misses about one in 256 of the others.
func Checksum(b []byte) uint8 {
	var sum uint8
	const lanes = 0x00ff00ff00ff00ff
	for len(b) >= 8 {
		// Four 16-bit lanes take 128 words before one can overflow.
		chunk := b[:min(len(b), 1024)&^7]
		b = b[len(chunk):]
		var acc uint64
		for ; len(chunk) >= 8; chunk = chunk[8:] {
			w := binary.LittleEndian.Uint64(chunk)
			acc += w&lanes + w>>8&lanes
		}
		sum += uint8(acc) + uint8(acc>>16) + uint8(acc>>32) + uint8(acc>>48)
	}
	for _, v := range b {
		sum += v
	}
	return -sum
}
