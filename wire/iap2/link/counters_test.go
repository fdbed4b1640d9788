package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Every counter, over a link that goes through everything once.
func TestCounters(t *testing.T) {
	s := upDevice(t) // received: SYN and ACK; sent: SYN|ACK
	for _, v := range []string{"abc", "de", "f"} {
		s.send(v)
	}
	s.out()                                     // sent: 3 data
	s.feed(eak(10, 200, 202))                   // received: EAK
	s.out()                                     // sent: resend
	s.now = time.Second                         //
	s.Tick(s.now)                               //
	s.out()                                     // sent: retransmission
	s.feed(data(12, 203, "two"))                // received: data, early
	s.out()                                     // sent: EAK
	s.feed(data(11, 203, "1"))                  // received: data
	s.out()                                     // sent: ACK
	s.now = 5 * time.Second                     //
	s.feed(data(11, 203, "1"))                  // received: duplicate
	s.feed(data(17, 203, "6"))                  // received: data beyond the window, a violation
	s.Feed(s.now, []byte("noise"))              // bad frame, a violation
	s.feed(ack(12, 203))                        // received: ACK
	s.out()                                     // sent: ACK
	s.feed(Packet{Control: ControlRST, Seq: 1}) // received: RST
	require.Equal(t, Counters{
		PacketsSent: 9, PacketsReceived: 9,
		DataSent: 3, DataReceived: 2, BytesSent: 6, BytesReceived: 4,
		AcksSent: 2, AcksReceived: 2, EAKsSent: 1, EAKsReceived: 1,
		Retransmissions: 1, Resends: 1, Duplicates: 1, OutOfOrder: 1, BeyondWindow: 1,
		BadFrames: 1, Ups: 1, Downs: 1, Violations: 2,
	}, s.Counters())
}
