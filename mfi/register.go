package mfi

import "fmt"

// Register is a register address of the coprocessor. Values of several bytes are big-endian. Source: HomeKitADK.
type Register uint8

// The registers. Sizes are in bytes, for 2.0 and 3.0.
const (
	RegDeviceVersion           Register = 0x00 // 1: 0x05 on the 2.0C, 0x07 on the 3.0
	RegFirmwareVersion         Register = 0x01 // 1: called authentication revision on the 3.0
	RegProtocolMajor           Register = 0x02 // 1: 2 or 3
	RegProtocolMinor           Register = 0x03 // 1
	RegDeviceID                Register = 0x04 // 4: 0x00000200 or 0x00000300
	RegErrorCode               Register = 0x05 // 1: reading clears it
	RegControlStatus           Register = 0x10 // 1: a write starts a process, a read tells its result
	RegResponseLength          Register = 0x11 // 2
	RegResponse                Register = 0x12 // 128 or 64
	RegChallengeLength         Register = 0x20 // 2
	RegChallenge               Register = 0x21 // 128 (20 used) or 32
	RegCertificateLength       Register = 0x30 // 2
	RegCertificate             Register = 0x31 // the first page of 128; the others follow, a register each
	RegSelfTest                Register = 0x40 // 1: see SelfTest
	RegEventCounter            Register = 0x4D // 1: 2.0 only; falls by one a second
	RegSerialNumber            Register = 0x4E // 31, NUL-terminated, or 32
	RegDeviceCertificateLength Register = 0x50 // 2: 2.0 only
	RegDeviceCertificate       Register = 0x51 // the first of 8 pages of 128: 2.0 only
	RegSleep                   Register = 0x60 // 1: 3.0 only, write-only
)

const (
	lastCertificatePage       Register = 0x3F
	lastDeviceCertificatePage Register = 0x58

	controlMakeSignature byte = 0x01 // written to RegControlStatus
	selfTestRun          byte = 0x01 // written to RegSelfTest
	sleepNow             byte = 0x01 // written to RegSleep; the value that counts is in no public source
)

// The 7-bit addresses. The 2.0C takes AddressRSTHigh when its RST line is high at power-up. Sources: HomeKitADK, WACResearch.
const (
	AddressRSTLow  uint16 = 0x10
	AddressRSTHigh uint16 = 0x11
)

var registerNames = map[Register]string{
	RegDeviceVersion:           "device version",
	RegFirmwareVersion:         "firmware version",
	RegProtocolMajor:           "protocol major version",
	RegProtocolMinor:           "protocol minor version",
	RegDeviceID:                "device ID",
	RegErrorCode:               "error code",
	RegControlStatus:           "control and status",
	RegResponseLength:          "challenge response length",
	RegResponse:                "challenge response",
	RegChallengeLength:         "challenge length",
	RegChallenge:               "challenge",
	RegCertificateLength:       "accessory certificate length",
	RegSelfTest:                "self test",
	RegEventCounter:            "system event counter",
	RegSerialNumber:            "certificate serial number",
	RegDeviceCertificateLength: "device certificate length",
	RegSleep:                   "sleep",
}

// Name is the name of the register, such as "challenge response length" or "accessory certificate page 2"; "unlisted" when it
// has none.
func (r Register) Name() string {
	switch {
	case r >= RegCertificate && r <= lastCertificatePage:
		return fmt.Sprintf("accessory certificate page %d", r-RegCertificate+1)
	case r >= RegDeviceCertificate && r <= lastDeviceCertificatePage:
		return fmt.Sprintf("device certificate page %d", r-RegDeviceCertificate+1)
	}
	if name, ok := registerNames[r]; ok {
		return name
	}
	return "unlisted"
}

// String is the address and the name, as in "0x10 (control and status)".
func (r Register) String() string { return fmt.Sprintf("0x%02X (%s)", uint8(r), r.Name()) }
