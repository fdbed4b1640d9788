package usbmux

import "iter"

// NeedsZeroPacket reports whether a transfer of n bytes must be closed by a
// zero-length packet, because its last packet is a full one: without it the
// reader waits on, and takes the next packet for the rest of this one. That is
// the work of the carrier, in both directions.
func NeedsZeroPacket(n, maxPacketSize int) bool { return n > 0 && n%maxPacketSize == 0 }

// Chunks cuts a transfer into what reads of readSize complete with, in a host
// that keeps some waiting: full ones, and one that the short packet ends. Where
// the transfer fills its reads exactly, the zero-length packet completes one
// with no bytes. Feed takes these chunks one by one.
func Chunks(transfer []byte, readSize, maxPacketSize int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		whole := NeedsZeroPacket(len(transfer), maxPacketSize)
		rest := transfer
		for len(rest) >= readSize {
			if !yield(rest[:readSize:readSize]) {
				return
			}
			rest = rest[readSize:]
		}
		if len(rest) > 0 || whole {
			yield(rest)
		}
	}
}
