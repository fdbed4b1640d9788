package pcap

import (
	"encoding/binary"
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// Link types of a capture. Source: the tcpdump project's list of link types.
const (
	LinkUSBLinux       = 189 // 48-byte header
	LinkI2CLinux       = 209
	LinkUSBLinuxMapped = 220 // 64-byte header
)

const (
	shortHeader = 48 // of link type 189
	longHeader  = 64 // of link type 220
	isoEntry    = 16 // an isochronous packet's descriptor
)

// Values of the header's fields.
const (
	eventSubmit   = 'S'
	eventComplete = 'C'
	eventError    = 'E' // the submission failed

	setupPresent = 0
	setupAbsent  = '-'

	dataPresent = 0
	dataFollows = '<' // IN: comes with the completion
	dataGone    = '>' // OUT: went with the submission

	inProgress = -115 // EINPROGRESS, the status of every submission

	flagShortNotOK = 0x0001
	flagZeroPacket = 0x0040
	flagDirIn      = 0x0200
)

// transferTypes are the numbers of usbmon, which differ from those of
// descriptors.
var transferTypes = [...]usb.TransferType{usb.TypeIsochronous, usb.TypeInterrupt, usb.TypeControl, usb.TypeBulk}

func transferType(name string) byte {
	for n, t := range transferTypes {
		if t.String() == name {
			return byte(n)
		}
	}
	return 3
}

// header is what usbmon puts before a packet, in the byte order of the
// capturing host.
//
//	offset  size  field
//	0       8     urb         equal in submission and completion
//	8       1     event       'S', 'C' or 'E'
//	9       1     xfer        0 isochronous, 1 interrupt, 2 control, 3 bulk
//	10      1     ep          bit 7 is IN
//	11      1     dev
//	12      2     bus
//	14      1     setupFlag   0: setup is valid
//	15      1     dataFlag    0: data is present
//	16      8     seconds
//	24      4     microseconds
//	28      4     status      -115 on submission, else an errno or 0
//	32      4     length      asked for on submission, moved on completion
//	36      4     dataLength  in this packet
//	40      8     setup, or isochronous: error count (4), descriptors (4)
//	48      4     interval    link type 220 only from here
//	52      4     start frame of an isochronous transfer
//	56      4     flags
//	60      4     descriptors of an isochronous transfer, 16 bytes each, before the data
//
// Source: Linux, Documentation/usb/usbmon.rst, and the tcpdump project's list
// of link types.
type header struct {
	urb        uint64
	event      byte
	xfer       byte
	ep, dev    byte
	bus        uint16
	setupFlag  byte
	dataFlag   byte
	time       time.Time
	status     int32
	length     uint32
	dataLength uint32
	setup      [8]byte
	interval   uint32
	flags      uint32
	iso        uint32
}

// appendTo appends the 64-byte form, little-endian.
func (h *header) appendTo(dst []byte) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint64(dst, h.urb)
	dst = append(dst, h.event, h.xfer, h.ep, h.dev)
	dst = le.AppendUint16(dst, h.bus)
	dst = append(dst, h.setupFlag, h.dataFlag)
	dst = le.AppendUint64(dst, uint64(h.time.Unix()))
	dst = le.AppendUint32(dst, uint32(h.time.Nanosecond()/1000))
	dst = le.AppendUint32(dst, uint32(h.status))
	dst = le.AppendUint32(dst, h.length)
	dst = le.AppendUint32(dst, h.dataLength)
	dst = append(dst, h.setup[:]...)
	dst = le.AppendUint32(dst, h.interval)
	dst = le.AppendUint32(dst, 0)
	dst = le.AppendUint32(dst, h.flags)
	return le.AppendUint32(dst, h.iso)
}

// parse reads a header of either form, and returns what follows it.
func (h *header) parse(b []byte, order binary.ByteOrder, mapped bool) ([]byte, error) {
	size := shortHeader
	if mapped {
		size = longHeader
	}
	if len(b) < size {
		return nil, &fieldError{"usbmon header", len(b), "a packet of at least the header's size"}
	}
	*h = header{
		urb: order.Uint64(b), event: b[8], xfer: b[9], ep: b[10], dev: b[11], bus: order.Uint16(b[12:]),
		setupFlag: b[14], dataFlag: b[15],
		time:       time.Unix(int64(order.Uint64(b[16:])), int64(int32(order.Uint32(b[24:])))*1000),
		status:     int32(order.Uint32(b[28:])),
		length:     order.Uint32(b[32:]),
		dataLength: order.Uint32(b[36:]),
		setup:      [8]byte(b[40:]),
	}
	switch {
	case h.event != eventSubmit && h.event != eventComplete && h.event != eventError:
		return nil, &fieldError{"event", int(h.event), "'S', 'C' or 'E'"}
	case int(h.xfer) >= len(transferTypes):
		return nil, &fieldError{"transfer type", int(h.xfer), "0 to 3"}
	}
	if h.xfer == 0 {
		h.iso = order.Uint32(b[44:])
	}
	if mapped {
		h.interval, h.flags, h.iso = order.Uint32(b[48:]), order.Uint32(b[56:]), order.Uint32(b[60:])
	}
	b = b[size:]
	if n := uint64(h.iso) * isoEntry; n > uint64(len(b)) {
		h.iso = 0 // cut short by the capture: there is no data behind it
		return nil, nil
	} else if n > 0 {
		b = b[n:]
	}
	return b, nil
}
