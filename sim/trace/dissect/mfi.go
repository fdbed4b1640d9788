package dissect

import (
	"encoding/hex"
	"fmt"

	"github.com/plugfest/plugfest/sim"
)

// chipState follows the register pointer of coprocessors.
type chipState struct {
	d     *Dissector
	chips map[int64]*chip // by address
}

type chip struct {
	pointer uint8
	offset  int  // into the register
	known   bool // the pointer has been set
	third   bool // it has said that it is a 3.0
}

const (
	maxChips     = 8
	deviceNew    = 0x07 // device version of the 3.0
	regVersion   = 0x00
	regRevision  = 0x01
	firstPage    = 0x31
	lastPage     = 0x3F
	firstDevPage = 0x51
	lastDevPage  = 0x58
	maxValue     = 128 // bytes of a value that are shown
)

// registers are the names by address. Source: HomeKitADK.
var registers = map[uint8]string{
	0x00: "device version",
	0x01: "firmware version",
	0x02: "protocol major version",
	0x03: "protocol minor version",
	0x04: "device ID",
	0x05: "error code",
	0x10: "control and status",
	0x11: "challenge response length",
	0x12: "challenge response",
	0x20: "challenge length",
	0x21: "challenge",
	0x30: "accessory certificate length",
	0x40: "self test",
	0x4D: "system event counter",
	0x4E: "certificate serial number",
	0x50: "device certificate length",
	0x60: "sleep",
}

func (c *chip) name() string {
	r := c.pointer
	switch {
	case !c.known:
		return "unknown"
	case r >= firstPage && r <= lastPage:
		return fmt.Sprintf("accessory certificate page %d", r-firstPage+1)
	case r >= firstDevPage && r <= lastDevPage:
		return fmt.Sprintf("device certificate page %d", r-firstDevPage+1)
	case r == regRevision && c.third:
		return "authentication revision"
	}
	if name, ok := registers[r]; ok {
		return name
	}
	return fmt.Sprintf("unlisted %02X", r)
}

// observe names the register that an I2C message reads or writes. The byte that
// only sets the register pointer makes no event of its own.
func (s *chipState) observe(e *sim.Event) {
	addr, _ := e.Num("addr")
	c := s.chips[addr]
	if c == nil {
		if s.chips == nil || len(s.chips) >= maxChips {
			s.chips = map[int64]*chip{}
		}
		c = new(chip)
		s.chips[addr] = c
	}
	if ack, ok := e.Num("ack"); ok && ack == 0 {
		if e.Kind == "write" {
			c.known = false // the chip unsets its pointer
		}
		s.emit(e, "nack", addr, append(s.d.derive(), sim.Text("access", e.Kind)), nil)
		return
	}
	data := e.Data
	switch {
	case e.Kind == "write" && len(data) > 0:
		c.pointer, c.offset, c.known = data[0], 0, true
		if data = data[1:]; len(data) == 0 {
			return
		}
	case e.Kind != "read" || len(data) == 0:
		return
	}
	if e.Kind == "read" && c.known && c.pointer == regVersion {
		c.third = data[0] == deviceNew
	}
	value := hex.EncodeToString(data[:min(len(data), maxValue)])
	if len(data) > maxValue {
		value += ".."
	}
	f := append(s.d.derive(), sim.Text("register", c.name()), sim.Text("value", value), sim.Int("len", len(data)))
	if c.offset > 0 {
		f = append(f, sim.Int("offset", c.offset))
	}
	s.emit(e, e.Kind, addr, f, data)
	c.move(len(data))
}

func (s *chipState) emit(e *sim.Event, kind string, addr int64, f []sim.Field, data []byte) {
	s.d.emit("mfi", kind, e.Who, e.Get("peer"), append(f, sim.Int("addr", addr)), data)
}

// move moves the pointer on by n bytes: reads go on where the last one stopped,
// across registers.
func (c *chip) move(n int) {
	for c.offset += n; c.offset >= size(c.pointer); {
		c.offset -= size(c.pointer)
		c.pointer++
	}
}

// size is the number of bytes of a register; for those of either size, that of
// the 2.0C.
func size(r uint8) int {
	switch {
	case r >= firstPage && r <= lastPage, r >= firstDevPage && r <= lastDevPage, r == 0x12, r == 0x21:
		return 128
	case r == 0x04:
		return 4
	case r == 0x11, r == 0x20, r == 0x30, r == 0x50:
		return 2
	}
	return 1
}
