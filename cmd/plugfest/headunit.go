package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

type headunitCmd struct {
	Host   hostSpec `required:"" placeholder:"SPEC" help:"Where it finds a phone: usb:05ac:* (this machine's, by libusb) or usbip:HOST:PORT/BUSID."`
	Gadget portSpec `placeholder:"SPEC" help:"Where it becomes a gadget after the role switch: gadget:UDC (a device controller of this machine; gadget: is the first), usbip:ADDRESS (a USB/IP server) or none:."`
	Mfi    busSpec  `default:"sim:" placeholder:"SPEC" help:"Where its authentication chip is: i2c:/dev/i2c-1, i2c:NAME, sim: (a simulated 3.0, which only simulated phones trust), sim:2.0C or none:. Default ${default}."`
	Model  string   `default:"carlife" help:"Which head unit: a model by name (${models}), or a YAML file. Default ${default}."`
	Set    string   `placeholder:"YAML" help:"What differs from the model, such as 'timing: {gadget: 1s}'; see doc/personas.md."`
	Seed   whole    `default:"1" placeholder:"N" help:"Seed of its random choices, and which certificate a simulated chip has; default ${default}."`
	watchFlags
}

// Help is shown below the flags.
func (headunitCmd) Help() string {
	return `A simulated head unit for as long as you want it. It looks for a phone, asks it to switch roles, becomes a gadget,
proves itself with its chip and serves the phone's app; or stays the host and speaks usbmux, if its model says so.
Each change of its state is a line. It ends when interrupted.

Examples:

    plugfest headunit --host 'usb:05ac:*' --gadget gadget: --mfi i2c:/dev/i2c-1
    plugfest headunit --host usbip:127.0.0.1/1-1 --gadget usbip:4000 -v
    plugfest headunit --host usbip:192.168.7.2/1-1 --model carlife-usbmux --capture carlife.pcapng

usb: needs a program that was built with -tags libusb, gadget: needs root.

Exit codes: 0 it was interrupted, 1 likewise and what it tried last had failed, 2 the command line is wrong,
3 it cannot go on.
`
}

// Run is a head unit until it is interrupted.
func (c *headunitCmd) Run(a *app) error {
	m, err := c.model()
	if err != nil {
		return usageError{err}
	}
	s := a.newStation("headunit", "phone", c.Seed)
	var o outcome
	s.w.Observe(o.observe)
	x, err := c.watch(a, s.w, "phone", "headunit", "chip")
	if err != nil {
		return usageError{err}
	}
	failed := ""
	if err := s.live(x, func() error { return c.begin(s, m) }, func() { failed = o.failed }); err != nil {
		return err
	}
	if failed != "" {
		fmt.Fprintf(a.err, "plugfest: what the head unit tried last has failed: %s\n", failed)
		return exitCode(scenarios.ExitFailed)
	}
	return nil
}

// begin plugs it in.
func (c *headunitCmd) begin(s *station, m headunit.Model) error {
	bus, addr, err := s.bus(c.Mfi)
	if err != nil {
		return err
	}
	if addr != 0 {
		m.Chip.Address = addr
	}
	port, err := s.port(c.Gadget)
	if err != nil {
		return err
	}
	host, err := s.host(c.Host)
	if err != nil {
		return err
	}
	headunit.New(s.w, s.me, m).Start(host, port, bus)
	return nil
}

func (c *headunitCmd) model() (m headunit.Model, err error) {
	if strings.ContainsAny(c.Model, "/.") {
		var data []byte
		if data, err = os.ReadFile(c.Model); err == nil {
			m, err = headunit.ParseModel(data)
		}
	} else {
		m, err = headunit.LoadModel(c.Model)
	}
	if err == nil && c.Set != "" {
		if err = m.Overlay([]byte(c.Set)); err != nil {
			err = fmt.Errorf("--set: %w", err)
		}
	}
	switch {
	case err != nil:
		return m, err
	case m.UsesUSBMux() && c.Gadget.text != "":
		return m, errors.New("--gadget is for a head unit that switches roles; this one stays the host (transport: usbmux)")
	case !m.UsesUSBMux() && c.Gadget.text == "":
		return m, errors.New("--gadget says where it is plugged in after the role switch: give --gadget gadget: for this machine's device controller, or --gadget none: to see how far it comes without")
	}
	return m, m.Check()
}

// An outcome is what a head unit tried last, if that has failed.
type outcome struct{ failed string }

// What a head unit tells of success and failure.
var outcomes = map[string]bool{
	"authenticated": true, "identified": true, "session open": true, "CarLife connected": true, "service started": true,

	"role switch refused": false, "role switch not supported": false, "phone stays": false, "no phone": false,
	"cannot open": false, "cannot attach": false, "no iAP2": false, "gave up": false, "chip failed": false, "authentication failed": false, "identification rejected": false,
	"session refused": false, "CarLife not connected": false, "service not started": false,
}

func (o *outcome) observe(e *sim.Event) {
	if e.Layer != "state" {
		return
	}
	good, known := outcomes[e.Kind]
	switch {
	case !known:
	case good:
		o.failed = ""
	default:
		o.failed = strings.TrimSpace(e.Kind + " " + e.Get("why"))
	}
}
