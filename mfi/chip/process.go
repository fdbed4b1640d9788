package chip

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// process is what the control register has started.
type process struct {
	running bool
	until   time.Duration
	kind    uint8
	outcome outcome
}

// outcome is how a process ends, or that it does not even start. Which mistake gives which code is inferred from the codes' names.
type outcome struct {
	refused bool // at once, without any work
	failed  bool
	code    mfi.ErrorCode // for the error register; 0 when the generation has none
	output  []byte
}

// The processes of the control register. The last two are inferred from the order of the error codes.
const (
	processNone = iota
	processSign
	processMakeChallenge
	processVerifyResponse
	processValidateCertificate
)

// raise sets the error register; code 0 leaves it.
func (c *Chip) raise(code mfi.ErrorCode) {
	if code != 0 {
		c.errCode = code
	}
}

// statusByte is what the control register reads.
func (c *Chip) statusByte() mfi.Status {
	if c.process.running {
		return mfi.Status(c.process.kind & 0x0F)
	}
	s := mfi.Status(c.status << 4)
	if c.errCode != 0 {
		s |= 0x80
	}
	return s
}

// settle brings the chip to the present: a process may have ended, the counter has fallen.
func (c *Chip) settle(now time.Duration) {
	if !c.power.on {
		return
	}
	if c.process.running && now >= c.process.until {
		c.end()
	}
	c.counter.settle(now)
}

// start begins the process that was written to the control register.
func (c *Chip) start(now time.Duration, kind uint8) {
	if c.process.running {
		c.raise(c.model.Errors.Sequence)
		return
	}
	c.status = mfi.ResultNone
	if kind == processNone {
		return
	}
	if !slices.Contains(c.model.Processes, kind) {
		c.raise(c.model.Errors.ControlValue)
		return
	}
	p := process{running: true, kind: kind, until: now + c.model.Timing.Process}
	switch kind {
	case processSign:
		p.until = now + c.signingTime()
		p.outcome = c.sign()
	case processMakeChallenge:
		p.outcome = c.makeChallenge()
	case processVerifyResponse:
		p.outcome = c.verifyResponse()
	case processValidateCertificate:
		p.outcome = c.validateCertificate()
	}
	if p.outcome.refused {
		c.raise(p.outcome.code)
		return
	}
	c.process = p
	if !c.faults.AckWhileSigning && c.model.Behaviour.Signing == SigningNACK {
		c.power.busy = max(c.power.busy, p.until)
	}
}

func (c *Chip) signingTime() time.Duration {
	if c.faults.SigningTime != 0 {
		return c.faults.SigningTime
	}
	return c.model.Timing.Signing
}

// end shows what the process has made.
func (c *Chip) end() {
	p := c.process
	c.process = process{}
	c.power.active = max(c.power.active, p.until)
	if p.outcome.failed {
		c.raise(p.outcome.code)
		return
	}
	c.status = mfi.Result(p.kind)
	switch p.kind {
	case processSign:
		c.showSignature(p.outcome.output)
		if c.model.EventCounter {
			c.counter.settle(p.until)
			c.counter.raise(p.until)
		}
	case processMakeChallenge:
		copy(c.role(RoleChallenge).data, p.outcome.output)
		if r := c.role(RoleChallengeLength); r != nil {
			r.set(uint64(len(p.outcome.output)))
		}
		c.hasOwn, c.hasInput = true, true
	case processValidateCertificate:
		c.devValid = true
	}
}

func (c *Chip) showSignature(signature []byte) {
	length := len(signature)
	if c.faults.SignatureLength != 0 {
		length = c.faults.SignatureLength
	}
	r := c.role(RoleResponse)
	clear(r.data)
	copy(r.data, signature)
	c.role(RoleResponseLength).set(uint64(length))
}
