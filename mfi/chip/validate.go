package chip

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validate fills in defaults and says what is wrong, if anything is.
func (m *Model) Validate() error {
	m.Behaviour.setDefaults()
	checks := []func() error{m.checkSizes, m.checkRegisters, m.checkRoles, m.checkTiming, m.checkBehaviour}
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("%w %q: %w", ErrModel, m.Name, err)
		}
	}
	return nil
}

func (b *Behaviour) setDefaults() {
	setDefault(&b.RepeatedStart, RepeatedStartRefuse)
	setDefault(&b.Increment, IncrementFine)
	setDefault(&b.Wake, WakeNACK)
	setDefault(&b.Signing, SigningNACK)
	setDefault(&b.LengthWrite, LengthWriteRefuse)
}

func setDefault[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}

func (m *Model) checkSizes() error {
	for _, a := range []uint8{m.Address.RSTLow, m.Address.RSTHigh} {
		if a < 0x08 || a > 0x77 {
			return fmt.Errorf("address: 0x%02X is not a usable 7-bit address, want 0x08 to 0x77", a)
		}
	}
	if m.MaxClockHz <= 0 {
		return fmt.Errorf("max-clock-hz: %d, want a positive frequency", m.MaxClockHz)
	}
	for _, p := range m.Processes {
		if p < processSign || p > processValidateCertificate {
			return fmt.Errorf("processes: %d, want 1 to 4", p)
		}
	}
	if m.Generation.ChallengeSize() == 0 {
		return fmt.Errorf("generation: %d, want 2 or 3", m.Generation)
	}
	return nil
}

func (m *Model) checkRegisters() error {
	var taken [256]bool
	for i, r := range m.Registers {
		where := fmt.Sprintf("registers[%d] (0x%02X)", i, uint8(r.Reg))
		switch {
		case r.Size < 1 || r.Size > 256:
			return fmt.Errorf("%s: size is %d, want 1 to 256", where, r.Size)
		case r.Count < 0 || int(r.Reg)+max(r.Count, 1) > 256:
			return fmt.Errorf("%s: count is %d, want registers up to 0xFF", where, r.Count)
		case r.Access != ReadOnly && r.Access != ReadWrite && r.Access != WriteOnly:
			return fmt.Errorf("%s: access is %q, want r, rw or w", where, r.Access)
		case r.Size < 8 && r.Value>>(8*r.Size) != 0:
			return fmt.Errorf("%s: value 0x%X does not fit %d bytes", where, r.Value, r.Size)
		}
		for n := range max(r.Count, 1) {
			if taken[int(r.Reg)+n] {
				return fmt.Errorf("%s: register 0x%02X is listed twice", where, int(r.Reg)+n)
			}
			taken[int(r.Reg)+n] = true
		}
	}
	return nil
}

type roleSize struct {
	role   Role
	size   int
	needed bool
}

// roleSizes are the smallest sizes that the roles need, in bytes, and which roles no model can do without.
var roleSizes = []roleSize{
	{RoleConstant, 1, false}, {RoleError, 1, true}, {RoleControl, 1, true}, {RoleResponseLength, 2, true}, {RoleResponse, 1, true},
	{RoleChallengeLength, 2, false}, {RoleChallenge, 1, true}, {RoleCertificateLength, 2, true}, {RoleCertificate, 1, true},
	{RoleSelfTest, 1, false}, {RoleEventCounter, 1, false}, {RoleSerialNumber, 1, false}, {RoleDeviceCertificateLength, 2, false},
	{RoleDeviceCertificate, 1, false}, {RoleSleep, 1, false},
}

func (m *Model) checkRoles() error {
	sizes := map[Role]int{}
	for i, r := range m.Registers {
		known := slices.IndexFunc(roleSizes, func(s roleSize) bool { return s.role == r.Role })
		switch {
		case known < 0:
			return fmt.Errorf("registers[%d] (0x%02X): unknown role %q", i, uint8(r.Reg), r.Role)
		case r.Role != RoleConstant && sizes[r.Role] != 0:
			return fmt.Errorf("registers[%d] (0x%02X): a second register with role %q", i, uint8(r.Reg), r.Role)
		case r.Size < roleSizes[known].size:
			return fmt.Errorf("registers[%d] (0x%02X): %d bytes are too few for role %q", i, uint8(r.Reg), r.Size, r.Role)
		}
		sizes[r.Role] = r.Size
	}
	for _, s := range roleSizes {
		if s.needed && sizes[s.role] == 0 {
			return fmt.Errorf("registers: none has role %q", s.role)
		}
	}
	if m.ChallengeSize < 1 || m.ChallengeSize > sizes[RoleChallenge] {
		return fmt.Errorf("challenge-size: %d, want 1 to %d", m.ChallengeSize, sizes[RoleChallenge])
	}
	if m.ResponseSize < 1 || m.ResponseSize > sizes[RoleResponse] {
		return fmt.Errorf("response-size: %d, want 1 to %d", m.ResponseSize, sizes[RoleResponse])
	}
	return nil
}

func (m *Model) checkTiming() error {
	t := m.Timing
	for _, d := range []time.Duration{t.PowerUp, t.Idle, t.Wake, t.WakeStretch, t.Pointer, t.Challenge, t.Signing, t.Process} {
		if d < 0 || d > time.Hour {
			return fmt.Errorf("timing: %v, want 0 to 1 h", d)
		}
	}
	if t.Idle == 0 {
		return errors.New("timing: idle is 0, and the chip would never be awake")
	}
	return nil
}

func (m *Model) checkBehaviour() error {
	b := m.Behaviour
	switch {
	case b.RepeatedStart != RepeatedStartRefuse && b.RepeatedStart != RepeatedStartAccept:
		return fmt.Errorf("behaviour: repeated-start is %q, want refuse or accept", b.RepeatedStart)
	case b.Increment != IncrementFine && b.Increment != IncrementCoarse:
		return fmt.Errorf("behaviour: increment is %q, want fine or coarse", b.Increment)
	case b.Wake != WakeNACK && b.Wake != WakeStretch:
		return fmt.Errorf("behaviour: wake is %q, want nack or stretch", b.Wake)
	case b.Signing != SigningNACK && b.Signing != SigningPoll:
		return fmt.Errorf("behaviour: signing is %q, want nack or poll", b.Signing)
	case b.LengthWrite != LengthWriteRefuse && b.LengthWrite != LengthWriteTolerate:
		return fmt.Errorf("behaviour: length-write is %q, want refuse or tolerate", b.LengthWrite)
	}
	return nil
}
