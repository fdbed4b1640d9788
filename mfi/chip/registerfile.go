package chip

import (
	"github.com/plugfest/plugfest/mfi"
)

// register is one register of a chip and what it holds.
type register struct {
	role   Role
	access Access
	data   []byte
	value  uint64 // at power-up
	page   int    // place in a row of pages, from 0
}

func (r *register) readable() bool { return r != nil && r.access != WriteOnly }
func (r *register) writable() bool { return r != nil && r.access != ReadOnly }

func (r *register) set(v uint64) {
	for i := len(r.data) - 1; i >= 0; i-- {
		r.data[i] = byte(v)
		v >>= 8
	}
}

func (r *register) uint() int {
	v := 0
	for _, b := range r.data[:min(len(r.data), 4)] {
		v = v<<8 | int(b)
	}
	return v
}

func (c *Chip) buildRegisters() {
	for _, spec := range c.model.Registers {
		if spec.Role != RoleConstant {
			c.byRole[spec.Role] = spec.Reg
		}
		for n := range max(spec.Count, 1) {
			c.regs[int(spec.Reg)+n] = &register{
				role: spec.Role, access: spec.Access, data: make([]byte, spec.Size), value: spec.Value, page: n,
			}
		}
	}
}

// role is the register that plays a role, nil when the model has none.
func (c *Chip) role(r Role) *register {
	reg, ok := c.byRole[r]
	if !ok {
		return nil
	}
	return c.regs[reg]
}

// resetRegisters puts every register to its power-up value.
func (c *Chip) resetRegisters() {
	for _, r := range c.regs {
		if r != nil {
			r.set(r.value)
		}
	}
	c.storeCertificate()
	if r := c.role(RoleSerialNumber); r != nil && c.id != nil {
		clear(r.data)
		copy(r.data, c.id.SerialNumber())
	}
	if r := c.role(RoleSelfTest); r != nil && !r.writable() {
		r.set(uint64(c.selfTest()))
	}
	c.status, c.errCode = mfi.ResultNone, 0
	c.hasOwn, c.hasInput, c.devValid = false, false, false
}

func (c *Chip) certificateRoom() int { return c.roomOf(RoleCertificate) }

func (c *Chip) roomOf(role Role) int {
	room := 0
	for _, r := range c.regs {
		if r != nil && r.role == role {
			room += len(r.data)
		}
	}
	return room
}

// storeCertificate fills the pages; what is left of the last one, and all beyond, is zero.
func (c *Chip) storeCertificate() {
	c.role(RoleCertificateLength).set(uint64(len(c.cert)))
	rest := c.cert
	for _, r := range c.regs {
		if r != nil && r.role == RoleCertificate {
			clear(r.data)
			rest = rest[copy(r.data, rest):]
		}
	}
}

// deviceCertificate is what the host wrote, cut to the length that it wrote.
func (c *Chip) deviceCertificate() []byte {
	var all []byte
	for _, r := range c.regs {
		if r != nil && r.role == RoleDeviceCertificate {
			all = append(all, r.data...)
		}
	}
	length := 0
	if r := c.role(RoleDeviceCertificateLength); r != nil {
		length = r.uint()
	}
	if length > len(all) {
		return nil
	}
	return all[:length]
}

// selfTest is the result of the self test: is there a certificate whose outermost DER header fits, is there a key.
func (c *Chip) selfTest() mfi.SelfTest {
	var result mfi.SelfTest
	b := c.cert
	if len(b) > 4 && b[0] == 0x30 && b[1] == 0x82 && 4+int(b[2])<<8+int(b[3]) == len(b) {
		result |= mfi.SelfTestCertificate
	}
	if c.id != nil {
		result |= mfi.SelfTestPrivateKey
	}
	return result
}
