package usbmux

import (
	"encoding/binary"
	"fmt"
)

// VersionInfo is the payload of a VERSION packet, 12 bytes. The host asks for 2.0,
// and the device answers with what it speaks: 2 for every modern phone, or 1.
//
//	0  u32  major
//	4  u32  minor
//	8  u32  0
//
// Source: usbmuxd (libimobiledevice), observed.
type VersionInfo struct{ Major, Minor uint32 }

const versionLen = 12

// AppendTo appends the payload.
func (v VersionInfo) AppendTo(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, v.Major)
	dst = binary.BigEndian.AppendUint32(dst, v.Minor)
	return binary.BigEndian.AppendUint32(dst, 0)
}

// ParseVersion reads a payload. What follows the 12 bytes is ignored.
func ParseVersion(b []byte) (VersionInfo, error) {
	if len(b) < versionLen {
		return VersionInfo{}, short("version", HeaderLenV1, len(b), versionLen)
	}
	return VersionInfo{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}, nil
}

// String renders the version.
func (v VersionInfo) String() string { return fmt.Sprintf("VERSION %d.%d", v.Major, v.Minor) }

// ControlType is the first byte of a CONTROL payload.
type ControlType uint8

// Types of CONTROL packet. Source: usbmuxd (libimobiledevice).
const (
	ControlError   ControlType = 3
	ControlWarning ControlType = 5
	ControlInfo    ControlType = 7
)

// String names the type.
func (t ControlType) String() string {
	switch t {
	case ControlError:
		return "error"
	case ControlWarning:
		return "warning"
	case ControlInfo:
		return "info"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Control is the payload of a CONTROL packet: the device tells the host's log
// something. The text has no end mark.
type Control struct {
	Type ControlType
	Text string
}

// AppendTo appends the payload.
func (c Control) AppendTo(dst []byte) []byte { return append(append(dst, byte(c.Type)), c.Text...) }

// ParseControl reads a payload.
func ParseControl(b []byte) (Control, error) {
	if len(b) == 0 {
		return Control{}, short("control", HeaderLenV2, 0, 1)
	}
	return Control{ControlType(b[0]), string(b[1:])}, nil
}

// String renders the message.
func (c Control) String() string { return fmt.Sprintf("CONTROL %v %q", c.Type, c.Text) }
