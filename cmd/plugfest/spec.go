package main

import (
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// What SPECs begin with, besides those of packages libusb, gadget and i2c.
const (
	usbipPrefix = "usbip:"
	simPrefix   = "sim:"
	noSpec      = "none:" // nothing is plugged in
)

// A hostSpec says where USB devices are found:
//
//	usb:05ac:*                 those of this machine, by libusb; see [libusb.ParseSpec]
//	usbip:HOST:PORT/BUSID      one of a USB/IP server; see [usbip.ParseTarget]
//	none:                      nowhere
type hostSpec struct {
	text   string // "" if none was given
	usb    libusb.Spec
	remote usbip.ClientOptions
}

// UnmarshalText reads it; kong calls this.
func (s *hostSpec) UnmarshalText(text []byte) (err error) {
	switch s.text = string(text); {
	case s.text == noSpec:
	case strings.HasPrefix(s.text, libusb.Prefix):
		s.usb, err = libusb.ParseSpec(s.text)
	case strings.HasPrefix(s.text, usbipPrefix):
		s.remote, err = usbip.ParseTarget(s.text[len(usbipPrefix):])
	default:
		err = fmt.Errorf("no USB host %q; there are none:, usb:VID:PID (this machine's, by libusb) and usbip:HOST:PORT/BUSID (a device of a USB/IP server)", s.text)
	}
	return err
}

// A portSpec says where a simulated device is plugged in:
//
//	gadget:UDC                 at a device controller of this machine; see [gadget.ParseSpec]
//	usbip:ADDRESS              at a USB/IP server that listens there; see [usbip.Open]
//	none:                      nowhere
type portSpec struct {
	text   string // "" if none was given
	gadget gadget.Options
}

// UnmarshalText reads it; kong calls this.
func (s *portSpec) UnmarshalText(text []byte) (err error) {
	switch s.text = string(text); {
	case s.text == noSpec, strings.HasPrefix(s.text, usbipPrefix):
	case strings.HasPrefix(s.text, gadget.Prefix):
		s.gadget, err = gadget.ParseSpec(s.text)
	default:
		err = fmt.Errorf("no USB port %q; there are none:, gadget:UDC (a device controller of this machine) and usbip:ADDRESS (a USB/IP server that listens there)", s.text)
	}
	return err
}

// A busSpec says where an authentication chip is:
//
//	i2c:/dev/i2c-1             on a bus of this machine; see [i2c.ParseSpec]
//	sim:MODEL@ADDRESS          a model in memory; sim: is a 3.0
//	none:                      nowhere
type busSpec struct {
	text  string // "" if none was given
	i2c   i2c.Spec
	model string
}

// UnmarshalText reads it; kong calls this.
func (s *busSpec) UnmarshalText(text []byte) (err error) {
	model, simulated := strings.CutPrefix(string(text), simPrefix)
	switch s.text = string(text); {
	case s.text == noSpec:
	case simulated:
		s.model = model
	case strings.HasPrefix(s.text, i2c.Prefix):
		s.i2c, err = i2c.ParseSpec(s.text)
	default:
		err = fmt.Errorf("no bus %q; there are none:, i2c:/dev/i2c-N and i2c:NAME (a real one), sim: and sim:MODEL (a chip in memory)", s.text)
	}
	return err
}
