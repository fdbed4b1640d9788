package sim

import (
	"fmt"
	"math/rand/v2"
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
// a negative time, or a fault without a place.
func (im *Impairments) Check() error {
	for _, c := range []struct {
		name string
		v    float64
	}{{"loss", im.Loss}, {"duplicate", im.Duplicate}, {"reorder", im.Reorder}, {"bit error", im.BitError}} {
		if c.v < 0 || c.v > 1 {
			return fmt.Errorf("sim: %s is %v; a chance runs from 0 to 1", c.name, c.v)
		}
	}
	if im.Latency < 0 || im.Jitter < 0 || im.Bandwidth < 0 || im.ReorderDelay < 0 {
		return fmt.Errorf("sim: latency %v, jitter %v, bandwidth %d, reorder delay %v: none may be negative",
			im.Latency, im.Jitter, im.Bandwidth, im.ReorderDelay)
	}
	for i, f := range im.Faults {
		switch f.Kind {
		case Drop, Repeat, Delay, Corrupt, Stall, Unplug:
		default:
			return fmt.Errorf("sim: fault %d has kind %q; want drop, repeat, delay, corrupt, stall or unplug", i, f.Kind)
		}
		if f.Packet <= 0 && f.Byte <= 0 && f.At <= 0 {
			return fmt.Errorf("sim: fault %d (%s) has no place: set packet, byte or time above 0", i, f.Kind)
		}
	}
	return nil
}

// Fate is what becomes of one packet.
type Fate struct {
	Copies  int              // 0 is lost, 2 is duplicated
	At      [2]time.Duration // when each copy arrives
	Flip    int              // bit to flip in what arrives, or -1
	Unplug  bool             // the cable is pulled instead
	Comment string           // the fault's kind where one struck, for traces
}

// A Path decides the fate of the packets of one direction. It holds no packet
// itself: [World.Link] and the USB cable do.
type Path struct {
	w      *World
	im     Impairments
	rnd    *rand.Rand
	struck []int // how often each fault has struck
	count  int
	bytes  int64
	free   time.Duration // when the wire has sent all it was given
	last   time.Duration // latest arrival so far, to keep order
	perf   bool
}

// NewPath makes a path. Its random stream is named after it.
func (w *World) NewPath(name string, im Impairments) *Path {
	p := &Path{w: w}
	p.rnd = w.Rand("path " + name)
	p.Set(im)
	return p
}

// Set changes the impairments from the next packet on. Faults count packets
// and bytes from the path's beginning, not from here.
func (p *Path) Set(im Impairments) {
	p.im = im
	p.im.Faults = append([]Fault(nil), im.Faults...)
	p.struck = make([]int, len(im.Faults))
	p.perf = im.Latency == 0 && im.Jitter == 0 && im.Bandwidth == 0 && im.Loss == 0 &&
		im.Duplicate == 0 && im.Reorder == 0 && im.BitError == 0 && len(im.Faults) == 0
}

// Perfect reports whether packets pass at once and whole.
func (p *Path) Perfect() bool { return p.perf && p.free <= p.w.now && p.last <= p.w.now }

// Unplugs returns the times at which faults pull the cable whether a packet
// passes or not.
func (p *Path) Unplugs() []time.Duration {
	var at []time.Duration
	for _, f := range p.im.Faults {
		if f.Kind == Unplug && f.At > 0 && f.Packet == 0 && f.Byte == 0 {
			at = append(at, f.At)
		}
	}
	return at
}

// Counts returns the packets and bytes given to the path so far.
func (p *Path) Counts() (packets int, bytes int64) { return p.count, p.bytes }

// Carry decides what becomes of a packet of n bytes sent now.
func (p *Path) Carry(n int) Fate {
	p.count++
	first := p.bytes + 1
	p.bytes += int64(n)
	now := p.w.now
	fate := Fate{Copies: 1, Flip: -1}
	if p.perf {
		at := max(now, p.last)
		fate.At = [2]time.Duration{at, at}
		return fate
	}

	im := &p.im
	depart := max(now, p.free)
	if im.Bandwidth > 0 {
		depart += time.Duration(float64(n) / float64(im.Bandwidth) * float64(time.Second))
	}
	p.free = depart
	at := depart + im.Latency
	if im.Jitter > 0 {
		at += time.Duration(p.rnd.Int64N(int64(im.Jitter) + 1))
	}
	at = max(at, p.last)

	late := time.Duration(0)
	if p.chance(im.Loss) {
		fate.Copies = 0
		fate.Comment = "lost"
	}
	if p.chance(im.Duplicate) {
		fate.Copies *= 2
		fate.Comment = "duplicated"
	}
	if p.chance(im.Reorder) {
		late = im.ReorderDelay
		if late == 0 {
			late = max(4*(im.Latency+im.Jitter), time.Millisecond)
		}
		fate.Comment = "reordered"
	}
	if n > 0 && p.chance(im.BitError) {
		fate.Flip = p.rnd.IntN(8 * n)
		fate.Comment = "bit error"
	}
	for i := range im.Faults {
		f := &im.Faults[i]
		if !p.strikes(i, f, first) {
			continue
		}
		fate.Comment = string(f.Kind)
		switch f.Kind {
		case Drop:
			fate.Copies = 0
		case Repeat:
			fate.Copies = 2
		case Delay:
			late += f.For
		case Corrupt:
			if n > 0 {
				fate.Flip = ((f.Bit % (8 * n)) + 8*n) % (8 * n)
			}
		case Stall:
			at += f.For
			p.free = max(p.free, at-im.Latency)
		case Unplug:
			fate.Unplug = true
			fate.Copies = 0
		}
	}
	if late == 0 {
		p.last = at
	}
	fate.At = [2]time.Duration{at + late, at + late}
	return fate
}

func (p *Path) chance(c float64) bool { return c > 0 && p.rnd.Float64() < c }

// strikes reports whether fault i hits the packet now given, whose first byte
// has the number first.
func (p *Path) strikes(i int, f *Fault, first int64) bool {
	done := p.struck[i]
	if done >= max(f.Times, 1) {
		return false
	}
	here := done > 0 // a run of packets goes on
	switch {
	case here:
	case f.Packet > 0:
		here = p.count == f.Packet
	case f.Byte > 0:
		here = first <= f.Byte && f.Byte <= p.bytes
	default:
		here = p.w.now >= f.At
	}
	if here {
		p.struck[i]++
	}
	return here
}
