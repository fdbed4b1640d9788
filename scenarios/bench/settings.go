package bench

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// readPhone reads a scenario's "phone": a persona by name, and what differs
// from it.
func readPhone(s scenarios.Settings) (phone.Persona, error) {
	base, err := phone.LoadPersona(named(s, "persona", phone.DefaultPersona))
	if err != nil {
		return base, s.Errorf("persona", "%v", err)
	}
	all := struct {
		Base          string `yaml:"persona"`
		phone.Persona `yaml:",inline"`
	}{Persona: base}
	if err := s.Decode(&all); err != nil {
		return base, err
	}
	return all.Persona, s.Invalid(all.Persona.Check())
}

// readHeadunit reads a scenario's "headunit": a model by name, and what differs
// from it.
func readHeadunit(s scenarios.Settings) (headunit.Model, error) {
	base, err := headunit.LoadModel(named(s, "model", headunit.DefaultModel))
	if err != nil {
		return base, s.Errorf("model", "%v", err)
	}
	all := struct {
		Base           string `yaml:"model"`
		headunit.Model `yaml:",inline"`
	}{Model: base}
	if err := s.Decode(&all); err != nil {
		return base, err
	}
	return all.Model, s.Invalid(all.Model.Check())
}

// named returns the text of a key, or what it is by default.
func named(s scenarios.Settings, key, otherwise string) string {
	n := s.Node()
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i+1].Kind == yaml.ScalarNode {
			return n.Content[i+1].Value
		}
	}
	return otherwise
}

// chipSettings are the keys of a scenario's "chip".
type chipSettings struct {
	None       bool        `yaml:"none"`       // the bus is empty
	Generation string      `yaml:"generation"` // "2.0C" or "3.0"
	RSTHigh    bool        `yaml:"rst-high"`   // a 2.0C then answers at 11 (hex)
	Faults     chip.Faults `yaml:"faults"`
}

func readChip(s scenarios.Settings) (chipSettings, mfi.Generation, error) {
	c := chipSettings{Generation: "3.0"}
	if err := s.Decode(&c); err != nil {
		return c, 0, err
	}
	switch c.Generation {
	case "2.0C":
		return c, mfi.Gen20, nil
	case "3.0":
		return c, mfi.Gen30, nil
	}
	return c, 0, s.Errorf("generation", "%q; want 2.0C or 3.0", c.Generation)
}

// cableSettings are the keys of a scenario's "cable". What is said for both
// directions holds where a direction does not say otherwise.
type cableSettings struct {
	Speed        string        `yaml:"speed"` // full, high or super
	Latency      time.Duration `yaml:"latency"`
	Jitter       time.Duration `yaml:"jitter"`
	Bandwidth    int64         `yaml:"bandwidth"` // bytes a second, 0 without limit
	FromPhone    impairments   `yaml:"from-phone"`
	FromHeadunit impairments   `yaml:"from-headunit"`
	FromHost     impairments   `yaml:"from-host"`
}

// impairments are [sim.Impairments] as a scenario writes them.
type impairments struct {
	Latency      time.Duration `yaml:"latency"`
	Jitter       time.Duration `yaml:"jitter"`
	Bandwidth    int64         `yaml:"bandwidth"`
	Loss         float64       `yaml:"loss"`
	Duplicate    float64       `yaml:"duplicate"`
	Reorder      float64       `yaml:"reorder"`
	BitError     float64       `yaml:"bit-error"`
	ReorderDelay time.Duration `yaml:"reorder-delay"`
	Faults       []fault       `yaml:"faults"`
}

type fault struct {
	Kind   sim.FaultKind `yaml:"kind"`
	Packet int           `yaml:"packet"`
	Byte   int64         `yaml:"byte"`
	At     time.Duration `yaml:"at"`
	For    time.Duration `yaml:"for"`
	Bit    int           `yaml:"bit"`
	Times  int           `yaml:"times"`
}

// The cable of a scenario that does not say otherwise: high speed, at the rate
// and with the delay of an ordinary host controller.
const (
	defaultLatency   = 50 * time.Microsecond
	defaultBandwidth = 40 << 20
)

// readCable reads a scenario's "cable", which leads to the head unit or the host.
func readCable(s scenarios.Settings, to string) (usb.CableOptions, error) {
	c := cableSettings{Speed: "high", Latency: defaultLatency, Bandwidth: defaultBandwidth}
	var o usb.CableOptions
	if err := s.Decode(&c); err != nil {
		return o, err
	}
	switch c.Speed {
	case "full":
		o.Speed = usb.Full
	case "high":
		o.Speed = usb.High
	case "super":
		o.Speed = usb.Super
	default:
		return o, s.Errorf("speed", "%q; want full, high or super", c.Speed)
	}
	o.A, o.B, o.Unplugged = to, phoneName, true
	from, other := c.FromHeadunit, hostName
	if to == hostName {
		from, other = c.FromHost, headunitName
	}
	if slices.Contains(s.Keys(), "from-"+other) {
		return o, s.Errorf("from-"+other, "there is no %s at this cable, but a %s", other, to)
	}
	var err error
	if o.AB, err = from.over(c); err != nil {
		return o, s.Errorf("from-"+to, "%v", err)
	}
	if o.BA, err = c.FromPhone.over(c); err != nil {
		return o, s.Errorf("from-phone", "%v", err)
	}
	return o, nil
}

func (i impairments) over(c cableSettings) (sim.Impairments, error) {
	im := sim.Impairments{
		Latency: i.Latency, Jitter: i.Jitter, Bandwidth: i.Bandwidth,
		Loss: i.Loss, Duplicate: i.Duplicate, Reorder: i.Reorder, BitError: i.BitError, ReorderDelay: i.ReorderDelay,
	}
	if im.Latency == 0 {
		im.Latency = c.Latency
	}
	if im.Jitter == 0 {
		im.Jitter = c.Jitter
	}
	if im.Bandwidth == 0 {
		im.Bandwidth = c.Bandwidth
	}
	for _, f := range i.Faults {
		im.Faults = append(im.Faults, sim.Fault(f))
	}
	if err := im.Check(); err != nil {
		return im, fmt.Errorf("cable: %w", err)
	}
	return im, nil
}
