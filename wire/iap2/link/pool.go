package link

import "math/bits"

// pool keeps byte buffers for reuse. It never holds more than were in use at
// one time.
type pool struct{ free [][]byte }

// get returns a buffer of n bytes with undefined content.
func (p *pool) get(n int) []byte {
	if last := len(p.free) - 1; last >= 0 {
		b := p.free[last]
		p.free = p.free[:last]
		if cap(b) >= n {
			return b[:n]
		}
	}
	return make([]byte, n, 1<<bits.Len(uint(max(n, 64)-1)))
}

// copy returns a buffer with the content of b, which is not empty.
func (p *pool) copy(b []byte) []byte {
	c := p.get(len(b))
	copy(c, b)
	return c
}

func (p *pool) put(b []byte) {
	if cap(b) > 0 {
		p.free = append(p.free, b)
	}
}

// ring is a queue that grows to what it needed most and stays there.
type ring[T any] struct {
	items []T // length is a power of two
	head  int
	n     int
}

func (r *ring[T]) len() int { return r.n }

// at returns the i-th item from the front.
func (r *ring[T]) at(i int) *T { return &r.items[(r.head+i)&(len(r.items)-1)] }

func (r *ring[T]) push(v T) {
	if r.n == len(r.items) {
		grown := make([]T, max(8, 2*r.n))
		for i := range r.n {
			grown[i] = *r.at(i)
		}
		r.items, r.head = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = v
}

func (r *ring[T]) pop() T {
	var zero T
	p := r.at(0)
	v := *p
	*p = zero
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.n--
	return v
}
