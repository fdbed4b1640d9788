package mfi

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Info is what a chip says of itself in registers 0x00 to 0x04.
type Info struct {
	DeviceVersion   uint8  // 0x05 (2.0C), 0x07 (3.0)
	FirmwareVersion uint8  // authentication revision on the 3.0; 0x01 on the chips that were logged
	ProtocolMajor   uint8  // 2 or 3
	ProtocolMinor   uint8  // 0
	DeviceID        uint32 // 0x00000200 or 0x00000300
}

// Info reads the identity registers, each on its own. It leaves the error register alone.
func (c *Coprocessor) Info() (Info, error) {
	var info Info
	for _, f := range []struct {
		reg   Register
		field *uint8
	}{
		{RegDeviceVersion, &info.DeviceVersion},
		{RegFirmwareVersion, &info.FirmwareVersion},
		{RegProtocolMajor, &info.ProtocolMajor},
		{RegProtocolMinor, &info.ProtocolMinor},
	} {
		b, err := c.readByte(step{op: "info", name: "read " + f.reg.Name(), reg: f.reg})
		if err != nil {
			return Info{}, err
		}
		*f.field = b
	}
	var id [4]byte
	if err := c.read(step{op: "info", name: "read device ID", reg: RegDeviceID}, id[:]); err != nil {
		return Info{}, err
	}
	info.DeviceID = binary.BigEndian.Uint32(id[:])
	return info, nil
}

// SerialNumber reads the certificate's serial number, the part of the certificate's common name after "IPA_": 30 characters on the
// 2.0C, 32 on the 3.0.
func (c *Coprocessor) SerialNumber() (string, error) {
	s := step{op: "serial number", name: "read text", reg: RegSerialNumber}
	text := make([]byte, formats[c.gen].serial)
	if err := c.read(s, text); err != nil {
		return "", err
	}
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	for i, b := range text {
		if b < 0x20 || b > 0x7E {
			return "", c.fail(s, ErrSerialNumber, fmt.Sprintf("got 0x%02X at offset %d, want ASCII", b, i), fillerHint(b))
		}
	}
	return string(text), nil
}

// SelfTest is the result in register 0x40. Sources: HomeKitADK (names), WACResearch (seen on chips).
type SelfTest uint8

// The bits of a healthy chip.
const (
	SelfTestCertificate SelfTest = 0x80 // a well-formed certificate is present
	SelfTestPrivateKey  SelfTest = 0x40 // a private key is present
	selfTestHealthy              = SelfTestCertificate | SelfTestPrivateKey
)

// SelfTest reads the result of the self test; on the 2.0, which only tests when told to, it runs it first. It fails with ErrSelfTest, and
// still returns the result, when the certificate or the key is missing.
func (c *Coprocessor) SelfTest() (SelfTest, error) {
	s := step{op: "self test", name: "read result", reg: RegSelfTest}
	if c.gen == Gen20 {
		if err := c.write(step{op: s.op, name: "run", reg: s.reg}, selfTestRun); err != nil {
			return 0, err
		}
	}
	b, err := c.readByte(s)
	if err != nil {
		return 0, err
	}
	result := SelfTest(b)
	if result&selfTestHealthy != selfTestHealthy {
		return result, c.fail(s, ErrSelfTest,
			fmt.Sprintf("got 0x%02X, want bit 7 (certificate) and bit 6 (private key)", b), "replace the chip")
	}
	return result, nil
}
