package hid

import (
	"time"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Buttons is the input report of the remote control that RemoteDescriptor
// describes: one bit for each button that is held.
type Buttons uint8

// The buttons of the remote control.
const (
	ButtonPlayPause Buttons = 1 << iota
	ButtonNext
	ButtonPrevious
	ButtonVolumeUp
	ButtonVolumeDown
	ButtonMute
)

// Rhythm of button presses that iOS takes.
// Source: JoeyEamigh/bridgething.
const (
	// PressTime is how long a button is held.
	PressTime = 10 * time.Millisecond
	// PressInterval is the time from one press to the next.
	PressInterval = 60 * time.Millisecond
)

// RemoteDescriptor is the report descriptor of a consumer-control remote with
// a report of one byte: play/pause, next, previous, volume up, volume down,
// mute, two bits of padding. It goes into StartHID.
//
// Source: JoeyEamigh/bridgething, which used it with iOS.
func RemoteDescriptor() []byte {
	return []byte{
		0x05, 0x0C, // usage page: consumer
		0x09, 0x01, // usage: consumer control
		0xA1, 0x01, // application collection
		0x15, 0x00, 0x25, 0x01, // from 0 to 1
		0x75, 0x01, 0x95, 0x06, // 6 fields of 1 bit
		0x09, 0xCD, // play/pause
		0x09, 0xB5, // next track
		0x09, 0xB6, // previous track
		0x09, 0xE9, // volume up
		0x09, 0xEA, // volume down
		0x09, 0xE2, // mute
		0x81, 0x02, // input: data, variable
		0x75, 0x02, 0x95, 0x01, // 1 field of 2 bits
		0x81, 0x03, // input: constant
		0xC0,
	}
}

// Start is the content of a StartHID message (6800).
type Start struct {
	// Component is the id of the HID component in the identification.
	Component uint16
	// Vendor and Product must be there; iOS silently ignores the message
	// otherwise (Source: JoeyEamigh/bridgething).
	Vendor, Product uint16
	Descriptor      []byte
}

// AppendTo appends the message to dst.
func (s Start) AppendTo(dst []byte) ([]byte, error) {
	var b control.Builder
	return b.Begin(dst, control.MsgStartHID).
		Uint16(0, s.Component).Uint16(1, s.Vendor).Uint16(2, s.Product).Blob(4, s.Descriptor).Finish()
}

// AppendButtons appends an AccessoryHIDReport message (6802) that tells which
// buttons are held. A press is two of them: the button, and after PressTime
// none.
func AppendButtons(dst []byte, component uint16, held Buttons) ([]byte, error) {
	var b control.Builder
	return b.Begin(dst, control.MsgAccessoryHIDReport).
		Uint16(0, component).Blob(1, []byte{byte(held)}).Finish()
}
