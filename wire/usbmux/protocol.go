package usbmux

import "fmt"

// Protocol is the first field of a packet: what its payload is.
type Protocol uint32

// Protocols. Source: usbmuxd (libimobiledevice), observed.
const (
	ProtoVersion Protocol = 0 // [VersionInfo], always with the short header
	ProtoControl Protocol = 1 // [Control], device to host
	ProtoSetup   Protocol = 2 // version 2, host to device, once: the byte 07
	ProtoTCP     Protocol = 6 // [Segment]
)

// String names the protocol.
func (p Protocol) String() string {
	switch p {
	case ProtoVersion:
		return "VERSION"
	case ProtoControl:
		return "CONTROL"
	case ProtoSetup:
		return "SETUP"
	case ProtoTCP:
		return "TCP"
	}
	return fmt.Sprintf("protocol %d", uint32(p))
}

// Numbers of the protocol.
const (
	Magic = 0xFEEDFACE // third field of a version 2 header

	HeaderLenV1      = 8  // of version 1, and of every VERSION packet
	HeaderLenV2      = 16 // of version 2
	SegmentHeaderLen = 20

	// MaxToDevice is the longest packet that an iPhone takes, header included.
	// One byte more, and it answers with a CONTROL error. Source: usbmuxd issue
	// 247, usbipd-win issue 867.
	MaxToDevice = 65535
	// MaxToHost is the longest packet that usbmuxd gathers.
	MaxToHost = 65536

	// HostPayload is the most that usbmuxd puts in a packet: 49152 with headers.
	HostPayload = 49152 - HeaderLenV2 - SegmentHeaderLen
	// DevicePayload is what phones were seen to send at most (published usbmuxd
	// logs; a single witness).
	DevicePayload = 32728

	// DefaultWindow is what usbmuxd grants for each connection, always.
	DefaultWindow = 131072

	// ReadSize is the size of the reads that usbmuxd keeps waiting on the IN pipe.
	ReadSize = 16384

	// LockdownPort is where lockdown listens on a device.
	LockdownPort = 62078
)

// SetupByte is the payload of SETUP. Its meaning is not known.
const SetupByte = 0x07

// noSequence is the number of the packet before the first one.
const noSequence = 0xFFFF
