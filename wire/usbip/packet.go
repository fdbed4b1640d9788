package usbip

import "encoding/binary"

// PacketLen is the length of a [Packet] in bytes.
const PacketLen = 16

// Packet describes one packet of an isochronous transfer.
//
//	0   u32  offset in the transfer's buffer
//	4   u32  length
//	8   u32  actual_length; 0 in a request
//	12  s32  status; 0 in a request
//
// In the reply to an IN transfer data is packed: Actual bytes of each packet,
// without gaps. Actual of all packets together is the Actual of the [Reply], or
// vhci_hcd gives up the connection.
type Packet struct {
	Offset, Length, Actual uint32
	Status                 int32
}

// AppendTo appends the 16 bytes.
func (p Packet) AppendTo(dst []byte) []byte {
	for _, v := range [...]uint32{p.Offset, p.Length, p.Actual, uint32(p.Status)} {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	return dst
}

// ParsePacket reads the first 16 bytes of b.
func ParsePacket(b []byte) (Packet, error) {
	if len(b) < PacketLen {
		return Packet{}, short("packet descriptor", len(b), PacketLen)
	}
	u32 := func(i int) uint32 { return binary.BigEndian.Uint32(b[i:]) }
	return Packet{u32(0), u32(4), u32(8), int32(u32(12))}, nil
}
