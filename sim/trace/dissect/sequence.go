package dissect

// sequence follows the sequence numbers of one direction as its receiver does,
// to tell new packets from repeated ones.
type sequence struct {
	synced bool
	last   uint8     // handed on, the last in sequence
	count  uint64    // how many numbers last has passed
	acked  uint64    // what count must be to have passed the last that the receiver acknowledged
	high   uint8     // seen, the furthest ahead
	seen   [4]uint64 // numbers seen among the 128 up to high
	held   []held    // ahead of a gap, by distance
	bytes  int
}

// held is a packet that came before its turn.
type held struct {
	seq, session uint8
	payload      []byte
}

// Bounds of what is held ahead of a gap.
const (
	maxHeld      = 64
	maxHeldBytes = 1 << 20
)

// ahead is how far a number is after another, 0 to 255; 128 and more is behind.
func ahead(n, of uint8) uint8 { return n - of }

const behind = 128

// fate is what becomes of a packet.
type fate struct {
	repeated bool // its number has been seen
	early    bool // there is a gap before it
	fresh    bool // it has not been handed on or held yet
}

// begin starts at a SYN.
func (s *sequence) begin(seq uint8) {
	*s = sequence{synced: true, last: seq, high: seq}
	s.mark(seq)
}

func (s *sequence) mark(n uint8)     { s.seen[n/64] |= 1 << (n % 64) }
func (s *sequence) has(n uint8) bool { return s.seen[n/64]>>(n%64)&1 != 0 }

// reach moves the furthest number on; those passed have been seen 256 numbers
// ago at most.
func (s *sequence) reach(n uint8) {
	for ahead(n, s.high) < behind && s.high != n {
		s.high++
		s.seen[s.high/64] &^= 1 << (s.high % 64)
	}
}

// damaged notes the number of a packet whose payload was lost: the next of that
// number is a repetition.
func (s *sequence) damaged(seq uint8) {
	if s.synced {
		s.reach(seq)
		s.mark(seq)
	}
}

// classify says what becomes of a data packet. Where nothing is known, it is
// taken for the first.
func (s *sequence) classify(seq uint8) (f fate) {
	if !s.synced {
		s.begin(seq - 1)
	}
	s.reach(seq)
	f.repeated = s.has(seq)
	s.mark(seq)
	distance := ahead(seq, s.last)
	if distance == 0 || distance >= behind {
		f.repeated = true
		return f
	}
	f.early = distance > 1
	f.fresh = !s.holds(seq)
	return f
}

func (s *sequence) holds(seq uint8) bool {
	for i := range s.held {
		if s.held[i].seq == seq {
			return true
		}
	}
	return false
}

// hold keeps a packet until its turn.
func (s *sequence) hold(seq, session uint8, payload []byte) {
	i := 0
	for i < len(s.held) && ahead(s.held[i].seq, s.last) < ahead(seq, s.last) {
		i++
	}
	s.held = append(s.held, held{})
	copy(s.held[i+1:], s.held[i:])
	s.held[i] = held{seq, session, append([]byte(nil), payload...)}
	s.bytes += len(payload)
}

// passed moves on to a number that is handed on.
func (s *sequence) passed(seq uint8) {
	s.count += uint64(ahead(seq, s.last))
	s.last = seq
}

// acknowledged notes what the receiver acknowledges, which may lie ahead of what
// has been seen.
func (s *sequence) acknowledged(seq uint8) {
	s.acked = s.count
	if n := ahead(seq, s.last); n < behind {
		s.acked += uint64(n)
	}
}

// next returns the held packet whose turn has come. Its turn comes, with lost
// set, also where the gap before it will not be filled any more: because the
// receiver acknowledged what is missing, so that it is the capture that lacks
// it, or because too much is held already.
func (s *sequence) next() (h held, lost, ok bool) {
	if len(s.held) == 0 {
		return h, false, false
	}
	h = s.held[0]
	before := uint64(ahead(h.seq, s.last)) - 1
	lost = before > 0
	if lost && s.acked < s.count+before && len(s.held) < maxHeld && s.bytes < maxHeldBytes {
		return h, false, false
	}
	s.held = s.held[1:]
	s.bytes -= len(h.payload)
	s.passed(h.seq)
	return h, lost, true
}
