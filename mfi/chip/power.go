package chip

import "time"

// powerState is whether the chip can answer at all.
type powerState struct {
	on       bool
	ready    time.Duration // powered up, or woken
	busy     time.Duration // until then every START is NACKed
	active   time.Duration // the last traffic
	slept    bool          // sent to sleep by register 0x60
	attempts int           // STARTs since the chip fell asleep
}

// PowerOn gives the chip power. The address is taken from the RST line, registers take their power-up values, and the first ACK comes
// after Timing.PowerUp. It does nothing to a chip that has power.
func (c *Chip) PowerOn(now time.Duration) {
	if c.power.on {
		return
	}
	c.addr = c.model.Address.RSTLow
	if c.rstHigh {
		c.addr = c.model.Address.RSTHigh
	}
	c.counter.start(now)
	c.restart(now)
}

// PowerOff takes the power away. Only the event counter survives.
func (c *Chip) PowerOff(now time.Duration) {
	if !c.power.on {
		return
	}
	c.settle(now)
	c.power = powerState{}
	c.message = message{}
	c.process = process{}
}

// SetRST sets the level of the RST line. A falling edge resets a chip that has power; its address stays as it was at power-up.
func (c *Chip) SetRST(now time.Duration, high bool) {
	falling := c.rstHigh && !high
	c.rstHigh = high
	if falling && c.power.on {
		c.settle(now)
		c.restart(now)
	}
}

// restart is what power-up and reset have in common.
func (c *Chip) restart(now time.Duration) {
	ready := now + c.model.Timing.PowerUp
	c.power = powerState{on: true, ready: ready, active: ready}
	c.message = message{}
	c.process = process{}
	c.ptr = pointer{}
	c.resetRegisters()
}

// Asleep reports whether the chip sleeps, so that the next START only wakes it.
func (c *Chip) Asleep(now time.Duration) bool {
	p := &c.power
	idleFrom := max(p.active, p.busy, p.ready, c.process.until) // it does not fall asleep over its work
	return p.on && (p.slept || now >= idleFrom+c.model.Timing.Idle)
}

// Busy reports whether a START would be NACKed because the chip powers up, wakes or works. A chip asleep is not busy.
func (c *Chip) Busy(now time.Duration) bool {
	return c.power.on && now < max(c.power.ready, c.power.busy)
}

// EventCounter is the value of the system event counter.
func (c *Chip) EventCounter(now time.Duration) uint8 {
	c.settle(now)
	return c.counter.value
}
