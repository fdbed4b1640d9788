package gadget

import (
	"context"

	"github.com/plugfest/plugfest/sim/usb"
)

// engine is a gadget bound to a controller, as the operating system has it. Its
// methods return at once; what comes of them, and what the host does, it tells by
// reports. Endpoints and functions are numbered as in the plan.
type engine interface {
	// free gives back what a reportData showed: n slots.
	free(ep, n int)
	// write sends n bytes of a slot of an IN endpoint, and a zero-length packet
	// after them if zero is set. A reportWritten follows.
	write(ep, slot, n int, zero bool)
	// halt has the host see a stall of an endpoint until it clears that.
	halt(ep int)
	// answer ends the SETUP that was reported last of a function: with data for an
	// IN request, with nothing for an OUT one, or with a stall. data is copied.
	answer(function int, data []byte, stall bool)
	// buffer is the memory of a slot of an IN endpoint.
	buffer(ep, slot int) []byte
	// close unbinds, and leaves nothing behind. It may take a while.
	close() error
}

// inSlots is how many transfers of an IN endpoint are under way at once, each of
// up to slotSize bytes.
const (
	inSlots  = 4
	slotSize = 16384
)

type reportKind uint8

const (
	reportEnabled   reportKind = iota // function, setting, addresses
	reportDisabled                    // function
	reportUnbound                     // function
	reportSetup                       // function, setup, data
	reportWithdrawn                   // function: the host has given the last SETUP up
	reportSuspended                   // function
	reportResumed                     // function
	reportState                       // state, speed
	reportData                        // ep, data, slots, short
	reportWritten                     // ep, slot, ok
	reportFailed                      // err: nothing more will come
	reportStalled                     // ep: the attachment's own, see pipe.refuse
)

var reportNames = [...]string{"enabled", "disabled", "unbound", "setup", "withdrawn", "suspended", "resumed", "state", "data", "written", "failed", "stalled"}

func (k reportKind) String() string { return reportNames[k] }

// report is something that an engine tells.
type report struct {
	kind      reportKind
	function  int
	ep        int
	setting   int     // of reportEnabled: what the host selected, or unknownSetting
	addresses []uint8 // of reportEnabled: the controller's, one for each endpoint of the function
	setup     usb.Setup
	data      []byte // of a reportSetup: what came with it; of a reportData: valid until freed
	slots     int    // of a reportData: how many to free
	zero      bool   // of a reportData: ended by a zero-length packet
	ended     bool   // of a reportData: ended by any packet that was short
	slot      int
	ok        bool // of a reportWritten: the host has it
	state     string
	speed     usb.Speed
	err       error
}

// unknownSetting is that of a reportEnabled where the kernel does not tell.
const unknownSetting = -1

// States of a controller (usb_state_string of drivers/usb/common/common.c), and
// one for a controller that is no more.
const (
	stateNotAttached = "not attached"
	stateAttached    = "attached"
	statePowered     = "powered"
	stateDefault     = "default"
	stateAddressed   = "addressed"
	stateConfigured  = "configured"
	stateSuspended   = "suspended"
	stateGone        = "gone"
)

// system makes engines.
type system interface {
	// open looks for the controller, which the plan is told, and binds the plan's
	// gadget to it. sink takes reports, from any goroutine. When ctx ends it waits
	// for nothing more. A failure leaves nothing behind.
	open(ctx context.Context, p *plan, o *Options, sink func([]report)) (engine, error)
}
