package usbmux

import (
	"encoding/binary"
	"fmt"
)

// Packet is one mux packet, which is one USB transfer. All fields are
// big-endian.
//
//	0  u32  protocol
//	4  u32  length of the whole packet
//	8  u32  FEEDFACE             version 2 only, and not in VERSION packets
//	12 u16  number of the packet
//	14 u16  number of the last packet received, FFFF if none
//
// Source: usbmuxd (libimobiledevice), observed.
type Packet struct {
	Protocol Protocol
	Tx, Rx   uint16 // version 2 only
	Payload  []byte
}

// headerLen returns the length of the header in a protocol version.
func headerLen(p Protocol, version int) int {
	if version < 2 || p == ProtoVersion {
		return HeaderLenV1
	}
	return HeaderLenV2
}

// AppendTo appends the packet as version 1 or 2 writes it. It fails where no
// peer would take it, above [MaxToHost] bytes.
func (p Packet) AppendTo(dst []byte, version int) ([]byte, error) {
	n := headerLen(p.Protocol, version) + len(p.Payload)
	if n > MaxToHost {
		return dst, &PacketError{Field: "payload", Offset: n - len(p.Payload), Value: uint64(n), Want: MaxToHost, Err: ErrTooLong}
	}
	dst = p.appendHeader(dst, version, n)
	return append(dst, p.Payload...), nil
}

func (p Packet) appendHeader(dst []byte, version, length int) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.Protocol))
	dst = binary.BigEndian.AppendUint32(dst, uint32(length))
	if headerLen(p.Protocol, version) == HeaderLenV1 {
		return dst
	}
	dst = binary.BigEndian.AppendUint32(dst, Magic)
	dst = binary.BigEndian.AppendUint16(dst, p.Tx)
	return binary.BigEndian.AppendUint16(dst, p.Rx)
}

// ParsePacket reads a packet of protocol version 1 or 2 that fills b. The payload
// is borrowed. With an error of [ErrMagic] the packet is good otherwise: usbmuxd
// does not look at the magic.
func ParsePacket(b []byte, version int) (Packet, error) {
	if len(b) < HeaderLenV1 {
		return Packet{}, short("header", 0, len(b), HeaderLenV1)
	}
	p := Packet{Protocol: Protocol(binary.BigEndian.Uint32(b))}
	if n := binary.BigEndian.Uint32(b[4:]); uint64(n) != uint64(len(b)) {
		return p, &PacketError{Field: "length", Offset: 4, Value: uint64(n), Want: uint64(len(b)), Err: ErrMismatch}
	}
	n := headerLen(p.Protocol, version)
	if len(b) < n {
		return p, short("header", 0, len(b), n)
	}
	p.Payload = b[n:len(b):len(b)]
	if n == HeaderLenV1 {
		return p, nil
	}
	p.Tx, p.Rx = binary.BigEndian.Uint16(b[12:]), binary.BigEndian.Uint16(b[14:])
	if m := binary.BigEndian.Uint32(b[8:]); m != Magic {
		return p, &PacketError{Field: "magic", Offset: 8, Value: uint64(m), Want: Magic, Err: ErrMagic}
	}
	return p, nil
}

// String renders the packet in one line.
func (p Packet) String() string {
	switch p.Protocol {
	case ProtoVersion:
		if v, err := ParseVersion(p.Payload); err == nil {
			return v.String()
		}
	case ProtoControl:
		if c, err := ParseControl(p.Payload); err == nil {
			return fmt.Sprintf("tx=%d rx=%d %v", p.Tx, p.Rx, c)
		}
	case ProtoTCP:
		if s, err := ParseSegment(p.Payload); err == nil {
			return fmt.Sprintf("tx=%d rx=%d %v", p.Tx, p.Rx, s)
		}
	}
	return fmt.Sprintf("tx=%d rx=%d %v %x", p.Tx, p.Rx, p.Protocol, p.Payload[:min(len(p.Payload), 16)])
}
