package pcap

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"github.com/plugfest/plugfest/sim"
)

const (
	i2cHeader   = 5      // bus, flags
	i2cFlagRead = 0x0001 // I2C_M_RD
)

// An I2CWriter writes the I2C messages among the events it observes as a pcapng
// file of link type 209:
//
//	offset  size  field
//	0       1     bus, 0
//	1       4     flags, big-endian: bit 0 is set for a read
//	5       1     address, shifted left by one; bit 0 is set for a read
//	6       n     data; none where the address was not acknowledged
//
// Source: the tcpdump project's list of link types.
type I2CWriter struct {
	file  file
	buf   []byte
	begun bool
}

// NewI2CWriter returns a writer of a file whose clock shows epoch when the
// world's shows 0. Call Flush at the end.
func NewI2CWriter(w io.Writer, epoch time.Time) *I2CWriter {
	return &I2CWriter{file: file{w: w, epoch: epoch}}
}

// Observe writes an event of layer "i2c" and kind "read" or "write", and leaves
// others alone. After an error it does nothing; Flush tells.
func (w *I2CWriter) Observe(e *sim.Event) {
	if e.Layer != "i2c" || e.Kind != "read" && e.Kind != "write" || w.file.err != nil {
		return
	}
	if !w.begun {
		w.begin(e.Who, e.Get("peer"))
	}
	var flags uint32
	if e.Kind == "read" {
		flags = i2cFlagRead
	}
	b := append(w.buf[:0], 0)
	b = binary.BigEndian.AppendUint32(b, flags)
	b = append(b, byte(num(e, "addr"))<<1|byte(flags))
	if ack, ok := e.Num("ack"); !ok || ack != 0 {
		b = append(b, e.Data...)
	}
	w.buf = b
	w.file.packet(0, w.file.time(e.At), b, len(b))
}

func (w *I2CWriter) begin(host, device string) {
	w.begun = true
	w.file.addInterface(pcapgo.NgInterface{Name: "i2c-0", Description: describe(host, device), LinkType: LinkI2CLinux})
}

// Flush hands on what is buffered, and returns the first error that writing met.
func (w *I2CWriter) Flush() error {
	if !w.begun {
		w.begin("", "")
	}
	return w.file.flush()
}
