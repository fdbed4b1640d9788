package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"go.yaml.in/yaml/v4"

	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
)

// mfiBench is an open chip and what it stands on.
type mfiBench struct {
	*mfi.Coprocessor
	app     *app
	world   *sim.World
	bus     periph.Bus
	options mfi.Options
	close   func()
}

// open makes a world and opens the bus in it. With a model in memory the clock is virtual: a signature takes no time.
func (m *mfiCmd) open(a *app) (*mfiBench, error) {
	b := &mfiBench{app: a, options: mfi.Options{Timeout: m.Timeout}, close: func() {}}
	if m.Trace {
		b.options.Trace = traceAttempts(a.err)
	}
	switch model, simulated := strings.CutPrefix(m.Bus, "sim:"); {
	case m.Bus == "":
		return nil, usageError{errors.New("--bus says where the chip is: give --bus i2c:/dev/i2c-1 for a real one, --bus sim: for a model")}
	case simulated:
		part, err := m.chip(model)
		if err != nil {
			return nil, usageError{fmt.Errorf("--bus %s: %w", m.Bus, err)}
		}
		b.world = sim.New()
		b.bus = chip.NewBus(b.world, part)
		return b, nil
	}
	if m.Faults != "" {
		return nil, usageError{errors.New("--faults break a simulated chip: give --bus sim: too")}
	}
	spec, err := i2c.ParseSpec(m.Bus)
	if err != nil {
		return nil, usageError{err}
	}
	if spec.Addr != 0 {
		b.options.Addresses = []uint16{spec.Addr}
	}
	bus, err := spec.Open()
	if err != nil {
		return nil, err
	}
	b.close = func() { _ = bus.Close() }
	b.world = sim.New(sim.RealTime())
	b.bus, err = i2c.InWorld(b.world, bus, "plugfest")
	return b, err
}

// chip makes a simulated chip of what MODEL[@ADDRESS] says; nothing is a 3.0.
func (m *mfiCmd) chip(text string) (*chip.Chip, error) {
	name, address, hasAddress := strings.Cut(text, "@")
	model, err := chipModel(name)
	if err != nil {
		return nil, err
	}
	c := chip.Config{Model: model, Seed: uint64(m.Seed)}
	if hasAddress {
		if c.RSTHigh, err = rstFor(model, address); err != nil {
			return nil, err
		}
	}
	if err := yaml.Load([]byte(m.Faults), &c.Faults, yaml.WithKnownFields()); err != nil && m.Faults != "" {
		return nil, fmt.Errorf("--faults: %w", err)
	}
	identity, err := testca.Test().Issue(model.Generation, uint64(m.Seed), testca.IssueOptions{})
	if err != nil {
		return nil, err
	}
	c.Identity = identity
	return chip.New(c)
}

func chipModel(name string) (*chip.Model, error) {
	switch strings.ToUpper(name) {
	case "", "3.0":
		return chip.MFi30(), nil
	case "2.0C":
		return chip.MFi20C(), nil
	}
	if !strings.Contains(name, "/") && !strings.HasSuffix(name, ".yaml") {
		return nil, fmt.Errorf("no model of a chip is called %q; there are 2.0C, 3.0 and YAML files", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return chip.ParseModel(text)
}

// rstFor is the level of the RST line that gives a model an address.
func rstFor(m *chip.Model, address string) (high bool, err error) {
	digits, isHex := strings.CutPrefix(address, "0x")
	n, err := strconv.ParseUint(digits, 16, 8)
	switch {
	case !isHex || err != nil:
		return false, fmt.Errorf("address %q is no hexadecimal number with 0x", address)
	case uint8(n) == m.Address.RSTLow:
		return false, nil
	case uint8(n) == m.Address.RSTHigh:
		return true, nil
	}
	return false, fmt.Errorf("a %s answers at 0x%02x with RST low and at 0x%02x with RST high, not at 0x%02x", m.Name, m.Address.RSTLow, m.Address.RSTHigh, n)
}

// traceAttempts prints what the driver does.
func traceAttempts(out io.Writer) func(mfi.Attempt) {
	return func(t mfi.Attempt) {
		line := fmt.Sprintf("%10.6f %02X", t.Start.Seconds(), t.Addr)
		switch {
		case len(t.R) == 0:
			line += fmt.Sprintf(" W % X", t.W)
		case t.Err != nil:
			line += fmt.Sprintf(" R (%d)", len(t.R))
		default:
			line += fmt.Sprintf(" R % X", t.R)
		}
		if t.Err != nil {
			line += fmt.Sprintf(" (%v)", t.Err)
		}
		fmt.Fprintln(out, line)
	}
}

// round cuts a time to what is worth reading.
func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
