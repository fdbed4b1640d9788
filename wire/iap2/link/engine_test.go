package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pipe joins two engines by a perfect wire without delay and collects events.
type pipe struct {
	t      testing.TB
	now    time.Duration
	ends   [2]*Engine // accessory, device
	events [2][]Event
	wire   [2][][]byte // what each end sent
}

func newPipe(t testing.TB, accessory, device Config) *pipe {
	p := &pipe{t: t, ends: [2]*Engine{New(Accessory, accessory), New(Device, device)}}
	for _, e := range p.ends {
		e.Start(0)
	}
	p.settle()
	return p
}

// settle moves bytes until both ends are quiet.
func (p *pipe) settle() {
	for moved := true; moved; {
		moved = false
		for i, e := range p.ends {
			for b, ok := e.NextOutput(); ok; b, ok = e.NextOutput() {
				moved = true
				p.wire[i] = append(p.wire[i], append([]byte(nil), b...))
				p.ends[1-i].Feed(p.now, b)
			}
		}
		p.poll()
	}
}

func (p *pipe) poll() {
	for i, e := range p.ends {
		for ev, ok := e.Poll(); ok; ev, ok = e.Poll() {
			ev.Payload = append([]byte(nil), ev.Payload...)
			p.events[i] = append(p.events[i], ev)
		}
	}
}

// run lets time pass, deadline by deadline.
func (p *pipe) run(until time.Duration) {
	p.settle()
	for {
		next := until
		for _, e := range p.ends {
			if at, ok := e.Deadline(); ok {
				next = min(next, at)
			}
		}
		p.now = max(p.now, next)
		for _, e := range p.ends {
			e.Tick(p.now)
		}
		p.settle()
		if p.now >= until {
			return
		}
	}
}

func (p *pipe) received(end int) (data []string) {
	for _, ev := range p.events[end] {
		if ev.Kind == Data {
			data = append(data, string(ev.Payload))
		}
	}
	return data
}

func TestHandshakeAndData(t *testing.T) {
	p := newPipe(t, DJIGoggles(), Config{InitialSeq: func() uint8 { return 0xac }})
	require.Equal(t, StateUp, p.ends[0].State())
	require.Equal(t, StateUp, p.ends[1].State())
	require.NoError(t, p.ends[0].Send(p.now, 0x0a, []byte("hello")))
	require.NoError(t, p.ends[1].Send(p.now, 0x0a, []byte("world")))
	p.run(time.Second)
	require.Equal(t, []string{"hello"}, p.received(1))
	require.Equal(t, []string{"world"}, p.received(0))
	for _, e := range p.ends {
		require.Zero(t, e.Counters().Retransmissions)
		require.Zero(t, e.Counters().Violations)
		_, ok := e.Deadline()
		require.False(t, ok, "an idle link waits for nothing")
	}
	p.ends[0].Reset(p.now)
	p.run(2 * time.Second)
	require.Equal(t, StateUp, p.ends[0].State())
	require.Equal(t, StateUp, p.ends[1].State())
	require.Equal(t, uint64(2), p.ends[1].Counters().Ups)
}

// Over HID each packet begins a fresh report, and the rest of its last report
// is padding.
func TestHID(t *testing.T) {
	d := newSolo(t, Device, Config{HID: true})
	report := func(p Packet) []byte { return append(packetBytes(t, p), 0xff, 0x5a, 0, 0) }
	d.Feed(0, append(AppendMarker(nil), 0, 0))
	d.Feed(0, report(synOf(10, testTerms())))
	d.Feed(0, report(ack(10, 0)))
	d.Feed(0, report(data(11, 0, "a")))
	require.Equal(t, []string{"detected", "up", `01 "a"`}, d.events())
}
