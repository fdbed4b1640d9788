package usb

// A Function is what a simulated peripheral does beyond chapter 9. A [Gadget]
// calls it between and inside processes alike: its methods must not wait.
// Embed [BaseFunction] to write only what is needed.
type Function interface {
	// Control answers a request that chapter 9 does not, now or later: class
	// and vendor requests, and GET_DESCRIPTOR to an interface (a HID report
	// descriptor).
	Control(c *ControlRequest)

	// Configured follows each SET_CONFIGURATION; 0 is unconfigured. Alternate
	// settings are 0 and their endpoints enabled.
	Configured(value uint8)

	// AlternateSet follows each SET_INTERFACE.
	AlternateSet(iface, setting uint8)

	// Reset follows a bus reset, the one at attach included.
	Reset()

	// Unplugged says that the host is gone.
	Unplugged()
}

// BaseFunction is a [Function] that refuses every request.
type BaseFunction struct{}

// Control stalls.
func (BaseFunction) Control(c *ControlRequest) { c.Stall() }

// Configured does nothing.
func (BaseFunction) Configured(uint8) {}

// AlternateSet does nothing.
func (BaseFunction) AlternateSet(uint8, uint8) {}

// Reset does nothing.
func (BaseFunction) Reset() {}

// Unplugged does nothing.
func (BaseFunction) Unplugged() {}

// A ControlRequest is a control transfer that waits for its answer. One of
// Reply, Accept and Stall answers it; what comes after that, or after the host
// has given up, does nothing. A function that answers before Control returns
// must not keep the request.
type ControlRequest struct {
	Setup Setup
	// Data is what came with an OUT request. It is valid until the answer.
	Data []byte

	g        *Gadget
	t        *Transfer // nil once answered or canceled
	answered bool
}

// Reply answers an IN request with data, cut to what the host asked for. To an
// OUT request it is Accept.
func (c *ControlRequest) Reply(data []byte) {
	if t := c.t; t != nil {
		if t.In() {
			t.Actual = copy(t.Data[:t.room()], data)
		} else {
			t.Actual = t.room()
		}
		c.g.answer(c, OK)
	}
}

// Accept answers an OUT request, or an IN request with no data.
func (c *ControlRequest) Accept() { c.Reply(nil) }

// Stall refuses the request.
func (c *ControlRequest) Stall() {
	if c.t != nil {
		c.g.answer(c, Stall)
	}
}

// Pending reports whether the host still waits for an answer.
func (c *ControlRequest) Pending() bool { return c.t != nil }
