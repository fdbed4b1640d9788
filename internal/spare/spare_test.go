package spare

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSizes(t *testing.T) {
	var p Pool
	for n, want := range map[int]int{0: 512, 1: 512, 512: 512, 513: 1024, 49116: 65536, 65536: 65536, 65537: 131072} {
		require.Len(t, p.Get(n).Bytes(), want, "%d", n)
	}
	require.Nil(t, (*Buffer)(nil).Bytes())
	p.Put(nil)
	require.Empty(t, p.free)
}

// What was put back is given out again, to one at a time, and by its size.
func TestBuffersAreUsedAgain(t *testing.T) {
	var p Pool
	a, b := p.Get(1000), p.Get(1000)
	require.NotSame(t, a, b)
	p.Put(a)
	p.Put(p.Get(100_000))
	require.Same(t, a, p.Get(600))
	require.NotSame(t, a, p.Get(600))
	runtime.KeepAlive(b)
}

// A pool keeps nothing beyond the next collection, and finds a way around what has
// gone.
func TestIdlePoolsHoldNoMemory(t *testing.T) {
	var p Pool
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var all []*Buffer
	for range 300 {
		all = append(all, p.Get(1<<16))
	}
	for _, b := range all {
		p.Put(b)
	}
	require.Len(t, p.free, most)
	clear(all)
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(1<<20))
	require.Len(t, p.Get(1<<16).Bytes(), 1<<16)
	require.Empty(t, p.free, "what has gone is forgotten")
}

func TestNoAllocations(t *testing.T) {
	var p Pool
	require.Less(t, testing.AllocsPerRun(1000, func() { p.Put(p.Get(30_000)) }), 0.1)
}

func BenchmarkGetPut(b *testing.B) {
	var p Pool
	b.ReportAllocs()
	for b.Loop() {
		p.Put(p.Get(30_000))
	}
}
