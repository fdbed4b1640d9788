package usbmux

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rig is a host and a device on a cable, in virtual time.
type rig struct {
	t            testing.TB
	host, device *Engine
	now          time.Duration
	log          []string // events, "host: ..." and "device: ..."
	accept       func(*Conn)
	onEvent      func(*Engine, Event)
	sent         [2]int // packets, by role
	transfers    [][]byte
	record       bool
	readSize     int
	maxPackets   int
}

// newRig makes both ends and brings them up.
func newRig(t testing.TB, host, device Config) *rig {
	r := &rig{t: t, host: New(Host, host), device: New(Device, device), readSize: ReadSize, maxPackets: 100000}
	r.accept = func(c *Conn) { _ = c.Accept(r.now) }
	r.device.Start(r.now)
	r.host.Start(r.now)
	r.run()
	return r
}

// run passes transfers to and fro until both are quiet.
func (r *rig) run() {
	for n := 0; ; n++ {
		moved := r.step(r.host, r.device)
		moved = r.step(r.device, r.host) || moved
		if !moved {
			return
		}
		if n > r.maxPackets {
			return
		}
	}
}

// step passes one transfer on.
func (r *rig) step(from, to *Engine) bool {
	r.poll(from)
	b, ok := from.NextOutput()
	r.poll(from)
	if !ok {
		return false
	}
	r.sent[from.Role()]++
	if r.record {
		r.transfers = append(r.transfers, append([]byte(nil), b...))
	}
	for chunk := range Chunks(b, r.readSize, 512) {
		to.Feed(r.now, chunk)
		r.poll(to)
	}
	return true
}

func (r *rig) poll(e *Engine) {
	for ev, ok := e.Poll(); ok; ev, ok = e.Poll() {
		r.log = append(r.log, fmt.Sprintf("%v: %v", e.Role(), ev))
		if ev.Kind == Incoming && r.accept != nil {
			r.accept(ev.Conn)
		}
		if r.onEvent != nil {
			r.onEvent(e, ev)
		}
	}
}

// tick lets time pass at both ends, deadline by deadline.
func (r *rig) tick(d time.Duration) {
	for end := r.now + d; ; {
		next := end
		for _, e := range []*Engine{r.host, r.device} {
			if at, ok := e.Deadline(); ok && at < next {
				next = at
			}
		}
		r.now = max(next, r.now)
		r.host.Tick(r.now)
		r.device.Tick(r.now)
		r.run()
		if r.now >= end {
			return
		}
	}
}

// events returns what was logged since the last call.
func (r *rig) events() []string {
	log := r.log
	r.log = nil
	return log
}

// connect opens a connection and returns both its ends.
func (r *rig) connect(port uint16) (host, device *Conn) {
	r.t.Helper()
	var theirs *Conn
	old := r.accept
	r.accept = func(c *Conn) { theirs = c; require.NoError(r.t, c.Accept(r.now)) }
	ours, err := r.host.Open(r.now, port)
	require.NoError(r.t, err)
	r.run()
	r.accept = old
	require.Equal(r.t, ConnEstablished, ours.State())
	require.NotNil(r.t, theirs)
	require.Equal(r.t, ConnEstablished, theirs.State())
	r.log = nil
	return ours, theirs
}

func (r *rig) read(c *Conn) string {
	b := make([]byte, c.Buffered())
	n := c.Read(r.now, b)
	r.run()
	return string(b[:n])
}

func (r *rig) write(c *Conn, s string) {
	r.t.Helper()
	n, err := c.Write(r.now, []byte(s))
	require.NoError(r.t, err)
	require.Equal(r.t, len(s), n)
	r.run()
}

// packet feeds an end a packet of our own making, in version 2.
func (r *rig) packet(to *Engine, p Packet) {
	r.t.Helper()
	b, err := p.AppendTo(nil, 2)
	require.NoError(r.t, err)
	to.Feed(r.now, b)
	r.poll(to)
}
