package carlife

import "fmt"

// ID is a message id (the "service type" of the vehicle library).
//
//	bits 31..16  channel
//	bit  15      1 from HU to MD, 0 from MD to HU
//	bits 14..0   number
//
// A few ids break the rule of bit 15; the catalogue has the truth, see [Lookup].
type ID uint32

// Channel returns the channel in the top 16 bits.
func (id ID) Channel() Channel { return Channel(id >> 16) }

// FromHU reports bit 15. [MessageInfo.From] is the sender really meant.
func (id ID) FromHU() bool { return id&0x8000 != 0 }

// Number returns bits 14..0.
func (id ID) Number() uint16 { return uint16(id) & 0x7FFF }

// String returns the catalogue's name, or eight hexadecimal digits.
func (id ID) String() string {
	if mi, ok := Lookup(id); ok {
		return mi.Name
	}
	return id.Hex()
}

// Hex returns the id as eight hexadecimal digits, as traces print it.
func (id ID) Hex() string { return fmt.Sprintf("%08X", uint32(id)) }
