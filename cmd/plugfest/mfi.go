package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/scenarios"
)

type mfiCmd struct {
	Bus     string        `placeholder:"SPEC" help:"Where the chip is: i2c:/dev/i2c-1, i2c:/dev/i2c-1@0x10, i2c:NAME (part of an adapter's name), or sim: for a model in memory, also sim:2.0C."`
	Timeout time.Duration `placeholder:"TIME" default:"1s" help:"How long to try each access; default ${default}."`
	Trace   bool          `help:"Show every attempt on the bus, on standard error; of serve, every message."`
	Faults  string        `placeholder:"YAML" help:"How a simulated chip is broken, such as 'sign-error: 6'; see doc/mfi-chip.md."`
	Seed    whole         `default:"1" placeholder:"N" help:"Which certificate a simulated chip has; default ${default}."`

	Info     mfiInfoCmd     `cmd:"" default:"withargs" help:"What the chip says of itself; the default."`
	Sign     mfiSignCmd     `cmd:"" help:"Have the chip sign a challenge."`
	Verify   mfiVerifyCmd   `cmd:"" help:"Have it sign random challenges and check its signatures."`
	SelfTest mfiSelfTestCmd `cmd:"" help:"Have it look whether it has certificate and key."`
	Serve    mfiServeCmd    `cmd:"" help:"Be an I2C adapter with simulated chips, for the kernel's own driver."`
}

// Help is shown below the flags.
func (mfiCmd) Help() string {
	return `Examples:

    plugfest mfi --bus i2c:/dev/i2c-1
    plugfest mfi sign --bus i2c:/dev/i2c-1@0x11 0102030405060708090a0b0c0d0e0f1011121314
    plugfest mfi verify --bus i2c:i2c-tiny-usb --count 10
    plugfest mfi --bus sim:2.0C --trace

Exit codes: 0 all is well, 1 the chip is not, 2 the command line is wrong, 3 there is no chip or no bus.
`
}

// with opens the chip that the flags name, and runs fn in its world.
func (m *mfiCmd) with(a *app, fn func(*mfiBench) error) error {
	b, err := m.open(a)
	if err != nil {
		return err
	}
	defer b.close()
	if broken := b.world.Run(func() {
		b.Coprocessor, err = mfi.Open(b.bus, b.world, b.options)
		if err == nil {
			err = fn(b)
		}
	}); broken != nil {
		return broken
	}
	return a.chipError(err)
}

// chipError tells a chip that is broken from a bench that is.
func (a *app) chipError(err error) error {
	switch {
	case errors.Is(err, mfi.ErrNoChip), errors.Is(err, mfi.ErrGone):
		return err
	case errors.Is(err, mfi.ErrChallenge), errors.Is(err, mfi.ErrOptions):
		return usageError{err}
	case errors.As(err, new(*mfi.OpError)), errors.Is(err, errChip):
		fmt.Fprintf(a.err, "plugfest: %v\n", err)
		return exitCode(scenarios.ExitFailed)
	}
	return err
}

// errChip is the error of a chip whose answers are wrong.
var errChip = errors.New("the chip is not as it should be")
