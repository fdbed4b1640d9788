package usbmux

import "github.com/plugfest/plugfest/internal/spare"

// byteRing is a queue of bytes in one buffer that grows as it is needed.
type byteRing struct {
	own  *spare.Buffer
	buf  []byte // its bytes: a power of two, or none
	head int
	n    int
}

// write appends p.
func (r *byteRing) write(p []byte, pool *spare.Pool) {
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

func (r *byteRing) grow(n int, pool *spare.Pool) {
	own := pool.Get(n)
	b := own.Bytes()
	k := copy(b, r.front())
	if k < r.n {
		copy(b[k:], r.buf[:r.n-k])
	}
	pool.Put(r.own)
	r.own, r.buf, r.head = own, b, 0
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

func (r *byteRing) free(pool *spare.Pool) {
	pool.Put(r.own)
	*r = byteRing{}
}

// trim gives a large buffer back once nothing is in it.
func (r *byteRing) trim(pool *spare.Pool) {
	if r.n == 0 && len(r.buf) > small {
		r.free(pool)
	}
}

// small is how large a buffer may be, in bytes, that is kept while nothing is in
// it.
const small = 1 << 10

// queue is a queue that grows to what it needed most and stays there.
type queue[T any] struct {
	items []T // length is a power of two
	head  int
	n     int
}

func (q *queue[T]) push(v T) {
	if q.n == len(q.items) {
		grown := make([]T, max(2, 2*q.n))
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
