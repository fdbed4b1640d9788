package i2c

import (
	"fmt"
	"strings"
)

// Functions is what an adapter can do: the I2C_FUNC_ bits of linux/i2c.h.
type Functions uint32

// The bits that matter here; SMBus has more.
const (
	FunctionI2C          Functions = 0x00000001 // plain messages
	FunctionTenBit       Functions = 0x00000002 // addresses of ten bits
	FunctionMangling     Functions = 0x00000004 // odd messages
	FunctionNoStart      Functions = 0x00000010 // messages without START
	FunctionSMBusQuick   Functions = 0x00010000 // messages without data
	functionSMBusAnother Functions = 0x0FFE0000 // the rest of SMBus
)

// String lists the functions, such as "I2C, SMBus quick".
func (f Functions) String() string {
	var list []string
	for _, x := range []struct {
		bits Functions
		name string
	}{
		{FunctionI2C, "I2C"}, {FunctionTenBit, "ten-bit addresses"}, {FunctionMangling, "protocol mangling"}, {FunctionNoStart, "no START"},
		{FunctionSMBusQuick, "SMBus quick"}, {functionSMBusAnother, "SMBus"},
	} {
		if f&x.bits != 0 {
			list = append(list, x.name)
		}
	}
	if len(list) == 0 {
		return fmt.Sprintf("none (0x%08X)", uint32(f))
	}
	return strings.Join(list, ", ")
}
