package mfi

import (
	"errors"
	"fmt"
)

// Sign has the chip sign a challenge: 20 bytes on the 2.0, which it wraps as a SHA-1 digest into a PKCS#1 v1.5 signature of 128
// bytes; 32 bytes on the 3.0, which it takes as the digest of an ECDSA signature of 64 bytes (r and s, 32 each). The chip does not
// hash. In iAP2 the phone's challenge is passed on as it came.
//
// Sign fails with ErrChallenge when the challenge has another size, with ErrStatus (and a [*StatusError]) when the chip reports
// a failure, with ErrSignature when the signature has another size, with ErrTimeout when the chip does not finish.
func (c *Coprocessor) Sign(challenge []byte) ([]byte, error) {
	s := step{op: "sign", name: "write challenge", reg: RegChallenge}
	if want := c.gen.ChallengeSize(); len(challenge) != want {
		return nil, c.fail(s, ErrChallenge, fmt.Sprintf("got %d bytes, want %d", len(challenge), want),
			fmt.Sprintf("this is a %v chip", c.gen))
	}
	if err := c.writeChallenge(s, challenge); err != nil {
		return nil, err
	}
	if err := c.write(step{op: "sign", name: "start", reg: RegControlStatus}, controlMakeSignature); err != nil {
		return nil, err
	}
	if err := c.awaitSignature(); err != nil {
		return nil, err
	}
	return c.readResponse()
}

// writeChallenge writes the challenge and, on the 2.0, the lengths around it.
func (c *Coprocessor) writeChallenge(s step, challenge []byte) error {
	if !formats[c.gen].lengthWrites {
		return c.write(s, challenge...)
	}
	// An error that was left over would show in the status.
	if _, err := c.readByte(step{op: "sign", name: "clear error", reg: RegErrorCode}); err != nil {
		return err
	}
	if err := c.write(step{op: "sign", name: "write challenge length", reg: RegChallengeLength}, 0, byte(len(challenge))); err != nil {
		return err
	}
	if err := c.write(s, challenge...); err != nil {
		return err
	}
	return c.write(step{op: "sign", name: "write response length", reg: RegResponseLength}, 0, byte(c.gen.ResponseSize()))
}

// awaitSignature reads the status until the chip has finished. Most chips NACK while they work; some answer that they do. So this
// step alone has the patience of a whole signature.
func (c *Coprocessor) awaitSignature() error {
	end := c.clock.Now() + c.opts.SignTimeout
	s := step{op: "sign", name: "read status", reg: RegControlStatus, interval: c.opts.PollInterval, deadline: end}
	for {
		b, err := c.readByte(s)
		if err != nil {
			var e *OpError
			if errors.As(err, &e) && errors.Is(err, ErrTimeout) {
				e.Detail = fmt.Sprintf("not done %v after the start, %s", c.opts.SignTimeout, e.Detail)
			}
			return err
		}
		status := Status(b)
		switch {
		case status == SignatureDone:
			return nil
		case !status.Working():
			return c.statusError(s, status)
		case c.clock.Now() >= end:
			return c.fail(s, ErrTimeout, fmt.Sprintf("status still %v %v after the start", status, c.opts.SignTimeout), timeoutHint(0))
		}
		c.clock.Sleep(s.interval)
		s.deadline = max(end, c.clock.Now()+c.opts.Timeout) // a chip that answers gets to answer
	}
}

// statusError asks the chip for its error code. Reading it also clears it, so that the next signature starts clean.
func (c *Coprocessor) statusError(s step, status Status) error {
	e := &StatusError{Status: status, Generation: c.gen}
	if b, err := c.readByte(step{op: s.op, name: "read error", reg: RegErrorCode}); err == nil {
		e.Code = ErrorCode(b)
	}
	hint := "sign once more; if it fails again power the chip off and on"
	if status == 0 {
		hint = "the chip was reset or missed the start: sign once more"
	}
	return c.fail(s, e, fmt.Sprintf("want %v", SignatureDone), hint)
}

func (c *Coprocessor) readResponse() ([]byte, error) {
	s := step{op: "sign", name: "read response length", reg: RegResponseLength}
	length, err := c.readUint16(s)
	if err != nil {
		return nil, err
	}
	if want := c.gen.ResponseSize(); length != want {
		return nil, c.fail(s, ErrSignature, fmt.Sprintf("got %d bytes, want %d", length, want), "sign once more; if it stays so the chip is broken")
	}
	response := make([]byte, length)
	if err := c.read(step{op: "sign", name: "read response", reg: RegResponse}, response); err != nil {
		return nil, err
	}
	s = step{op: "sign", name: "check error", reg: RegErrorCode}
	code, err := c.readByte(s)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		e := &StatusError{Status: SignatureDone, Code: ErrorCode(code), Generation: c.gen}
		return nil, c.fail(s, e, "want error code 0x00 after a signature", "sign once more; if it stays so power the chip off and on")
	}
	return response, nil
}
