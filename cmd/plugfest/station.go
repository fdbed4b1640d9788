package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/hil/libusb"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// A station opens what SPECs name, for one simulated device in a world on the
// machine's clock.
type station struct {
	*app
	w        *sim.World
	me, peer string      // what events call the device, and who is at the other end
	broken   func(error) // a carrier cannot go on; it must not wait
	seed     whole       // of a chip's certificate
	shut     []func()
}

// close closes what was opened, the last first. It is called inside the world.
func (s *station) close() {
	for _, shut := range slices.Backward(s.shut) {
		shut()
	}
	s.shut = nil
}

// host opens a USB host.
func (s *station) host(spec hostSpec) (usb.Host, error) {
	switch {
	case strings.HasPrefix(spec.text, libusb.Prefix):
		h, err := libusb.New(s.w, libusb.Options{Name: s.me, Peer: s.peer, Match: spec.usb.Match})
		if err != nil {
			return nil, err
		}
		s.shut = append(s.shut, func() { _ = h.Close() })
		s.tellDevices(spec)
		return &watchedHost{h, s}, nil
	case strings.HasPrefix(spec.text, usbipPrefix):
		o := spec.remote
		o.Retry = importRetry
		// The bus of our own port, if there is one, has another number.
		o.Cable = usb.CableOptions{A: s.me, B: s.peer, BusA: 3}
		k := usbip.NewClient(s.w, o)
		s.shut = append(s.shut, func() { _ = k.Close() })
		s.w.Go("USB/IP import", func() { s.tellImport(spec.text, k) })
		return k, nil
	}
	return usb.NoHost(s.w), nil
}

// watchedHost tells why a device cannot be opened: who finds it may pass it over.
type watchedHost struct {
	usb.Host
	s *station
}

func (h *watchedHost) Open(id usb.DeviceID) (usb.Conn, error) {
	c, err := h.Host.Open(id)
	if err != nil && !errors.Is(err, usb.Disconnected) {
		fmt.Fprintf(h.s.err, "plugfest: %v\n", err)
	}
	return c, err
}

// importRetry is how soon a device is asked for again that was not there: a phone
// that has switched roles waits some seconds for what comes.
const importRetry = 200 * time.Millisecond

// tellDevices tells which devices there are where none is meant.
func (s *station) tellDevices(spec hostSpec) {
	all, err := libusb.List()
	if err != nil || slices.ContainsFunc(all, spec.usb.Match) {
		return
	}
	there := "there is none"
	if len(all) > 0 {
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].String()
		}
		there = "there are " + strings.Join(names, "; ")
	}
	fmt.Fprintf(s.err, "plugfest: waiting for a device that is %s; %s\n", spec.text, there)
}

// tellImport tells why there is no device, whenever the reason changes, until there
// has been one: later ones go and come with the roles.
func (s *station) tellImport(text string, k *usbip.Client) {
	watch := k.Watch()
	defer watch.Close()
	for told := ""; ; {
		again := s.w.Now() + importRetry
		if _, ok := watch.Next(again); ok || s.w.Now() < again {
			return // there is one, or the client was closed
		}
		if err := k.Err(); err != nil && err.Error() != told {
			told = err.Error()
			fmt.Fprintf(s.err, "plugfest: waiting for %s: %s\n", text, told)
		}
	}
}

// port opens a port for a device.
func (s *station) port(spec portSpec) (usb.Port, error) {
	switch {
	case strings.HasPrefix(spec.text, gadget.Prefix):
		o := spec.gadget
		all, err := gadget.UDCs()
		if err == nil {
			err = haveUDC(o, all)
		}
		if err != nil {
			return nil, err
		}
		o.Name, o.Host, o.Bus = s.me, s.peer, gadgetBus
		p, err := gadget.New(s.w, o)
		if err != nil {
			return nil, err
		}
		s.shut = append(s.shut, p.Detach)
		return &watchedPort{p, s.broken}, nil
	case strings.HasPrefix(spec.text, usbipPrefix):
		l, err := usbip.Open(spec.text[len(usbipPrefix):])
		if err != nil {
			return nil, err
		}
		server := usbip.NewServer(s.w, usbip.Options{})
		s.shut = append(s.shut, func() { _ = server.Close() })
		server.Serve(l)
		p, err := server.Port(busID, usbip.PortOptions{Host: s.peer, Device: s.me})
		if err != nil {
			return nil, err
		}
		if l.Addr().Network() == "unix" {
			fmt.Fprintf(s.out, "plugfest ... --host usbip:unix:%s/%s\n", l.Addr(), busID)
		} else {
			fmt.Fprintln(s.out, attachCommand(l.Addr()))
		}
		return &watchedPort{p, s.broken}, nil
	}
	return noPort{}, nil
}

// gadgetBus is the number of a gadget's bus in events: none that a host's buses
// have.
const gadgetBus = 200

// haveUDC looks whether a spec's controller is among those there are, unless it is to
// come later: by the switch of its port's role, if nothing else.
func haveUDC(o gadget.Options, all []string) error {
	switch {
	case o.WaitUDC > 0, o.Role != "":
	case len(all) == 0:
		return fmt.Errorf("%w: this machine has none; modprobe dummy_hcd makes one, and plugfest doctor says more", gadget.ErrNoUDC)
	case o.UDC != "" && !slices.Contains(all, o.UDC):
		return fmt.Errorf("%w: %s; there are %s", gadget.ErrNoUDC, o.UDC, strings.Join(all, ", "))
	}
	return nil
}

// watchedPort tells when it refuses a device: nobody else does.
type watchedPort struct {
	usb.Port
	broken func(error)
}

func (p *watchedPort) Attach(d usb.Device) error {
	err := p.Port.Attach(d)
	if err != nil {
		p.broken(err)
	}
	return err
}

// noPort is where nothing can be plugged in.
type noPort struct{}

func (noPort) Attach(usb.Device) error { return errors.New("there is nothing to plug it into") }
func (noPort) Detach()                 {}

// bus opens the bus of a chip. addr is the chip's, 0 if unknown.
func (s *station) bus(spec busSpec) (bus periph.Bus, addr uint16, err error) {
	if strings.HasPrefix(spec.text, i2c.Prefix) {
		b, err := spec.i2c.Open()
		if err != nil {
			return nil, 0, err
		}
		s.shut = append(s.shut, func() { s.w.Outside("the bus to close", func() { _ = b.Close() }) })
		bus, err = i2c.InWorld(s.w, b, s.me)
		return bus, spec.i2c.Addr, err
	}
	var chips []*chip.Chip
	if spec.text != noSpec {
		one, err := (&mfiCmd{Seed: s.seed}).chip(spec.model)
		if err != nil {
			return nil, 0, usageError{err}
		}
		chips = append(chips, one)
	}
	b := chip.NewBus(s.w, chips...)
	b.Trace = s.transaction
	return b, 0, nil
}

// transaction puts what passes on a simulated bus into the stream of events, as a
// real one does.
func (s *station) transaction(t chip.Transaction) {
	kind, bit := "write", map[bool]int{true: 1}
	if t.Read {
		kind = "read"
	}
	s.w.Emit(sim.Event{Who: s.me, Layer: "i2c", Kind: kind, Data: t.Data, Fields: []sim.Field{
		sim.Text("peer", "chip"), sim.Int("addr", t.Addr), sim.Int("ack", bit[t.Ack]), sim.Int("restart", bit[t.Repeated])}})
}
