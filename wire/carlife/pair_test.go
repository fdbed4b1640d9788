package carlife

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair joins a phone and a head unit by encoded bytes, cut as cut says, in
// virtual time.
type pair struct {
	t     require.TestingT
	p     *Phone
	v     *Vehicle
	now   time.Duration
	muxed bool
	cut   func(n int) int // how many of n bytes to deliver at once
	up    [7]feeder       // HU to MD; index 0 is the mux
	down  [7]feeder       // MD to HU

	ladder []string
	pev    []Event
	vev    []Event
	wire   []byte // all bytes in the order sent, both directions
}

func newPair(t require.TestingT, po PhoneOptions, vo VehicleOptions) *pair {
	p, err := NewPhone(po)
	require.NoError(t, err)
	v, err := NewVehicle(vo)
	require.NoError(t, err)
	b := &pair{t: t, p: p, v: v, muxed: v.opt.Connection.Muxed(), cut: func(n int) int { return n }}
	for _, side := range []*[7]feeder{&b.up, &b.down} {
		side[0] = NewMuxDecoder(DefaultLimits(po.Profile))
		for _, c := range Channels {
			side[c] = NewChannelDecoder(c, DefaultLimits(po.Profile))
		}
	}
	return b
}

// connect starts both ends and lets them talk until nothing moves.
func (b *pair) connect() *pair {
	b.p.Start(b.now)
	b.v.Start(b.now)
	b.pump()
	return b
}

// pump moves bytes until both ends are quiet.
func (b *pair) pump() {
	for moved := true; moved; {
		moved = b.move(b.v.NextOutput, &b.up, "hu", b.p.Feed, b.p.Fail)
		moved = b.move(b.p.NextOutput, &b.down, "md", b.v.Feed, b.v.Fail) || moved
		b.collect()
	}
}

func (b *pair) move(next func() (Output, bool), decs *[7]feeder, who string, feed func(time.Duration, Message), fail func(time.Duration, error)) bool {
	moved := false
	for o, ok := next(); ok; o, ok = next() {
		moved = true
		var raw []byte
		var err error
		i := Channel(0)
		if b.muxed {
			raw, err = o.AppendMux(nil)
		} else {
			i = o.Carrier()
			raw, err = o.AppendTo(nil)
		}
		require.NoError(b.t, err)
		b.wire = append(b.wire, raw...)
		b.ladder = append(b.ladder, fmt.Sprintf("%v %s %08X", b.now, who, uint32(o.ID)))
		for len(raw) > 0 {
			n := b.cut(len(raw))
			decs[i].Feed(raw[:n])
			raw = raw[n:]
			for {
				m, ok, err := decs[i].Next()
				if err != nil {
					fail(b.now, err)
					b.collect()
					break
				}
				if !ok {
					break
				}
				feed(b.now, m)
				b.collect()
			}
		}
	}
	return moved
}

func (b *pair) collect() {
	for ev := b.p.Poll(); ev != nil; ev = b.p.Poll() {
		b.pev = append(b.pev, keep(ev))
	}
	for ev := b.v.Poll(); ev != nil; ev = b.v.Poll() {
		b.vev = append(b.vev, keep(ev))
	}
}

// keep copies what an event has only borrowed.
func keep(ev Event) Event {
	switch e := ev.(type) {
	case *Frame:
		c := *e
		c.Data = bytes.Clone(e.Data)
		return &c
	case *AudioData:
		c := *e
		c.Data = bytes.Clone(e.Data)
		return &c
	}
	return ev
}

// run lets time pass, deadline by deadline.
func (b *pair) run(d time.Duration) *pair {
	end := b.now + d
	for {
		b.pump()
		next := end + 1
		for _, dl := range []func() (time.Duration, bool){b.p.Deadline, b.v.Deadline} {
			if at, ok := dl(); ok && at < next {
				next = at
			}
		}
		if next > end {
			b.now = end
			return b
		}
		b.now = max(b.now, next)
		b.v.Tick(b.now)
		b.p.Tick(b.now)
		b.collect()
	}
}

// ids lists the messages sent so far, as "hu 00018001".
func (b *pair) ids() []string {
	var s []string
	for _, l := range b.ladder {
		s = append(s, l[strings.IndexByte(l, ' ')+1:])
	}
	return s
}

// events of one type.
func all[T Event](evs []Event) (out []T) {
	for _, e := range evs {
		if x, ok := e.(T); ok {
			out = append(out, x)
		}
	}
	return out
}

// rules lists the violations among evs.
func rules(evs []Event) (out []Rule) {
	for _, v := range all[Violation](evs) {
		out = append(out, v.Rule)
	}
	return out
}

// frame makes a small video frame.
func keyFrame(t testing.TB) []byte {
	return newSource(t, VideoOptions{FrameSize: 200, KeySize: 400}).Next()
}

func frames(evs []Event) [][]byte {
	var out [][]byte
	for _, f := range all[*Frame](evs) {
		out = append(out, f.Data)
	}
	return out
}
