package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// duplex is two engines with a perfect wire, for measurements.
type duplex struct {
	ends [2]*Engine
	now  time.Duration
	got  int // payload bytes delivered
}

func newDuplex(t testing.TB, accessory, device Config) *duplex {
	d := &duplex{ends: [2]*Engine{New(Accessory, accessory), New(Device, device)}}
	for _, e := range d.ends {
		e.Start(0)
	}
	d.move()
	require.Equal(t, StateUp, d.ends[0].State())
	require.Equal(t, StateUp, d.ends[1].State())
	return d
}

// move carries packets until there are none.
func (d *duplex) move() {
	for moved := true; moved; {
		moved = false
		for i, e := range d.ends {
			peer := d.ends[1-i]
			for b, ok := e.NextOutput(); ok; b, ok = e.NextOutput() {
				peer.Feed(d.now, b)
				for ev, ok := peer.Poll(); ok; ev, ok = peer.Poll() {
					d.got += len(ev.Payload)
				}
				moved = true
			}
		}
	}
}

func TestSteadyPathAllocatesNothing(t *testing.T) {
	acked, zero := MH2pUSB(), CarkitZeroAck()
	zero.Syn.Sessions[0].ID = 1
	for name, c := range map[string]Config{"acknowledged": acked, "zero-ack": zero} {
		t.Run(name, func(t *testing.T) {
			d := newDuplex(t, c, Config{})
			short, long := make([]byte, 20), make([]byte, 30000) // the long one is split
			step := func() {
				for _, e := range d.ends {
					for range 7 {
						if err := e.Send(d.now, 1, short); err != nil {
							t.Fatal(err)
						}
					}
					if err := e.Send(d.now, 1, long); err != nil {
						t.Fatal(err)
					}
				}
				d.move()
				d.now += 200 * time.Millisecond
				for _, e := range d.ends {
					e.Tick(d.now)
					_, _ = e.Deadline()
				}
				d.move()
			}
			for range 300 { // numbers wrap, buffers grow
				step()
			}
			d.got = 0
			require.Zero(t, testing.AllocsPerRun(100, step))
			require.Equal(t, 101*2*(7*20+30000), d.got)
		})
	}
}

// Loss costs no memory either.
func TestRecoveryAllocatesNothing(t *testing.T) {
	s := upDevice(t)
	payload := make([]byte, 100)
	var raw [4][]byte
	seq, own := uint8(10), uint8(200)
	step := func() {
		_ = s.Send(s.now, 1, payload)
		for i := range raw {
			p := Packet{Control: ControlACK, Seq: seq + uint8(i) + 1, Ack: own, Session: 1, Payload: payload}
			raw[i], _ = p.AppendTo(raw[i][:0])
		}
		for _, i := range [...]int{1, 3, 3, 2, 0, 1} { // holes, duplicates
			s.Feed(s.now, raw[i])
			for _, ok := s.NextOutput(); ok; _, ok = s.NextOutput() {
			}
		}
		for _, ok := s.Poll(); ok; _, ok = s.Poll() {
		}
		seq += 4
		s.now += time.Second
		s.Tick(s.now) // a retransmission
		for _, ok := s.NextOutput(); ok; _, ok = s.NextOutput() {
		}
		own++
	}
	for range 300 {
		step()
	}
	require.Zero(t, testing.AllocsPerRun(100, step))
	require.Equal(t, StateUp, s.State())
	require.NotZero(t, s.Counters().Retransmissions)
	require.NotZero(t, s.Counters().OutOfOrder)
}
