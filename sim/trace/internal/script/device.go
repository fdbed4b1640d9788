package script

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// Hex decodes hexadecimal digits; spaces are for the reader.
func Hex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// Descriptors of an iPhone in its device role. Device descriptor captured by
// wllm-rbnt/third-eye; the configuration is cut down to PTP and the interrupt
// endpoint that tells intervals apart.
var (
	PhoneDevice = Hex("1201000200000040ac05a812041401020304")
	PhoneConfig = Hex("090227000101 05c0fa 0904000003060101 00 07058102000200 07050202000200 0705830340000a")
)

// Descriptors of a head unit as an accessory: the iAP2 interface, and an EA
// native transport with its alternate setting. Interfaces captured by
// wllm-rbnt/third-eye; endpoint addresses as in the same capture.
var (
	AccessoryDevice = Hex("12010002000000406b1d04010001010203 01")
	AccessoryConfig = Hex("090240000201048001" +
		"0904000002fff00005 0705810200020007050102000200" +
		"0904010000fff00106" +
		"0904010102fff00106 0705820200020007050202000200")
)

// CarLifeProtocol is the EA protocol that carries CarLife.
const CarLifeProtocol = "com.baidu.CarLifeVehicleProtocol"

// String returns a string descriptor.
func String(s string) []byte {
	b := []byte{0, usb.DescString}
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	b[0] = byte(len(b))
	return b
}

// Enumerate reads a device's descriptors and configures it, as Linux does.
func (b *Bus) Enumerate(device, config []byte, texts ...string) {
	address := b.Dev
	b.Dev = 0
	b.Control("8006000100004000", usb.OK, device)
	b.Control(fmt.Sprintf("0005%02x0000000000", address), usb.OK, nil)
	b.Dev = address
	b.Control("8006000100001200", usb.OK, device)
	b.Control("8006000600000a00", usb.Stall, nil)
	b.Control("8006000200000900", usb.OK, config[:9])
	b.Control(fmt.Sprintf("800600020000%02x%02x", len(config)&0xFF, len(config)>>8), usb.OK, config)
	b.Control("800600030000ff00", usb.OK, Hex("04030904"))
	for i, s := range texts {
		b.Control(fmt.Sprintf("8006%02x030904ff00", i+1), usb.OK, String(s))
	}
	b.Control(fmt.Sprintf("0009%02x0000000000", config[5]), usb.OK, nil)
}
