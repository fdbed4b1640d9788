package chip

import (
	"fmt"

	"github.com/plugfest/plugfest/mfi"
)

// Identity is what makes a chip an individual. An accessory of package testca is one.
type Identity interface {
	// Certificate is the DER PKCS#7 certificate that the pages hold.
	Certificate() []byte
	// SerialNumber is the text of register 0x4E.
	SerialNumber() string
	// Sign signs a digest: 20 bytes into 128, or 32 bytes into 64.
	Sign(digest []byte) ([]byte, error)
}

// DeviceVerifier judges the other side for processes 3 and 4 of the 2.0C. A verifier of package testca is one.
type DeviceVerifier interface {
	VerifyCertificate(certificate []byte) error
	VerifyResponse(certificate, challenge, response []byte) error
}

// Config is what a chip is made of.
type Config struct {
	// Model is required: [MFi20C], [MFi30] or one of your own.
	Model *Model
	// Identity may be nil: then the chip has neither certificate nor key, as its self test says.
	Identity Identity
	// Faults break the chip. [Chip.SetFaults] changes them later.
	Faults Faults
	// RSTHigh is the level of the RST line at power-up, which chooses the address of a 2.0C.
	RSTHigh bool
	// EventCounter is the counter's value at the first power-up.
	EventCounter uint8
	// Seed makes the challenges of process 2.
	Seed uint64
	// DeviceVerifier may be nil: then processes 3 and 4 fail.
	DeviceVerifier DeviceVerifier
}

// Chip is one part on a bus: a state machine that is handed the time, which must not go back. It is not safe for concurrent use.
type Chip struct {
	model  *Model
	id     Identity
	device DeviceVerifier
	faults Faults
	seed   uint64

	regs    [256]*register
	byRole  map[Role]mfi.Register
	cert    []byte
	addr    uint8
	rstHigh bool

	power   powerState
	message message
	ptr     pointer
	process process
	counter eventCounter

	status   mfi.Result
	errCode  mfi.ErrorCode
	starts   int
	own      uint64 // challenges made, for the next one
	hasOwn   bool   // the challenge register holds one of the chip's own
	hasInput bool   // the challenge register was written in full
	devValid bool   // the device certificate was validated
}

// New makes a chip that has had power since time 0.
func New(cfg Config) (*Chip, error) {
	if cfg.Model == nil {
		return nil, fmt.Errorf("%w: Config.Model is nil, use MFi20C or MFi30", ErrModel)
	}
	if err := cfg.Model.Validate(); err != nil {
		return nil, err
	}
	c := &Chip{
		model: cfg.Model, id: cfg.Identity, device: cfg.DeviceVerifier, seed: cfg.Seed,
		rstHigh: cfg.RSTHigh, byRole: map[Role]mfi.Register{},
	}
	c.buildRegisters()
	if c.id != nil && len(c.id.Certificate()) > c.certificateRoom() {
		return nil, fmt.Errorf("%w %q: a certificate of %d bytes does not fit its pages, which hold %d", ErrModel, c.model.Name,
			len(c.id.Certificate()), c.certificateRoom())
	}
	c.SetFaults(cfg.Faults)
	c.counter.value = cfg.EventCounter
	c.PowerOn(0)
	return c, nil
}

// Model is the model that the chip was made from. Do not change it.
func (c *Chip) Model() *Model { return c.model }

// Address is the 7-bit address to which the chip answers, as the RST line chose it at power-up.
func (c *Chip) Address() uint16 { return uint16(c.addr) }

// Faults are the faults in force.
func (c *Chip) Faults() Faults { return c.faults }

// SetFaults replaces all faults, from the next START on. What a chip already counted (STARTs, wake attempts) goes on counting.
func (c *Chip) SetFaults(f Faults) {
	c.faults = f
	c.cert = nil
	if c.id != nil {
		c.cert = f.certificate(c.id.Certificate())
	}
	c.storeCertificate()
}

// MaxClockHz is the fastest bus that the chip answers on.
func (c *Chip) MaxClockHz() int { return c.model.MaxClockHz }
