package chip

import (
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// store writes data to a register and says how long that keeps the chip busy.
func (c *Chip) store(now time.Duration, reg mfi.Register, data []byte) time.Duration {
	r := c.regs[reg]
	if !r.writable() {
		tolerated := r != nil && r.role == RoleChallengeLength && c.model.Behaviour.LengthWrite == LengthWriteTolerate
		if !tolerated {
			c.raise(c.model.Errors.InvalidWrite)
		}
		return 0
	}
	if r.role != RoleControl && r.role != RoleSelfTest && r.role != RoleSleep {
		copy(r.data, data)
	}
	switch r.role {
	case RoleControl:
		c.start(now, data[0])
	case RoleChallenge:
		c.hasOwn = false
		c.hasInput = len(data) >= c.model.ChallengeSize
		return c.model.Timing.Challenge
	case RoleSelfTest:
		if data[0] == 1 {
			r.set(uint64(c.selfTest()))
		}
	case RoleDeviceCertificateLength, RoleDeviceCertificate:
		c.devValid = false
	case RoleSleep:
		c.power.slept = true // whatever the value: which one counts is in no public source
	}
	return 0
}
