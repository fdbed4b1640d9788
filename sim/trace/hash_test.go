package trace_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

func TestHashIsOfTheCanonicalForm(t *testing.T) {
	h := trace.NewHash()
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(nil)), h.String())
	var all []byte
	for i, e := range fixture(t, "connect.events") {
		h.Observe(&e)
		all = trace.AppendCanonical(all, &e)
		require.Equal(t, uint64(i+1), h.Events())
	}
	require.Equal(t, sha256.Sum256(all), h.Sum())
	require.Equal(t, h.Sum(), h.Sum(), "summing changes nothing")
}

func TestCanonicalForm(t *testing.T) {
	e := sim.Event{Seq: 1, At: 2, Who: "a", Layer: "bc", Kind: "", Fields: []sim.Field{sim.Int("n", -1), sim.Text("t", "x")}, Data: []byte{9}}
	require.Equal(t, "0000000000000001"+"0000000000000002"+"0000000161"+"000000026263"+"00000000"+"00000002"+
		"000000016e01ffffffffffffffff"+"000000017400"+"0000000178"+"00000001"+"09", fmt.Sprintf("%x", trace.AppendCanonical(nil, &e)))
}

// Whatever differs between two events differs in their canonical forms.
func TestCanonicalFormTellsEventsApart(t *testing.T) {
	base := sim.Event{Seq: 1, At: 1, Who: "ab", Layer: "c", Kind: "d", Fields: []sim.Field{sim.Text("k", "1"), sim.Int("n", 2)}, Data: []byte("data")}
	seen := map[string]string{}
	for name, change := range map[string]func(*sim.Event){
		"as it is":      func(*sim.Event) {},
		"seq":           func(e *sim.Event) { e.Seq++ },
		"at":            func(e *sim.Event) { e.At++ },
		"who and layer": func(e *sim.Event) { e.Who, e.Layer = "a", "bc" },
		"kind":          func(e *sim.Event) { e.Kind = "e" },
		"number":        func(e *sim.Event) { e.Fields[0] = sim.Int("k", 1) },
		"key":           func(e *sim.Event) { e.Fields[0].Key = "K" },
		"order":         func(e *sim.Event) { e.Fields[0], e.Fields[1] = e.Fields[1], e.Fields[0] },
		"fewer fields":  func(e *sim.Event) { e.Fields = e.Fields[:1] },
		"data":          func(e *sim.Event) { e.Data = []byte("dat") },
	} {
		e := base.Clone()
		change(&e)
		form := string(trace.AppendCanonical(nil, &e))
		require.NotContains(t, seen, form, name+" and "+seen[form])
		seen[form] = name
	}
}

func TestHashDoesNotAllocate(t *testing.T) {
	e := numbered(1)
	h := trace.NewHash()
	h.Observe(&e)
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Observe(&e) }))
}

func BenchmarkHash(b *testing.B) {
	e := numbered(1)
	e.Data = bytes.Repeat([]byte{1}, 512)
	h := trace.NewHash()
	b.SetBytes(int64(len(e.Data)))
	b.ReportAllocs()
	for b.Loop() {
		h.Observe(&e)
	}
}

func ExampleHash() {
	run := func(seed uint64) string {
		w := sim.New(sim.Seed(seed))
		h := trace.NewHash()
		w.Observe(h.Observe)
		w.Run(func() {
			w.Emit(sim.Event{Who: "phone", Layer: "state", Kind: "dice", Fields: []sim.Field{sim.Int("n", w.Rand("dice").IntN(1_000_000))}})
		})
		return h.String()
	}
	first, again, other := run(1), run(1), run(2)
	fmt.Println(first == again, first == other)
	// Output: true false
}
