package chip

import "github.com/plugfest/plugfest/mfi"

// pointer is the place of the next read: a register and an offset in it.
type pointer struct {
	set    bool
	reg    mfi.Register
	offset int
}

// next is the next register in the file that can be read.
func (c *Chip) next(reg mfi.Register) (mfi.Register, bool) {
	for r := int(reg) + 1; r < len(c.regs); r++ {
		if c.regs[r].readable() {
			return mfi.Register(r), true
		}
	}
	return 0, false
}

// advance moves the pointer to the start of the next register, or unsets it after the last.
func (c *Chip) advance() {
	reg, ok := c.next(c.ptr.reg)
	c.ptr = pointer{set: ok, reg: reg}
}

// readByte reads at the pointer and moves it on, with the side effects that reading has.
func (c *Chip) readByte() byte {
	if !c.ptr.set {
		return c.model.Filler
	}
	r := c.regs[c.ptr.reg]
	if !r.readable() {
		c.raise(c.model.Errors.InvalidRead)
		c.ptr.set = false
		return c.model.Filler
	}
	c.refresh(r)
	b := c.overrule(c.ptr.reg, r.data[c.ptr.offset])
	c.ptr.offset++
	if r.role == RoleError && c.ptr.offset == len(r.data) && !c.faults.StickyError {
		c.errCode = 0
	}
	if c.ptr.offset == len(r.data) {
		c.advance()
	}
	return b
}

// refresh brings the registers up to date whose value is made when it is read.
func (c *Chip) refresh(r *register) {
	switch r.role {
	case RoleError:
		r.set(uint64(c.errCode))
	case RoleControl:
		r.set(uint64(c.statusByte()))
	case RoleEventCounter:
		r.set(uint64(c.counter.value))
	}
}

// overrule applies the faults that replace a register.
func (c *Chip) overrule(reg mfi.Register, b byte) byte {
	switch {
	case reg == mfi.RegDeviceVersion && c.faults.DeviceVersion != nil:
		return *c.faults.DeviceVersion
	case reg == mfi.RegProtocolMajor && c.faults.ProtocolMajor != nil:
		return *c.faults.ProtocolMajor
	}
	return b
}
