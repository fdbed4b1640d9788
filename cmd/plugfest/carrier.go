package main

import (
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/hil/gadget"
	"github.com/plugfest/plugfest/hil/kernel"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// carrierOf reads what joins phone and head unit:
//
//	mem:         a cable in memory
//	kernel:      this machine's kernel, its first gadget controller
//	kernel:UDC   this machine's kernel, with a gadget port as after "gadget:"
//
// real says that it follows the machine's clock.
func carrierOf(spec string) (make bench.CarrierMaker, real bool, err error) {
	switch kind, rest, _ := strings.Cut(spec, ":"); {
	case kind == "mem" && rest == "":
		return nil, false, nil
	case kind == "kernel":
		port := gadget.Prefix + rest
		if _, err := gadget.ParseSpec(port); err != nil {
			return nil, false, err
		}
		return func(w *sim.World, o usb.CableOptions) (bench.Carrier, error) {
			if what := impaired(o); what != "" {
				return nil, fmt.Errorf("%w: the cable has %s, which a kernel's USB does not", scenarios.ErrSkip, what)
			}
			return kernel.New(w, kernel.Options{Phone: o.B, Headunit: o.A, Gadget: port, Speed: o.Speed})
		}, true, nil
	}
	return nil, false, fmt.Errorf("no carrier %q; want mem:, kernel: or kernel:UDC", spec)
}

// impaired says what a cable does to data that only a simulated one can do. Delay
// and bandwidth do not count: a real one has its own.
func impaired(o usb.CableOptions) string {
	for _, im := range []sim.Impairments{o.AB, o.BA} {
		switch {
		case len(im.Faults) > 0:
			return "faults"
		case im.Loss > 0:
			return "loss"
		case im.Duplicate > 0:
			return "duplicates"
		case im.Reorder > 0:
			return "disorder"
		case im.BitError > 0:
			return "bit errors"
		}
	}
	return ""
}
