package ea

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// HeaderLen is the length of the session id before the data, in bytes.
const HeaderLen = 2

// linkOverhead is what a link packet adds: a 9-byte header and the payload
// checksum.
const linkOverhead = 10

// ErrShort says that a datagram has no room for its session id.
var ErrShort = errors.New("datagram shorter than its session id")

// Datagram is the payload of one link packet on the external accessory
// session.
//
//	offset  size  field
//	0       2     external accessory session id, big-endian
//	2       ...   data, part of the byte stream
type Datagram struct {
	Session uint16
	// Data refers to the bytes the datagram was parsed from. It may be empty.
	Data []byte
}

// Parse reads the payload of a link packet. It fails with an error that wraps
// ErrShort.
func Parse(b []byte) (Datagram, error) {
	if len(b) < HeaderLen {
		return Datagram{}, fmt.Errorf("ea: offset 0: session id has %d of %d bytes: %w", len(b), HeaderLen, ErrShort)
	}
	return Datagram{Session: binary.BigEndian.Uint16(b), Data: b[HeaderLen:]}, nil
}

// AppendTo appends the datagram to dst.
func (d Datagram) AppendTo(dst []byte) []byte {
	return append(append(dst, byte(d.Session>>8), byte(d.Session)), d.Data...)
}

// MaxData is the most data one datagram carries to a peer whose link packets
// are at most peerMaxLen bytes long: 12 less, never below 0.
func MaxData(peerMaxLen int) int {
	return max(0, peerMaxLen-linkOverhead-HeaderLen)
}

// Split yields data in pieces of at most size bytes, in order. Empty data
// yields nothing; a size below 1 yields nothing either, as no piece would ever
// end it.
func Split(data []byte, size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for size > 0 && len(data) > 0 {
			n := min(size, len(data))
			if !yield(data[:n:n]) {
				return
			}
			data = data[n:]
		}
	}
}
