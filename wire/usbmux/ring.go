package usbmux

import "math/bits"

// byteRing is a queue of bytes in one buffer that grows as it is needed.
type byteRing struct {
	buf  []byte // length is a power of two, or 0
	head int
	n    int
}

const minRing = 512

// write appends p.
func (r *byteRing) write(p []byte, pool *bufferPool) {
	if len(p) == 0 {
		return
	}
	if r.n+len(p) > len(r.buf) {
		r.grow(r.n+len(p), pool)
	}
	at := (r.head + r.n) & (len(r.buf) - 1)
	k := copy(r.buf[at:], p)
	copy(r.buf, p[k:])
	r.n += len(p)
}

func (r *byteRing) grow(n int, pool *bufferPool) {
	b := pool.get(max(n, minRing))
	k := copy(b, r.front())
	if k < r.n {
		copy(b[k:], r.buf[:r.n-k])
	}
	pool.put(r.buf)
	r.buf, r.head = b, 0
}

// front returns the bytes at the front that lie together.
func (r *byteRing) front() []byte {
	end := min(r.head+r.n, len(r.buf))
	return r.buf[r.head:end:end]
}

// discard drops n bytes from the front.
func (r *byteRing) discard(n int) {
	r.n -= n
	if r.n == 0 {
		r.head = 0
		return
	}
	r.head = (r.head + n) & (len(r.buf) - 1)
}

// read moves bytes from the front to p.
func (r *byteRing) read(p []byte) int {
	n := copy(p, r.front())
	r.discard(n)
	if n < len(p) && r.n > 0 {
		k := copy(p[n:], r.front())
		r.discard(k)
		n += k
	}
	return n
}

// appendTo moves n bytes from the front to dst.
func (r *byteRing) appendTo(dst []byte, n int) []byte {
	f := r.front()
	f = f[:min(n, len(f))]
	dst = append(dst, f...)
	r.discard(len(f))
	if n -= len(f); n > 0 {
		dst = append(dst, r.front()[:n]...)
		r.discard(n)
	}
	return dst
}

func (r *byteRing) free(pool *bufferPool) {
	pool.put(r.buf)
	*r = byteRing{}
}

// bufferPool keeps some buffers of closed connections for the next ones.
type bufferPool struct {
	free [][]byte
	held int
}

const maxHeld = 64 << 10

// get returns a buffer whose length is the power of two that holds n.
func (p *bufferPool) get(n int) []byte {
	size := 1 << bits.Len(uint(n-1))
	for i, b := range p.free {
		if len(b) == size {
			last := len(p.free) - 1
			p.free[i], p.free[last] = p.free[last], nil
			p.free = p.free[:last]
			p.held -= size
			return b
		}
	}
	return make([]byte, size)
}

func (p *bufferPool) put(b []byte) {
	if len(b) > 0 && p.held+len(b) <= maxHeld {
		p.held += len(b)
		p.free = append(p.free, b)
	}
}

// queue is a queue that grows to what it needed most and stays there.
type queue[T any] struct {
	items []T // length is a power of two
	head  int
	n     int
}

func (q *queue[T]) push(v T) {
	if q.n == len(q.items) {
		grown := make([]T, max(8, 2*q.n))
		for i := range q.n {
			grown[i] = q.items[(q.head+i)&(len(q.items)-1)]
		}
		q.items, q.head = grown, 0
	}
	q.items[(q.head+q.n)&(len(q.items)-1)] = v
	q.n++
}

func (q *queue[T]) pop() (v T, ok bool) {
	if q.n == 0 {
		return v, false
	}
	var zero T
	v, q.items[q.head] = q.items[q.head], zero
	q.head = (q.head + 1) & (len(q.items) - 1)
	q.n--
	return v, true
}

func (q *queue[T]) clear() {
	for q.n > 0 {
		q.pop()
	}
}
