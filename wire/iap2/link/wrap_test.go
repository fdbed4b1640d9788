package link

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Numbers wrap around every 256 packets; 1,000 each way wrap four times, from
// any first number, for every window.
func TestWrapAround(t *testing.T) {
	for _, tt := range []struct {
		name              string
		accessory, device uint8 // first numbers
		window            uint8
		zeroAck           bool
	}{
		{"from 0", 0, 0, 5, false},
		{"from just below", 254, 255, 5, false},
		{"window 1", 100, 200, 1, false},
		{"window 127", 7, 130, 127, false},
		{"window 255 is 127", 0, 128, 255, false},
		{"zero-ack", 99, 101, 4, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, d := Config{Syn: testTerms()}, Config{Syn: Syn{MaxOutstanding: tt.window}}
			if tt.zeroAck {
				a = CarkitZeroAck()
				a.Syn.Sessions[0].ID = 1
			}
			a.Syn.MaxOutstanding = max(tt.window, a.Syn.MaxCumulativeAcks)
			a.InitialSeq = func() uint8 { return tt.accessory }
			d.InitialSeq = func() uint8 { return tt.device }
			p := newPipe(t, a, d)
			const n = 1000
			var sent, got [2]int
			for got != [2]int{n, n} {
				for i, e := range p.ends {
					for range 1 + (sent[i]*7+i)%13 { // bursts of different sizes
						if sent[i] == n {
							break
						}
						require.NoError(t, e.Send(p.now, 1, binary.BigEndian.AppendUint16(nil, uint16(sent[i]))))
						sent[i]++
					}
				}
				p.run(p.now + 50*time.Millisecond)
				for i := range p.events {
					for _, ev := range p.events[i] {
						if ev.Kind == Data {
							require.Equal(t, uint16(got[i]), binary.BigEndian.Uint16(ev.Payload))
							got[i]++
						}
					}
					p.events[i], p.wire[i] = nil, nil
				}
				require.Less(t, p.now, time.Hour)
			}
			p.run(p.now + time.Second)
			for i, e := range p.ends {
				c := e.Counters()
				require.Equal(t, uint64(n), c.DataSent)
				require.Equal(t, uint64(n), c.DataReceived)
				require.Zero(t, c.Retransmissions+c.Resends+c.Duplicates+c.Violations, "end %d: %+v", i, c)
			}
		})
	}
}
