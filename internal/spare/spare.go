// Package spare keeps buffers that are not in use for whoever needs one next, until
// the garbage collector comes by: what is busy allocates nothing, and what idles
// holds no memory.
package spare

import (
	"math/bits"
	"weak"
)

// A Buffer is memory that a [Pool] has given out. Its length is a power of two, or
// 0 for nil.
type Buffer struct{ b []byte }

// Bytes returns the memory, all of it.
func (b *Buffer) Bytes() []byte {
	if b == nil {
		return nil
	}
	return b.b
}

// A Pool keeps buffers. The zero value is empty. It belongs to one goroutine at a
// time, or to the processes of one world.
type Pool struct{ free []entry }

type entry struct {
	buffer weak.Pointer[Buffer]
	size   int
}

// most is how many buffers a pool keeps.
const most = 256

// Least is the smallest buffer, in bytes.
const Least = 512

// Get returns a buffer of at least n bytes. What is in it is anything.
func (p *Pool) Get(n int) *Buffer {
	size := 1 << bits.Len(uint(max(n, Least)-1))
	for i := len(p.free) - 1; i >= 0; i-- {
		if p.free[i].size != size {
			continue
		}
		b := p.free[i].buffer.Value()
		last := len(p.free) - 1
		p.free[i] = p.free[last]
		p.free = p.free[:last]
		if b != nil {
			return b
		}
	}
	return &Buffer{make([]byte, size)}
}

// Put takes back a buffer, which is no longer its owner's then. A nil one is
// nothing.
func (p *Pool) Put(b *Buffer) {
	if b != nil && len(p.free) < most {
		p.free = append(p.free, entry{weak.Make(b), len(b.b)})
	}
}
