package gadget

import (
	"errors"
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim/usb"
)

// A plan is what a device becomes: a gadget of configfs whose functions are
// FunctionFS instances, one an interface. One each, because a SET_INTERFACE ends
// the transfers of all endpoints of the instance that it goes to.
type plan struct {
	udc       string // the controller: see on
	gadget    string // name of the gadget's directory
	desc      *usb.Descriptors
	speed     usb.Speed // the fastest that is presented
	limit     bool      // the controller must be told
	configs   []config
	functions []function
	endpoints []endpoint
	left      []leftOut
}

// config is a configuration, with the range of its functions in plan.functions.
type config struct {
	*usb.ConfigDescriptor
	first, end int
}

// function is an interface of one configuration.
type function struct {
	config     uint8 // bConfigurationValue
	number     uint8 // bInterfaceNumber
	alternates []usb.Alternate
	first, end int // of plan.endpoints
	blocks     []block
	strings    []byte // as written to ep0
}

// block is the descriptors of a function at one speed.
type block struct {
	speed usb.Speed
	count uint32
	bytes []byte
}

// endpoint is an endpoint of one alternate setting; the controller has one of its
// own for it.
type endpoint struct {
	function int
	file     int   // epN of its FunctionFS instance
	address  uint8 // that the device knows it by
	virtual  uint8 // that the instance is told
	setting  uint8
	kind     usb.TransferType
	sizes    [usb.Super + 1]int // largest packet by speed, 0 where there is none
}

func (e *endpoint) in() bool { return e.address&usb.DirIn != 0 }

// moves reports whether data of the endpoint is carried: isochronous ones are
// shown to the host, and stay silent.
func (e *endpoint) moves() bool { return e.kind == usb.TypeBulk || e.kind == usb.TypeInterrupt }

// packet is the largest packet at a speed.
func (e *endpoint) packet(s usb.Speed) int {
	for ; s > usb.SpeedUnknown; s-- {
		if n := e.sizes[s]; n > 0 {
			return n
		}
	}
	return e.sizes[usb.Full]
}

// leftOut is a configuration that cannot be shown.
type leftOut struct {
	value uint8
	why   error
}

// newPlan lays a device out. max limits the speed, unless it is SpeedUnknown. It
// fails where no configuration can be carried; where some cannot, they are left
// out.
func newPlan(d *usb.Descriptors, max usb.Speed) (*plan, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	p := &plan{desc: d, speed: d.MaxSpeed()}
	if max != usb.SpeedUnknown && max < p.speed {
		p.speed, p.limit = max, true
	}
	if p.speed < usb.Full {
		return nil, fmt.Errorf("gadget: a device of %v speed; Linux gadgets are of full speed at least", p.speed)
	}
	speeds := []usb.Speed{usb.Full, usb.High, usb.Super}
	speeds = speeds[:slices.IndexFunc(speeds, func(s usb.Speed) bool { return s == p.speed })+1]
	at := make([]*usb.Descriptors, len(speeds))
	for i, s := range speeds {
		at[i] = d.At(s)
	}
	for i := range d.Configs {
		if err := p.addConfig(i, speeds, at); err != nil {
			p.left = append(p.left, leftOut{d.Configs[i].Value, err})
		}
	}
	if len(p.configs) > 0 {
		return p, nil
	}
	list := make([]error, len(p.left))
	for i, l := range p.left {
		list[i] = fmt.Errorf("configuration %d: %w", l.value, l.why)
	}
	return nil, fmt.Errorf("gadget: FunctionFS cannot carry this device: %w", errors.Join(list...))
}

// on names the controller, which may be known later than the rest.
func (p *plan) on(udc string) *plan {
	p.udc, p.gadget = udc, gadgetPrefix+udc
	return p
}

func (p *plan) addConfig(index int, speeds []usb.Speed, at []*usb.Descriptors) error {
	c := &p.desc.Configs[index]
	if len(c.Extra) > 0 {
		return fmt.Errorf("a descriptor of type %02X before the first interface: the kernel writes the configuration descriptor itself", c.Extra[0][1])
	}
	mark := [2]int{len(p.functions), len(p.endpoints)}
	var seen []uint8
	for _, f := range c.Interfaces {
		if slices.Contains(seen, f.Number) {
			continue // another stretch of settings, taken with the first
		}
		seen = append(seen, f.Number)
		err := p.addFunction(index, f.Number, len(seen)-1, speeds, at)
		if err != nil {
			p.functions, p.endpoints = p.functions[:mark[0]], p.endpoints[:mark[1]]
			return err
		}
	}
	if len(seen) == 0 {
		return errors.New("it has no interface: a gadget needs one")
	}
	p.configs = append(p.configs, config{c, mark[0], len(p.functions)})
	return nil
}

// addFunction lays out one interface of the configuration with that index.
func (p *plan) addFunction(index int, number uint8, position int, speeds []usb.Speed, at []*usb.Descriptors) error {
	if int(number) != position {
		return fmt.Errorf("interface %d comes where the kernel will call it %d: number interfaces from 0 in order", number, position)
	}
	f := function{config: p.desc.Configs[index].Value, number: number, first: len(p.endpoints)}
	f.alternates = alternates(&p.desc.Configs[index], number)
	texts := newTexts(p.desc)
	for i, s := range speeds {
		b, err := p.block(&f, alternates(&at[i].Configs[index], number), s, texts, i == 0)
		if err != nil {
			return fmt.Errorf("interface %d: %w", number, err)
		}
		f.blocks = append(f.blocks, b)
	}
	f.end = len(p.endpoints)
	f.strings = texts.blob()
	p.functions = append(p.functions, f)
	return nil
}

// alternates collects all settings of an interface.
func alternates(c *usb.ConfigDescriptor, number uint8) []usb.Alternate {
	var list []usb.Alternate
	for _, f := range c.Interfaces {
		if f.Number == number {
			list = append(list, f.Alternates...)
		}
	}
	return list
}

// hasAlternates reports whether a host can select among settings.
func (p *plan) hasAlternates() bool {
	return slices.ContainsFunc(p.functions, func(f function) bool { return len(f.alternates) > 1 })
}

// group returns the functions of a configuration.
func (p *plan) group(value uint8) (first, end int) {
	for _, c := range p.configs {
		if c.Value == value {
			return c.first, c.end
		}
	}
	return 0, 0
}
