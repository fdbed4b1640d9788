package chip

import (
	"crypto/sha1"
	"encoding/binary"

	"github.com/plugfest/plugfest/mfi"
)

func refuse(code mfi.ErrorCode) outcome { return outcome{refused: true, code: code} }
func fail(code mfi.ErrorCode) outcome   { return outcome{failed: true, code: code} }

// challenge is the part of the challenge register that counts.
func (c *Chip) challenge() []byte { return c.role(RoleChallenge).data[:c.model.ChallengeSize] }

// sign makes a signature over the challenge.
func (c *Chip) sign() outcome {
	e := &c.model.Errors
	if r := c.role(RoleChallengeLength); r.writable() && r.uint() != c.model.ChallengeSize {
		return refuse(e.ChallengeLength)
	}
	if r := c.role(RoleResponseLength); r.writable() && r.uint() != c.model.ResponseSize {
		return refuse(e.ResponseLength)
	}
	if !c.hasInput {
		return refuse(e.Sequence)
	}
	if c.faults.SignError != 0 {
		return fail(c.faults.SignError)
	}
	if c.id == nil {
		return fail(e.Signing)
	}
	signature, err := c.id.Sign(c.challenge())
	if err != nil || len(signature) != c.model.ResponseSize {
		return fail(e.Signing)
	}
	signature = append([]byte(nil), signature...)
	flip(signature, c.faults.FlipSignatureBit)
	return outcome{output: signature}
}

// makeChallenge makes a challenge of the chip's own: the same seed, the same challenges.
func (c *Chip) makeChallenge() outcome {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], c.seed)
	binary.BigEndian.PutUint64(b[8:], c.own)
	c.own++
	sum := sha1.Sum(b[:])
	return outcome{output: append(make([]byte, 0, c.model.ChallengeSize), sum[:min(len(sum), c.model.ChallengeSize)]...)}
}

// validateCertificate judges the device certificate that the host has written.
func (c *Chip) validateCertificate() outcome {
	c.devValid = false
	blob := c.deviceCertificate()
	switch {
	case len(blob) == 0:
		return refuse(c.model.Errors.CertificateLength)
	case c.device == nil || c.device.VerifyCertificate(blob) != nil:
		return fail(c.model.Errors.Validation)
	}
	return outcome{}
}

// verifyResponse judges the device's answer to the chip's own challenge, by the certificate that was validated before.
func (c *Chip) verifyResponse() outcome {
	response := c.role(RoleResponse).data
	length := c.role(RoleResponseLength).uint()
	switch {
	case !c.hasOwn || !c.devValid:
		return refuse(c.model.Errors.Sequence)
	case length == 0 || length > len(response):
		return refuse(c.model.Errors.ResponseLength)
	case c.device == nil || c.device.VerifyResponse(c.deviceCertificate(), c.challenge(), response[:length]) != nil:
		return fail(c.model.Errors.Verification)
	}
	return outcome{}
}
