package link

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var rst = Packet{Control: ControlRST}

func TestResetReceived(t *testing.T) {
	a := upAccessory(t)
	a.send("lost")
	a.out()
	a.feed(data(202, 10, "early, lost"), rst)
	require.Equal(t, []string{"down: peer reset"}, a.events())
	require.Empty(t, a.out(), "an RST is not answered")
	require.ErrorIs(t, a.Send(0, 1, []byte("x")), ErrNotUp)
	a.feed(rst, rst)
	a.pass(DefaultResetPause)
	require.Equal(t, []string{"marker"}, a.out())

	d := upDevice(t)
	d.feed(rst)
	require.Equal(t, []string{"down: peer reset"}, d.events())
	require.Equal(t, []string{"marker"}, d.out(), "a device listens at once")
	d.feed(rst, rst)
	require.Empty(t, d.events())
	d.Tick(DefaultDetectTimeout - 1)
	require.Empty(t, d.events())
	d.Tick(DefaultDetectTimeout)
	require.Equal(t, []string{"down: gave up"}, d.events(), "but not for ever")

	d = newSolo(t, Device, Config{})
	d.feed(synOf(10, testTerms()), rst)
	require.Equal(t, []string{"detected", "down: peer reset"}, d.events(), "in the handshake too")
}

func TestReset(t *testing.T) {
	a := upAccessory(t)
	a.send("x")
	a.out()
	a.Reset(0)
	require.Equal(t, []string{"RST seq=0b ack=00"}, a.out(), "the number sent last")
	require.Equal(t, []string{"down: local reset"}, a.events())
	a.Reset(0)
	require.Empty(t, a.out(), "once is enough")
	require.Empty(t, a.events())

	a = newSolo(t, Accessory, Config{})
	a.out()
	a.Reset(0)
	require.Empty(t, a.out(), "nobody knows of a link")
	require.Equal(t, []string{"down: local reset"}, a.events())

	a = &solo{Engine: New(Accessory, Config{}), t: t}
	a.Reset(0)
	a.quiet()
}

func TestClose(t *testing.T) {
	a := upAccessory(t)
	a.Close(0)
	a.Close(0)
	require.Equal(t, []string{"RST seq=0a ack=00"}, a.out())
	require.Equal(t, []string{"down: closed"}, a.events())
	require.Equal(t, StateIdle, a.State())
	a.Feed(time.Minute, AppendMarker(nil))
	a.quiet()

	d := newSolo(t, Device, Config{})
	d.Close(0)
	require.Empty(t, d.out(), "nobody knows of a link")
	require.Equal(t, []string{"down: closed"}, d.events())
}

// Start is for a fresh transport: nothing is said on the new one about the old.
func TestStartAgain(t *testing.T) {
	a := upAccessory(t)
	a.send("x")
	a.Feed(0, packetBytes(t, data(201, 10, "a packet of which half"))[:20])
	a.Start(time.Minute)
	a.now = time.Minute
	require.Equal(t, []string{"down: closed"}, a.events())
	require.Equal(t, []string{"marker"}, a.out())
	a.Feed(a.now, AppendMarker(nil))
	require.Equal(t, []string{"SYN seq=0a ack=00 16 bytes"}, a.out(), "numbers begin anew")
}

// What was about to be said is not said in the next link.
func TestPendingOutputEndsWithTheLink(t *testing.T) {
	d := upDevice(t)
	d.feed(data(11, 200, "a"), data(11, 200, "a"), data(13, 200, "c")) // ACK and EAK are due
	d.Suspend(0)
	d.feed(rst, synOf(10, testTerms()))
	require.Equal(t, []string{"marker", "SYN|ACK seq=08 ack=0a 16 bytes"}, d.out())
	d.feed(ack(10, 8))
	require.Empty(t, d.out())
}

// However the device came back to waiting, it does not wait for ever.
func TestRestartedPeerMustFinish(t *testing.T) {
	bad := testTerms()
	bad.Version = 2
	for name, begin := range map[string][]byte{
		"marker":  AppendMarker(nil),
		"SYN":     packetBytes(t, synOf(10, testTerms())),
		"bad SYN": packetBytes(t, synOf(10, bad)),
	} {
		d := upDevice(t)
		d.Feed(time.Minute, begin)
		d.events()
		d.Tick(time.Minute + DefaultDetectTimeout - 1)
		require.Empty(t, d.events(), name)
		d.Tick(time.Minute + DefaultDetectTimeout)
		require.Equal(t, []string{"down: gave up"}, d.events(), name)
	}
	d := upDevice(t)
	d.cfg.RefuseSyn = true
	d.Feed(time.Minute, packetBytes(t, synOf(10, testTerms())))
	d.Tick(time.Minute + DefaultDetectTimeout)
	require.Equal(t, []string{"down: peer restarted", "detected", "down: unacceptable", "down: gave up"}, d.events())
}

// What was delivered before the link went down is still there.
func TestDataBeforeDownIsKept(t *testing.T) {
	d := upDevice(t)
	d.feed(data(11, 200, "kept"), rst)
	require.Equal(t, []string{`01 "kept"`, "down: peer reset"}, d.events())
}

func TestResetFaults(t *testing.T) {
	d := upDevice(t, func(c *Config) { c.ResetOnSend = 2 })
	d.send("1st")
	d.send("2nd")
	require.Equal(t, []string{`ACK seq=c9 ack=0a session=01 "1st"`, "RST seq=c9 ack=00"}, d.out())
	require.Equal(t, []string{"down: local reset"}, d.events())
	d.pass(DefaultResetPause)
	d.feed(synOf(10, testTerms()))
	d.feed(ack(10, uint8(d.isn)))
	d.events()
	d.out()
	d.send("3rd")
	d.send("4th")
	require.Len(t, d.out(), 2, "only once")
	d.Start(d.now)
	d.feed(synOf(10, testTerms()))
	d.feed(ack(10, 200))
	d.out()
	d.send("1st")
	d.send("2nd")
	require.Equal(t, []string{`ACK seq=c9 ack=0a session=01 "1st"`, "RST seq=c9 ack=00"}, d.out(), "again after Start")

	d = upDevice(t, func(c *Config) { c.ResetOnReceive = 2 })
	d.feed(data(11, 200, "1st"), data(12, 200, "2nd"), data(13, 200, "3rd"))
	require.Equal(t, []string{`01 "1st"`, "down: local reset"}, d.events())
	require.Equal(t, []string{"RST seq=c8 ack=00"}, d.out())
}

// After every way to lose a link both sides report it, and both come up again
// and exchange data, even if the RST itself is lost.
func TestBothSidesReportAndRecover(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cause func(p *pipe)
		why   [2]Reason // accessory, device
	}{
		{"accessory resets", func(p *pipe) { p.ends[0].Reset(p.now) }, [2]Reason{LocalReset, PeerReset}},
		{"device resets", func(p *pipe) { p.ends[1].Reset(p.now) }, [2]Reason{PeerReset, LocalReset}},
		{"accessory resets, RST lost", func(p *pipe) { p.ends[0].Reset(p.now); p.ends[0].NextOutput() }, [2]Reason{LocalReset, PeerRestarted}},
		{"device resets, RST lost", func(p *pipe) { p.ends[1].Reset(p.now); p.ends[1].NextOutput() }, [2]Reason{PeerRestarted, LocalReset}},
		{"both reset, RSTs lost", func(p *pipe) {
			for _, e := range p.ends {
				e.Reset(p.now)
				e.NextOutput()
			}
		}, [2]Reason{LocalReset, LocalReset}},
		{"accessory begins anew", func(p *pipe) { p.ends[0].Start(p.now) }, [2]Reason{Closed, PeerRestarted}},
		{"device begins anew", func(p *pipe) { p.ends[1].Start(p.now); p.ends[1].sendMarker() }, [2]Reason{PeerRestarted, Closed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPipe(t, Config{Syn: testTerms()}, Config{})
			p.run(10 * time.Second)
			for i, e := range p.ends {
				require.NoError(t, e.Send(p.now, 1, fmt.Appendf(nil, "before %d", i)))
			}
			p.run(20 * time.Second)
			p.events = [2][]Event{}
			tt.cause(p)
			p.run(40 * time.Second)
			for i, e := range p.ends {
				require.Equal(t, StateUp, e.State())
				require.NoError(t, e.Send(p.now, 1, fmt.Appendf(nil, "after %d", i)))
			}
			p.run(50 * time.Second)
			for i := range p.ends {
				require.Equal(t, Event{Kind: Down, Reason: tt.why[i]}, p.events[i][0])
				require.Equal(t, []EventKind{Down, Detected, Up, Data}, kinds(p.events[i]))
				require.Equal(t, []string{fmt.Sprintf("after %d", 1-i)}, p.received(i))
			}
		})
	}
}

func kinds(events []Event) (out []EventKind) {
	for _, ev := range events {
		out = append(out, ev.Kind)
	}
	return out
}

// Packets of the old link that arrive in the new one are not delivered and
// acknowledge nothing, wherever they come from in the last numbers of the old.
func TestStalePacketsAfterReset(t *testing.T) {
	for _, first := range []uint8{0, 10, 100, 200, 250} {
		d := upDevice(t, func(c *Config) { c.Syn.MaxOutstanding = 64 })
		seq, own := uint8(10), uint8(200)
		var old []Packet
		for range 60 { // the old link, both ways
			d.send("x")
			d.out()
			own++
			seq++
			old = append(old, data(seq, own, "old"), ack(seq, own))
			d.feed(old[len(old)-2:]...)
			d.events()
		}
		d.out()
		d.now = time.Minute
		syn := testTerms()
		d.feed(synOf(first, syn))
		d.out()
		d.feed(ack(first, uint8(d.isn)))
		d.events()
		for n := range 60 { // the new link makes its way, old packets come in between
			d.send("y")
			d.out()
			before := d.snd.inflight
			d.feed(old[2*n:]...)
			for _, ev := range d.events() {
				require.Contains(t, ev, "violated", "first %d, packet %d", first, n)
			}
			require.Equal(t, before, d.snd.inflight, "first %d, packet %d", first, n)
			d.feed(data(first+uint8(n)+1, uint8(d.isn)+uint8(n)+1, "new"))
			require.Contains(t, d.events(), `01 "new"`, "first %d, packet %d", first, n)
			d.out()
		}
	}
}
