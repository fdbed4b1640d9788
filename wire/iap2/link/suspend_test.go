package link

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSuspendAndResume(t *testing.T) {
	p := newPipe(t, Config{Syn: testTerms()}, Config{})
	a, d := p.ends[0], p.ends[1]
	d.Suspend(p.now)
	p.settle()
	require.Equal(t, StateSuspended, a.State())
	require.Equal(t, "SLP|ACK seq=00 ack=00", render(p.wire[1][2]))
	require.Equal(t, "ACK seq=00 ack=00", render(p.wire[0][3]), "suspension is acknowledged")

	require.NoError(t, a.Send(p.now, 1, []byte("waits")))
	p.run(p.now + 1e10)
	require.Empty(t, p.received(1))
	_, waits := a.Deadline()
	require.False(t, waits, "no retransmission while suspended")

	require.NoError(t, d.Send(p.now, 1, []byte("wake")))
	p.run(p.now + 1e9)
	require.Equal(t, []string{"wake"}, p.received(0))
	require.Equal(t, []string{"waits"}, p.received(1))
	require.Equal(t, []EventKind{Detected, Up, Suspended, Resumed, Data}, kinds(p.events[0]))

	d.Suspend(p.now)
	p.settle()
	p.ends[0].Feed(p.now, packetBytes(t, rst))
	require.Equal(t, StatePausing, a.State(), "an RST ends a suspended link too")
}

func TestSuspendWithPacketsOutstanding(t *testing.T) {
	s := upAccessory(t)
	s.send("a")
	s.out()
	s.feed(Packet{Control: ControlACK | ControlSLP, Seq: 200, Ack: 10})
	s.out()
	s.events()
	s.now = 3600e9
	s.Tick(s.now)
	s.quiet()
	s.feed(ack(200, 10))
	require.Equal(t, []string{"resumed"}, s.events())
	require.Empty(t, s.out(), "the timeout begins again")
	s.pass(3601e9)
	require.Equal(t, []string{`ACK seq=0b ack=c8 session=01 "a"`}, s.out())
}
