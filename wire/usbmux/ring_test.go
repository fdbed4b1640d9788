package usbmux

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/internal/spare"
)

// The ring is a slice with another cost.
func TestByteRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r byteRing
		var pool spare.Pool
		var model []byte
		next := byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				f := r.front()
				if r.n != len(model) || !bytes.HasPrefix(model, f) || r.n > 0 && len(f) == 0 {
					t.Fatalf("%d bytes, front %x, want %x", r.n, f, model)
				}
			},
			"write": func(t *rapid.T) {
				p := make([]byte, rapid.IntRange(0, 7000).Draw(t, "n"))
				for i := range p {
					next++
					p[i] = next
				}
				r.write(p, &pool)
				model = append(model, p...)
			},
			"discard": func(t *rapid.T) {
				n := rapid.IntRange(0, len(model)).Draw(t, "n")
				r.discard(n)
				r.trim(&pool)
				model = model[n:]
			},
			"read": func(t *rapid.T) {
				p := make([]byte, rapid.IntRange(0, 900).Draw(t, "n"))
				n := r.read(p)
				if n != min(len(p), len(model)) || !bytes.Equal(p[:n], model[:n]) {
					t.Fatalf("read %d bytes %x, want %x", n, p[:n], model)
				}
				model = model[n:]
			},
			"append": func(t *rapid.T) {
				n := rapid.IntRange(0, len(model)).Draw(t, "n")
				if got := r.appendTo([]byte("x"), n); !bytes.Equal(got[1:], model[:n]) {
					t.Fatalf("%x, want %x", got, model[:n])
				}
				model = model[n:]
			},
		})
	})
}

func TestQueue(t *testing.T) {
	var q queue[int]
	_, ok := q.pop()
	require.False(t, ok)
	for i := range 100 {
		q.push(i)
		if i%3 == 0 {
			v, ok := q.pop()
			require.True(t, ok)
			require.Equal(t, i/3, v)
		}
	}
	require.Equal(t, 66, q.n)
	q.clear()
	require.Zero(t, q.n)
}
