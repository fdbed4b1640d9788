package libusb

import (
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// textTimeout is how long a device may take for a string.
const textTimeout = 2 * time.Second

// readNames reads the texts that a device has of itself, once: the kernel keeps
// some of them, but not their language.
func (c *conn) readNames() {
	a := c.a
	if a.named {
		return
	}
	a.named = true
	b, err := c.readString(0, 0)
	if err != nil {
		return
	}
	languages, err := usb.ParseLanguages(b)
	if err != nil || len(languages) == 0 {
		return
	}
	a.desc.Strings = []usb.StringTable{{Language: languages[0], Text: map[uint8]string{}}}
	d := &a.desc.Device
	for _, n := range []uint8{d.Product, d.Manufacturer, d.SerialNumber} {
		c.readText(n)
	}
}

// readConfigNames reads the names of the current configuration and of its
// interfaces.
func (c *conn) readConfigNames() {
	k := c.a.desc.Config(c.a.config)
	if c.a.config == 0 || k == nil {
		return
	}
	c.readText(k.String)
	for _, f := range k.Interfaces {
		for _, s := range f.Alternates {
			c.readText(s.String)
		}
	}
}

// readText reads a string in the device's first language, once.
func (c *conn) readText(n uint8) {
	if n == 0 || len(c.a.desc.Strings) == 0 || c.a.gone {
		return
	}
	t := c.a.desc.Strings[0]
	if _, ok := t.Text[n]; ok {
		return
	}
	b, err := c.readString(n, t.Language)
	if err != nil {
		return
	}
	if s, err := usb.ParseString(b); err == nil {
		t.Text[n] = s
	}
}

func (c *conn) readString(n uint8, language uint16) ([]byte, error) {
	b := make([]byte, 255)
	s := usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: usb.DescString<<8 | uint16(n), Index: language}
	k, err := usb.Control(c.a.h.w, c, s, b, textTimeout)
	return b[:k], err
}
