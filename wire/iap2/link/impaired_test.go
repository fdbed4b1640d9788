package link

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var seeds = flag.Int("seeds", 0, "seeds of TestImpairedLink; 0 means 300, or 60 with -short")

// impairedLink builds everything about a run from its seed.
func impairedLink(seed uint64) *lossyLink {
	rng := rand.New(rand.NewPCG(seed, 0x1a92))
	l := &lossyLink{rng: rng}
	some := func(most float64) float64 { // often none, else up to most
		if rng.IntN(3) == 0 {
			return 0
		}
		return rng.Float64() * most
	}

	accessory := Config{Syn: Syn{
		Version:            1,
		MaxOutstanding:     uint8(1 + rng.IntN(64)),
		MaxLength:          uint16(64 + rng.IntN(960)),
		RetransmitTimeout:  time.Duration(400+rng.IntN(1600)) * time.Millisecond,
		AckTimeout:         time.Duration(rng.IntN(100)) * time.Millisecond,
		MaxRetransmissions: uint8(3 + rng.IntN(28)),
		Sessions: []Session{{0x0a, SessionControl, 1}, {0x0b, SessionExternalAccessory, 1},
			{0x0c, SessionFileTransfer, 2}},
	}, Eager: rng.IntN(2) == 0, DetectTimeout: -1, ResetPause: time.Duration(1+rng.IntN(200)) * time.Millisecond}
	accessory.Syn.MaxCumulativeAcks = uint8(1 + rng.IntN(min(6, int(accessory.Syn.MaxOutstanding))))
	accessory.DetectInterval = time.Duration(50+rng.IntN(950)) * time.Millisecond
	accessory.SynInterval = time.Duration(50+rng.IntN(950)) * time.Millisecond
	device := Config{DetectTimeout: -1, Probe: rng.IntN(4) == 0, ResetPause: accessory.ResetPause,
		DetectInterval: accessory.DetectInterval, SynInterval: accessory.SynInterval}
	if rng.IntN(3) > 0 {
		device.Syn.MaxOutstanding = uint8(1 + rng.IntN(64))
		device.Syn.MaxLength = uint16(64 + rng.IntN(960))
	}
	if rng.IntN(2) == 0 {
		accessory.InitialSeq = func() uint8 { return uint8(rng.Uint32()) }
		device.InitialSeq = func() uint8 { return uint8(rng.Uint32()) }
	}
	l.ends = [2]*Engine{New(Accessory, accessory), New(Device, device)}

	for end := range l.wires {
		// The window of the receiver bounds how old a packet may get: twice the
		// window and the packets that overtake it must stay below 256.
		window := maxWindow
		if end == 1 {
			window = int(accessory.Syn.MaxOutstanding)
		} else if device.Syn.MaxOutstanding > 0 {
			window = int(device.Syn.MaxOutstanding)
		}
		l.wires[end] = channel{rng: rng, maxOvertaken: min(60, 255-2*window), impairment: impairment{
			loss: some(0.2), duplication: some(0.2), reordering: some(0.3), bitError: some(0.15), noise: some(0.1),
			heals:   3 * time.Minute, // a bad channel resets the link again and again
			latency: time.Duration(rng.IntN(20000)) * time.Microsecond,
			jitter:  time.Duration(1+rng.IntN([]int{1000, 20000, 80000, 400000}[rng.IntN(4)])) * time.Microsecond,
		}}
		if rng.IntN(8) == 0 {
			from := time.Duration(rng.IntN(5000)) * time.Millisecond
			l.wires[end].outages = []outage{{from, from + time.Duration(rng.IntN(20000))*time.Millisecond}}
		}
		l.apps[end] = app{
			total: 1 + rng.IntN([]int{4, 100, 1000}[rng.IntN(3)]), maxLength: 1 + rng.IntN(1500),
			pause: time.Duration(1+rng.IntN(50000)) * time.Microsecond, sessions: []uint8{0x0a, 0x0b, 0x0c},
		}
		if rng.IntN(4) == 0 {
			l.apps[end].resets = 1 + rng.IntN(20)
			l.apps[end].between = time.Duration(1+rng.IntN(4000)) * time.Millisecond
			l.apps[end].resetAt = time.Duration(rng.IntN(5000)) * time.Millisecond
		}
	}
	for _, e := range l.ends {
		e.Start(0)
	}
	return l
}

// TestImpairedLink sends random messages both ways over channels that lose,
// repeat, reorder and damage packets. Every byte must come once and in order, or
// both sides must report a reset and begin anew with fresh messages.
func TestImpairedLink(t *testing.T) {
	n := *seeds
	if n == 0 {
		n = 300
		if testing.Short() {
			n = 60
		}
	}
	var total Counters
	for seed := range uint64(n) {
		l := impairedLink(seed)
		require.NoError(t, l.run(10*time.Minute), "seed %d", seed)
		for _, e := range l.ends {
			c := e.Counters()
			total.DataReceived += c.DataReceived
			total.Retransmissions += c.Retransmissions
			total.Resends += c.Resends
			total.Duplicates += c.Duplicates
			total.OutOfOrder += c.OutOfOrder
			total.BadFrames += c.BadFrames
			total.Downs += c.Downs
		}
	}
	// The model must have tried everything.
	for _, v := range []uint64{total.DataReceived, total.Retransmissions, total.Resends, total.Duplicates,
		total.OutOfOrder, total.BadFrames, total.Downs} {
		require.NotZero(t, v, "%+v", total)
	}
	t.Logf("%d seeds: %+v", n, total)
}
