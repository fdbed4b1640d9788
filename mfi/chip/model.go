package chip

import (
	"time"

	"github.com/plugfest/plugfest/mfi"
)

// Model is a generation of the coprocessor as data. [MFi20C], [MFi30] and [ParseModel] make valid ones; change a field to get a variant.
type Model struct {
	Name          string         `yaml:"name"`
	Part          string         `yaml:"part"`
	Generation    mfi.Generation `yaml:"generation"`
	Address       Address        `yaml:"address"`
	MaxClockHz    int            `yaml:"max-clock-hz"`   // a faster bus is not answered
	Filler        uint8          `yaml:"filler"`         // what is read without a valid pointer
	ChallengeSize int            `yaml:"challenge-size"` // bytes of the challenge register that are signed
	ResponseSize  int            `yaml:"response-size"`  // bytes of a signature
	Processes     []uint8        `yaml:"processes"`      // values that start something when written to the control register
	EventCounter  bool           `yaml:"event-counter"`  // whether signatures raise the event counter
	Registers     []RegisterSpec `yaml:"registers"`
	Errors        ErrorCodes     `yaml:"errors"`
	Timing        Timing         `yaml:"timing"`
	Behaviour     Behaviour      `yaml:"behaviour"`
}

// Address is the 7-bit address for each level of the RST line at power-up.
type Address struct {
	RSTLow  uint8 `yaml:"rst-low"`
	RSTHigh uint8 `yaml:"rst-high"`
}

// RegisterSpec describes one register, or Count registers in a row of the same kind.
type RegisterSpec struct {
	Reg    mfi.Register `yaml:"reg"`
	Role   Role         `yaml:"role"`
	Size   int          `yaml:"size"` // bytes, 1 to 256
	Access Access       `yaml:"access"`
	Count  int          `yaml:"count"` // 0 means 1
	Value  uint64       `yaml:"value"` // at power-up, big-endian in the last 8 bytes of the register
}

// Role is what stands behind a register.
type Role string

// The roles.
const (
	RoleConstant                Role = "constant"
	RoleError                   Role = "error"
	RoleControl                 Role = "control"
	RoleResponseLength          Role = "response-length"
	RoleResponse                Role = "response"
	RoleChallengeLength         Role = "challenge-length"
	RoleChallenge               Role = "challenge"
	RoleCertificateLength       Role = "certificate-length"
	RoleCertificate             Role = "certificate"
	RoleSelfTest                Role = "self-test"
	RoleEventCounter            Role = "event-counter"
	RoleSerialNumber            Role = "serial-number"
	RoleDeviceCertificateLength Role = "device-certificate-length"
	RoleDeviceCertificate       Role = "device-certificate"
	RoleSleep                   Role = "sleep"
)

// Access is what a host may do with a register.
type Access string

// The kinds of access.
const (
	ReadOnly  Access = "r"
	ReadWrite Access = "rw"
	WriteOnly Access = "w"
)

// ErrorCodes are the values of the error register by cause; 0 means that the generation has no code for it, and then none is set.
type ErrorCodes struct {
	InvalidRead       mfi.ErrorCode `yaml:"invalid-read"`
	InvalidWrite      mfi.ErrorCode `yaml:"invalid-write"`
	ResponseLength    mfi.ErrorCode `yaml:"response-length"`
	ChallengeLength   mfi.ErrorCode `yaml:"challenge-length"`
	CertificateLength mfi.ErrorCode `yaml:"certificate-length"`
	Signing           mfi.ErrorCode `yaml:"signing"`
	Challenge         mfi.ErrorCode `yaml:"challenge"`
	Verification      mfi.ErrorCode `yaml:"verification"`
	Validation        mfi.ErrorCode `yaml:"validation"`
	ControlValue      mfi.ErrorCode `yaml:"control-value"`
	Sequence          mfi.ErrorCode `yaml:"sequence"`
}

// Timing is how long things take.
type Timing struct {
	PowerUp     time.Duration `yaml:"power-up"`     // until the first ACK
	Idle        time.Duration `yaml:"idle"`         // until the chip sleeps
	Wake        time.Duration `yaml:"wake"`         // from the waking NACK until the chip answers
	WakeStretch time.Duration `yaml:"wake-stretch"` // clock stretching when waking that way
	Pointer     time.Duration `yaml:"pointer"`      // busy after the STOP of any write
	Challenge   time.Duration `yaml:"challenge"`    // busy after the STOP of a challenge write
	Signing     time.Duration `yaml:"signing"`      // busy while signing
	Process     time.Duration `yaml:"process"`      // busy in any other process
}

// Behaviour is a choice where chips, or reports of chips, differ. The first of each group is what the models use.
type Behaviour struct {
	RepeatedStart RepeatedStart `yaml:"repeated-start"`
	Increment     Increment     `yaml:"increment"`
	Wake          Wake          `yaml:"wake"`
	Signing       Signing       `yaml:"signing"`
	LengthWrite   LengthWrite   `yaml:"length-write"`
}

// RepeatedStart is what a repeated START to the chip gets.
type RepeatedStart string

// Real 2.0C chips refuse (redline-labs/digital_dashboard); a few setups were seen to get away with it.
const (
	RepeatedStartRefuse RepeatedStart = "refuse" // NACK, and the pointer is unset
	RepeatedStartAccept RepeatedStart = "accept"
)

// Increment is where a read leaves the pointer.
type Increment string

// Both rules agree on every use seen in the field, except a partial read that another read follows.
const (
	IncrementFine   Increment = "fine"   // after the last byte read, even inside a register
	IncrementCoarse Increment = "coarse" // at the start of the next register
)

// Wake is what the START gets that wakes the chip.
type Wake string

// Both were seen on a 2.0C.
const (
	WakeNACK    Wake = "nack"
	WakeStretch Wake = "stretch" // ACK after stretching the clock
)

// Signing is what a START gets while the chip is at work.
type Signing string

// Drivers exist that do not survive SigningPoll: they take the first status that is acknowledged for the result.
const (
	SigningNACK Signing = "nack"
	SigningPoll Signing = "poll" // ACK, and the status reads 0x01
)

// LengthWrite is what a write to a read-only challenge length does.
type LengthWrite string

// One driver of the 3.0 (LIVI) writes the length although the register is read-only.
const (
	LengthWriteRefuse   LengthWrite = "refuse"   // sets the error for an invalid write
	LengthWriteTolerate LengthWrite = "tolerate" // is ignored
)
