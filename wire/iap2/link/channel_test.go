package link

import (
	"math/rand/v2"
	"time"
)

// impairment is what a channel does to packets, as probabilities.
type impairment struct {
	loss, duplication, reordering, bitError, noise float64

	latency, jitter time.Duration // jitter is that of reordered packets
	outages         []outage
	heals           time.Duration // when all this ends; 0 never
}

// outage is a time in which nothing gets through.
type outage struct{ from, to time.Duration }

// channel carries packets one way. It can do what the link is built to survive:
// at most one wrong bit under each checksum, and no packet so late that its
// number has come round, which maxOvertaken and maxAnswered keep it from.
type channel struct {
	impairment
	rng          *rand.Rand
	maxOvertaken int // packets that may arrive before one sent earlier
	entered      int // packets sent so far
	newest       int // latest of them that has arrived
	free         [][]byte
}

// maxAnswered bounds the packets sent the other way while one is overtaken.
const maxAnswered = 60

// parcel is a packet under way.
type parcel struct {
	at       time.Duration
	order    int // breaks ties
	to       int // end that receives it
	number   int
	answered int // packets that to had sent when it was sent
	data     []byte
}

// send decides on the fate of a packet and hands what becomes of it to emit.
func (c *channel) send(now time.Duration, data []byte, emit func(at time.Duration, number int, data []byte)) {
	for _, o := range c.outages {
		if now >= o.from && now < o.to {
			return
		}
	}
	if c.heals > 0 && now >= c.heals {
		c.impairment = impairment{latency: c.latency}
	}
	c.entered++
	number := c.entered
	copies := 1
	if c.rng.Float64() < c.duplication {
		copies = 2
	}
	for range copies {
		if c.rng.Float64() < c.loss {
			continue
		}
		at := now + c.latency
		if c.jitter > 0 && c.rng.Float64() < c.reordering {
			at += time.Duration(c.rng.Int64N(int64(c.jitter)))
		}
		emit(at, number, c.damage(data))
	}
}

// damage returns a copy, perhaps with wrong bits and with noise before it.
func (c *channel) damage(data []byte) []byte {
	var b []byte
	if n := len(c.free); n > 0 {
		b, c.free = c.free[n-1][:0], c.free[:n-1]
	}
	if c.rng.Float64() < c.noise {
		for range 1 + c.rng.IntN(20) {
			b = append(b, byte(c.rng.Uint32()))
		}
	}
	at := len(b)
	b = append(b, data...)
	if c.rng.Float64() >= c.bitError {
		return b
	}
	packet := b[at:]
	which := 1 + c.rng.IntN(3) // header, payload, both
	if which&1 != 0 || len(packet) <= HeaderLen {
		packet[c.rng.IntN(min(HeaderLen, len(packet)))] ^= 1 << c.rng.IntN(8)
	}
	if which&2 != 0 && len(packet) > HeaderLen {
		packet[HeaderLen+c.rng.IntN(len(packet)-HeaderLen)] ^= 1 << c.rng.IntN(8)
	}
	return b
}

// arrive reports whether a packet is not too old to be told from a newer one.
func (c *channel) arrive(number, answered int) bool {
	overtaken := max(0, c.newest-number)
	c.newest = max(c.newest, number)
	return overtaken == 0 || overtaken <= c.maxOvertaken && answered <= maxAnswered
}

// parcels is a heap by time of arrival.
type parcels []parcel

func (h parcels) before(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].order < h[j].order
}

func (h *parcels) push(p parcel) {
	*h = append(*h, p)
	q := *h
	for i := len(q) - 1; i > 0 && q.before(i, (i-1)/2); i = (i - 1) / 2 {
		q[i], q[(i-1)/2] = q[(i-1)/2], q[i]
	}
}

func (h *parcels) pop() parcel {
	q := *h
	top := q[0]
	last := len(q) - 1
	q[0] = q[last]
	q[last] = parcel{}
	q = q[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q.before(child+1, child) {
			child++
		}
		if !q.before(child, i) {
			break
		}
		q[i], q[child] = q[child], q[i]
		i = child
	}
	*h = q
	return top
}
