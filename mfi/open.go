package mfi

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// Coprocessor is an open chip. It is not safe for concurrent use: a chip can do one thing at a time.
type Coprocessor struct {
	bus     i2c.Bus
	clock   Clock
	opts    Options
	addr    uint16
	version byte
	gen     Generation
	scratch [1 + PageSize]byte
}

// Open finds a chip on the bus and learns its generation. It waits as long as Options.Timeout for a chip that sleeps or was only
// just switched on.
//
// Open fails with ErrNoChip when no address answers, with ErrVersion when what answers is not a coprocessor that the driver knows,
// with ErrTimeout when it stops answering, with ErrGone when the bus is gone.
func Open(bus i2c.Bus, clock Clock, opts Options) (*Coprocessor, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Coprocessor{bus: bus, clock: clock, opts: opts}
	if err := c.probe(); err != nil {
		return nil, err
	}
	return c, c.identify()
}

// knockPause is from the START that wakes a chip until it surely answers; 0.5 ms was measured.
const knockPause = time.Millisecond

// probe writes the pointer of register 0x00 to each address in turn until one acknowledges it. It knocks twice before it goes on to the
// next address: the first START only wakes a chip that sleeps, and with a slow adapter a round over all addresses may take so long that
// the chip is asleep again.
func (c *Coprocessor) probe() error {
	s := c.begin(step{op: "open", name: "find chip", reg: RegDeviceVersion})
	c.scratch[0] = byte(RegDeviceVersion)
	var slowest time.Duration
	var seen error
	for n := 2; ; n += 2 {
		for i := range 2 * len(c.opts.Addresses) {
			addr := c.opts.Addresses[i/2]
			took, err := c.tx(addr, c.scratch[:1], nil)
			if err == nil {
				c.addr = addr
				return nil
			}
			if fatal(err) {
				return c.fail(s, fmt.Errorf("%w: %w", ErrGone, err), "", "check the adapter and open the bus again")
			}
			if seen == nil || !errors.Is(err, ErrNACK) {
				seen = err // what is more than a NACK is worth showing
			}
			slowest = max(slowest, took)
			if i%2 == 0 {
				c.clock.Sleep(max(s.interval, knockPause))
			}
		}
		now := c.clock.Now()
		if now >= s.deadline {
			return c.fail(s, fmt.Errorf("%w: %w", ErrNoChip, seen),
				fmt.Sprintf("%d attempts at each of %s in %v", n, addresses(c.opts.Addresses), c.opts.Timeout), timeoutHint(slowest))
		}
		c.clock.Sleep(min(s.interval, s.deadline-now))
	}
}

// identify reads the device version, whose pointer probe has just written, and the protocol version.
func (c *Coprocessor) identify() error {
	var b [1]byte
	s := step{op: "open", name: "read device version", reg: RegDeviceVersion}
	if err := c.readMore(s, b[:]); err != nil {
		return err
	}
	c.version = b[0]
	p := step{op: "open", name: "read protocol version", reg: RegProtocolMajor}
	major, err := c.readByte(p)
	if err != nil {
		return err
	}
	// 0x05 with 2 is the 2.0C, 0x07 with 3 is the 3.0.
	known := map[byte]Generation{0x05: Gen20, 0x07: Gen30}
	c.gen = Generation(major)
	switch {
	case c.gen != Gen20 && c.gen != Gen30:
		return c.fail(p, ErrVersion, fmt.Sprintf("got protocol version 0x%02X, want 0x02 or 0x03", major), fillerHint(major))
	case known[c.version] != c.gen && !c.opts.AcceptUnknownVersion:
		return c.fail(s, ErrVersion, fmt.Sprintf("got device version 0x%02X with protocol version %d, want 0x05 with 2 or 0x07 with 3", c.version, major),
			"set AcceptUnknownVersion if the part is genuine")
	}
	return nil
}

func fillerHint(b byte) string {
	if b == 0xFF || b == 0x00 {
		return "this looks like filler: the chip loses its register pointer, or another device answers at this address"
	}
	return "check that the device at this address is a coprocessor"
}

func addresses(list []uint16) string {
	text := ""
	for i, a := range list {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("0x%02X", a)
	}
	return text
}

// Addr is the 7-bit address at which the chip answered.
func (c *Coprocessor) Addr() uint16 { return c.addr }

// Generation is what the chip's protocol version says.
func (c *Coprocessor) Generation() Generation { return c.gen }

// String names the chip, as in "MFi 3.0 at 0x10".
func (c *Coprocessor) String() string { return fmt.Sprintf("MFi %v at 0x%02X", c.gen, c.addr) }
