package sim

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// Fate is what becomes of one packet.
type Fate struct {
	Copies  int              // 0 is lost, 2 is duplicated
	At      [2]time.Duration // when each copy arrives
	Flip    int              // bit to flip in what arrives, or -1; bit 0 is the first byte's highest
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
	part   uint64        // of a nanosecond beyond free, in 1/Bandwidth
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
	p.part = 0
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
	if p.perf {
		at := max(p.w.now, p.last)
		return Fate{Copies: 1, Flip: -1, At: [2]time.Duration{at, at}}
	}
	im := &p.im
	p.send(n)
	at := plus(p.free, im.Latency)
	if im.Jitter > 0 {
		at = plus(at, time.Duration(p.rnd.Uint64N(uint64(im.Jitter)+1)))
	}
	at = max(at, p.last)
	fate := Fate{Copies: 1, Flip: -1}
	late := p.draw(&fate, n)
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
			late = plus(late, f.For)
		case Corrupt:
			if n > 0 {
				fate.Flip = ((f.Bit % (8 * n)) + 8*n) % (8 * n)
			}
		case Stall:
			p.free = plus(p.free, f.For)
			at = plus(at, f.For)
		case Unplug:
			fate.Unplug = true
			fate.Copies = 0
		}
	}
	p.last = at
	at = plus(at, late)
	fate.At = [2]time.Duration{at, at}
	return fate
}

// send has the wire send n bytes after what it was given before. The exact time
// is kept, so that a busy wire carries Bandwidth bytes in a second whatever the
// size of the packets.
func (p *Path) send(n int) {
	if p.free < p.w.now {
		p.free, p.part = p.w.now, 0
	}
	bandwidth := uint64(p.im.Bandwidth)
	if p.im.Bandwidth <= 0 {
		return
	}
	hi, lo := bits.Mul64(uint64(n), uint64(time.Second))
	lo, carry := bits.Add64(lo, p.part, 0)
	if hi += carry; hi >= bandwidth {
		p.free = Never
		return
	}
	ns, part := bits.Div64(hi, lo, bandwidth)
	p.part = part
	p.free = plus(p.free, time.Duration(min(ns, uint64(Never))))
}

// draw draws what happens by chance, and returns how much later the packet
// arrives for it.
func (p *Path) draw(fate *Fate, n int) (late time.Duration) {
	im := &p.im
	if p.chance(im.Loss) {
		fate.Copies = 0
		fate.Comment = "lost"
	}
	if p.chance(im.Duplicate) && fate.Copies > 0 {
		fate.Copies = 2
		fate.Comment = "duplicated"
	}
	if p.chance(im.Reorder) {
		late = im.ReorderDelay
		if late == 0 {
			late = max(plus(im.Latency, im.Jitter), time.Millisecond/4)
			late = plus(plus(late, late), plus(late, late))
		}
		if fate.Copies > 0 {
			fate.Comment = "reordered"
		}
	}
	if n > 0 && p.chance(im.BitError) {
		fate.Flip = p.rnd.IntN(8 * n)
		if fate.Copies > 0 {
			fate.Comment = "bit error"
		}
	}
	return late
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

// clear returns when something sent now, that neither takes time nor meets an
// impairment, arrives behind what was sent before.
func (p *Path) clear() time.Duration {
	return max(plus(max(p.free, p.w.now), p.im.Latency), p.last)
}

// plus adds times up to Never.
func plus(a, b time.Duration) time.Duration {
	if b > Never-a {
		return Never
	}
	return a + b
}
