package link

import "time"

// receiver is what came from the peer.
type receiver struct {
	last    uint8  // highest number received in sequence
	acked   uint8  // highest number acknowledged
	unacked int    // packets received in sequence and not acknowledged
	span    int    // from last to the highest number kept early; 0 without holes
	bytes   int    // kept early
	missing []byte // scratch for an EAK

	slots [maxWindow + 1]early // by the low bits of the number

	// By number, for what the next copy of the packet means.
	known  uint8              // highest number that the peer is known to have used
	low    [256]uint64        // our oldest outstanding number when it became known
	seenAt [256]time.Duration // when it was received
	asked  [256]bool          // named in an EAK
}

// early is a packet kept until the ones before it come.
type early struct {
	session uint8
	buf     []byte // nil when empty
}

func (r *receiver) early(seq uint8) *early { return &r.slots[seq%(maxWindow+1)] }

// open begins at the peer's SYN. Our first data will have the number first.
func (r *receiver) open(isn uint8, first uint64) {
	r.last, r.acked, r.known = isn, isn, isn
	for i := range r.low {
		r.low[i] = first
		r.asked[i] = false
		r.seenAt[i] = -1 << 62
	}
}

func (r *receiver) clear(p *pool) {
	for i := range r.slots {
		p.put(r.slots[i].buf)
		r.slots[i] = early{}
	}
	r.unacked, r.span, r.bytes = 0, 0, 0
}

// learn notes that the peer has used all numbers up to seq.
func (r *receiver) learn(seq uint8, una uint64) {
	if seq-r.last > maxWindow || seq-r.known > maxWindow {
		return
	}
	for r.known != seq {
		r.known++
		r.low[r.known] = una
		r.asked[r.known] = false
	}
}
