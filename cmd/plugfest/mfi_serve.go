package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usbip"
)

type mfiServeCmd struct {
	Usbip string   `placeholder:"ADDRESS" default:"tcp:127.0.0.1:3240" help:"Where to export it; default ${default}."`
	Chip  []string `placeholder:"MODEL[@ADDRESS]" default:"3.0" help:"A chip on its bus: 2.0C, 3.0 or a YAML file, perhaps at the address that RST high gives, as in 2.0C@0x11; several may be given. Default ${default}."`
}

// Help is shown below the flags.
func (mfiServeCmd) Help() string {
	return `A USB to I2C adapter of the kind that the Linux driver i2c-tiny-usb takes, with simulated chips on its bus, exported
over USB/IP. A kernel that imports it has a real /dev/i2c-N. It ends when interrupted.

Example:

    plugfest mfi serve --chip 3.0 --chip 2.0C@0x11

and where a kernel with vhci-hcd is, as root:

    modprobe -a vhci-hcd i2c-tiny-usb i2c-dev
    usbip attach -r 127.0.0.1 -b 1-1
    plugfest mfi --bus i2c:i2c-tiny-usb
`
}

// busID is what clients call the adapter.
const busID = "1-1"

// Run serves until it is interrupted.
func (c *mfiServeCmd) Run(a *app, m *mfiCmd) error {
	if m.Bus != "" {
		return usageError{errors.New("--bus is where a chip is to be asked; serve has one of its own: give --chip")}
	}
	w := sim.New(sim.RealTime())
	bus, err := c.bus(a, m, w)
	if err != nil {
		return usageError{err}
	}
	l, err := usbip.Open(c.Usbip)
	if err != nil {
		return usageError{err}
	}
	s := usbip.NewServer(w, usbip.Options{})
	port, err := s.Port(busID, usbip.PortOptions{Device: "adapter"})
	if err != nil {
		return err
	}
	stop, done := interrupted()
	defer done()
	s.Serve(l)
	return w.Run(func() {
		if err = port.Attach(tinyusb.New(w, bus, tinyusb.Config{})); err != nil {
			return
		}
		fmt.Fprintln(a.out, attachCommand(l.Addr()))
		w.Outside("an interrupt", func() { <-stop })
	})
}

// bus makes the simulated bus with its chips.
func (c *mfiServeCmd) bus(a *app, m *mfiCmd, w *sim.World) (*chip.Bus, error) {
	var chips []*chip.Chip
	at := map[uint16]string{}
	for _, text := range c.Chip {
		part, err := m.chip(text)
		if err != nil {
			return nil, fmt.Errorf("--chip %s: %w", text, err)
		}
		if other := at[part.Address()]; other != "" {
			return nil, fmt.Errorf("--chip %s: address 0x%02x is that of %s already; a 2.0C can be at 0x11, as 2.0C@0x11", text, part.Address(), other)
		}
		at[part.Address()] = text
		chips = append(chips, part)
	}
	bus := chip.NewBus(w, chips...)
	for _, part := range chips {
		a.row("chip", "%s at 0x%02x", part.Model().Name, part.Address())
	}
	if m.Trace {
		bus.Trace = func(t chip.Transaction) { fmt.Fprintln(a.err, t) }
	}
	return bus, nil
}

// attachCommand is how to import the adapter.
func attachCommand(l net.Addr) string {
	host, port, err := net.SplitHostPort(l.String())
	if err != nil {
		return "serving at " + l.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "HOST"
	}
	option := ""
	if port != "3240" {
		option = "--tcp-port " + port + " "
	}
	return strings.TrimSpace(fmt.Sprintf("usbip %sattach -r %s -b %s", option, host, busID))
}
