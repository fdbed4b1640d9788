package state

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Identity is what tells one phone from all others. All of it follows from the
// serial number of the USB descriptor.
type Identity struct {
	USBSerial string // as in the USB descriptor
	UDID      string // UniqueDeviceID: 25 characters with a dash, or 40
	ECID      uint64 // UniqueChipID
	Serial    string // SerialNumber, as printed on the box
	WiFi      string // "a6:.."; the bit that marks an address as local is set
	Bluetooth string
	Ethernet  string
	IMEI      string // 15 digits, the last a check digit
	MLB       string // of the main logic board
	Wireless  string // of the wireless board
}

// IdentityOf returns what follows from the serial number of a USB descriptor.
func IdentityOf(usbSerial string) Identity { return newIdentity(usbSerial) }

func newIdentity(usbSerial string) Identity {
	id := Identity{USBSerial: usbSerial, UDID: usbSerial}
	if len(usbSerial) == 24 {
		id.UDID = usbSerial[:8] + "-" + usbSerial[8:]
		if n, err := strconv.ParseUint(usbSerial[8:], 16, 64); err == nil {
			id.ECID = n
		}
	}
	if id.ECID == 0 {
		id.ECID = binary.BigEndian.Uint64(id.Bytes("ecid", 8)) >> 12
	}
	id.Serial = id.letters("serial", 10)
	id.MLB = id.letters("mlb", 17)
	id.Wireless = id.letters("wireless", 12)
	mac := id.Bytes("addresses", 6)
	mac[0] = mac[0]&0xF0 | 0x02
	id.WiFi = address(mac, 0)
	id.Bluetooth = address(mac, 1)
	id.Ethernet = address(mac, 2)
	id.IMEI = id.imei()
	return id
}

func address(mac []byte, plus byte) string {
	b := append([]byte(nil), mac...)
	b[5] += plus
	parts := make([]string, len(b))
	for i, x := range b {
		parts[i] = hex.EncodeToString([]byte{x})
	}
	return strings.Join(parts, ":")
}

// Bytes returns n bytes that depend on the phone and on what they are for.
func (id *Identity) Bytes(label string, n int) []byte {
	var out []byte
	for i := byte(0); len(out) < n; i++ {
		sum := sha256.Sum256([]byte(id.USBSerial + "\x00" + label + "\x00" + string(i)))
		out = append(out, sum[:]...)
	}
	return out[:n:n]
}

// letters are as in a serial number: no vowels, no letters that look like digits.
func (id *Identity) letters(label string, n int) string {
	const alphabet = "0123456789CDFGHJKLMNPQRTVWXY"
	b := id.Bytes(label, n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func (id *Identity) imei() string {
	digits := "35" + fmt.Sprintf("%012d", binary.BigEndian.Uint64(id.Bytes("imei", 8))%1e12)
	sum := 0
	for i, c := range digits {
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}

// NewUSBSerial makes the serial number of a USB descriptor: the chip in 8
// hexadecimal digits, and an ECID in 16 digits of which the first 3 are zero.
func NewUSBSerial(chip uint64, random uint64) string {
	return fmt.Sprintf("%08X%016X", chip, random>>12|1)
}
