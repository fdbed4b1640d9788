package sim

import (
	"fmt"
	"time"
)

// Impairments say what one direction of a link does to the packets that pass.
// The zero value is a perfect link. Chances run from 0 to 1 and are drawn for
// each packet from the world's seed.
type Impairments struct {
	Latency   time.Duration // how long a packet is under way
	Jitter    time.Duration // up to this much more, evenly spread; order is kept
	Bandwidth int64         // bytes a second; 0 is without limit

	Loss      float64 // chance that a packet is lost
	Duplicate float64 // chance that it arrives twice
	Reorder   float64 // chance that later packets overtake it
	BitError  float64 // chance that one of its bits is flipped

	// ReorderDelay is how long an overtaken packet is held back. The default is
	// four times Latency plus Jitter, and at least a millisecond.
	ReorderDelay time.Duration

	Faults []Fault // single events, each at its own place
}

// FaultKind is what a [Fault] does.
type FaultKind string

// The kinds of fault.
const (
	Drop    FaultKind = "drop"    // lose the packet
	Repeat  FaultKind = "repeat"  // deliver it twice
	Delay   FaultKind = "delay"   // hold it back for For; later packets overtake it
	Corrupt FaultKind = "corrupt" // flip bit number Bit of the packet
	Stall   FaultKind = "stall"   // hold it and all that follow back for For
	Unplug  FaultKind = "unplug"  // pull the cable before the packet arrives
)

// A Fault is one thing that goes wrong at one place: at a packet, a byte or a
// time, whichever is set. A fault happens once, or Times times in a row.
type Fault struct {
	Kind   FaultKind
	Packet int           // the n-th packet of this direction, from 1
	Byte   int64         // the packet that carries the n-th byte, from 1
	At     time.Duration // the first packet at or after this time; an Unplug needs no packet
	For    time.Duration // length of a Delay or Stall
	Bit    int           // bit that Corrupt flips, counted from the packet's first; negative: from its end
	Times  int           // how many packets in a row; 0 means 1
}

// Check reports what is wrong with the impairments: a chance outside of 0 to 1,
// a negative time, or a fault that is not at exactly one place or lacks a length.
func (im *Impairments) Check() error {
	for _, c := range []struct {
		name string
		v    float64
	}{{"loss", im.Loss}, {"duplicate", im.Duplicate}, {"reorder", im.Reorder}, {"bit error", im.BitError}} {
		if !(c.v >= 0 && c.v <= 1) { // not a number, too
			return fmt.Errorf("sim: %s is %v; a chance runs from 0 to 1", c.name, c.v)
		}
	}
	if im.Latency < 0 || im.Jitter < 0 || im.Bandwidth < 0 || im.ReorderDelay < 0 {
		return fmt.Errorf("sim: latency %v, jitter %v, bandwidth %d, reorder delay %v: none may be negative",
			im.Latency, im.Jitter, im.Bandwidth, im.ReorderDelay)
	}
	for i := range im.Faults {
		f := &im.Faults[i]
		if err := f.check(); err != nil {
			return fmt.Errorf("sim: fault %d (%s) %w", i, f.Kind, err)
		}
	}
	return nil
}

func (f *Fault) check() error {
	places := 0
	for _, set := range []bool{f.Packet != 0, f.Byte != 0, f.At != 0} {
		if set {
			places++
		}
	}
	switch {
	case !f.Kind.known():
		return fmt.Errorf("is of no known kind; want drop, repeat, delay, corrupt, stall or unplug")
	case f.Packet < 0 || f.Byte < 0 || f.At < 0:
		return fmt.Errorf("is at packet %d, byte %d, time %v: none may be negative", f.Packet, f.Byte, f.At)
	case places == 0:
		return fmt.Errorf("has no place: set packet, byte or time above 0")
	case places > 1:
		return fmt.Errorf("has %d places: set one of packet %d, byte %d and time %v", places, f.Packet, f.Byte, f.At)
	case f.For < 0 || f.Times < 0:
		return fmt.Errorf("lasts %v, %d times: neither may be negative", f.For, f.Times)
	case f.For == 0 && (f.Kind == Delay || f.Kind == Stall):
		return fmt.Errorf("has no length: set for above 0")
	}
	return nil
}

func (k FaultKind) known() bool {
	switch k {
	case Drop, Repeat, Delay, Corrupt, Stall, Unplug:
		return true
	}
	return false
}
