package session

import (
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// MaxKept is how many bytes an [IAP2] keeps that have arrived and are not read:
// control messages, datagrams of files, and data of External Accessory sessions
// together. Beyond it events stay in the link's engine, up to its ReceiveBytes;
// then the engine takes no packets and acknowledges none, so that the peer waits
// and repeats. One session that nobody reads holds up the others, as all share
// the link. On a link without acknowledgements the bytes stay in the transport.
const MaxKept = 4 << 20

// Memory that a message or datagram takes besides its bytes.
const keptOverhead = 64

func messageSize(m control.Message) int { return len(m.Params.Bytes()) + keptOverhead }
func datagramSize(d []byte) int         { return len(d) + keptOverhead }

// full reports whether events are to stay in the engine. Those of a link that has
// ended do not: its end must be known, and nothing more comes.
func (s *IAP2) full() bool {
	st := s.link.State()
	return s.kept >= MaxKept && !s.Closed() && (st == link.StateUp || st == link.StateSuspended)
}

// overrun reports whether bytes are to stay in the transport: a link without
// acknowledgements has no other way to make the peer wait.
func (s *IAP2) overrun() bool { return s.up && s.params.ZeroAck() && s.full() }

// took notes that n bytes are not kept any more, and goes on where they were
// waited for.
func (s *IAP2) took(n int) {
	s.kept -= n
	if s.stalled && !s.full() {
		s.Turn()
	}
}

// forgetFiles drops the datagrams that are not wanted any more.
func (s *IAP2) forgetFiles() {
	if !s.Files {
		s.dropFiles()
	}
}

func (s *IAP2) dropFiles() {
	for s.files.len() > 0 {
		s.kept -= datagramSize(s.files.pop())
	}
}
