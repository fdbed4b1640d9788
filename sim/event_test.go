package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func TestEventsAreNumberedAndTimed(t *testing.T) {
	w := sim.New()
	w.Emit(sim.Event{Kind: "nobody observes"})
	require.False(t, w.Observed())
	var got []sim.Event
	w.Observe(func(e *sim.Event) { got = append(got, e.Clone()) })
	require.True(t, w.Observed())
	run(t, w, func() {
		w.Emit(sim.Event{Who: "phone", Layer: "state", Kind: "up", Seq: 99, At: time.Hour})
		w.Sleep(ms)
		w.Emit(sim.Event{Who: "headunit", Layer: "usb", Kind: "submit",
			Fields: []sim.Field{sim.Int("ep", uint8(0x81)), sim.Text("type", "bulk")}, Data: []byte{1, 2}})
	})
	require.Equal(t, []sim.Event{
		{Seq: 1, At: 0, Who: "phone", Layer: "state", Kind: "up"},
		{Seq: 2, At: ms, Who: "headunit", Layer: "usb", Kind: "submit",
			Fields: []sim.Field{{Key: "ep", Num: 0x81, IsNum: true}, {Key: "type", Text: "bulk"}}, Data: []byte{1, 2}},
	}, got)
}

func TestFields(t *testing.T) {
	e := sim.Event{Fields: []sim.Field{sim.Int("errno", -32), sim.Text("result", "stall"), sim.Int("big", uint64(1)<<63)}}
	require.Equal(t, "-32", e.Get("errno"))
	require.Equal(t, "stall", e.Get("result"))
	require.Equal(t, "", e.Get("missing"))
	n, ok := e.Num("errno")
	require.True(t, ok)
	require.EqualValues(t, -32, n)
	_, ok = e.Num("result")
	require.False(t, ok, "a text is no number")
	_, ok = e.Num("missing")
	require.False(t, ok)
}

func TestClonesShareNothing(t *testing.T) {
	e := sim.Event{Fields: []sim.Field{sim.Text("a", "1")}, Data: []byte{1}}
	c := e.Clone()
	e.Fields[0].Text, e.Data[0] = "2", 2
	require.Equal(t, "1", c.Get("a"))
	require.Equal(t, []byte{1}, c.Data)
}

// What observers emit comes after the event in hand, for all observers alike.
func TestEventsOfObserversComeInOrder(t *testing.T) {
	w := sim.New()
	var first, second []string
	scratch := make([]byte, 1)
	w.Observe(func(e *sim.Event) {
		first = append(first, e.Kind+string(e.Data))
		if e.Kind == "raw" {
			scratch[0] = 'x'
			w.Emit(sim.Event{Kind: "derived", Data: scratch})
			scratch[0] = 'y' // is free again as soon as Emit returns
			w.Emit(sim.Event{Kind: "derived", Data: scratch})
		}
		if string(e.Data) == "x" {
			w.Emit(sim.Event{Kind: "derived from derived"})
		}
	})
	w.Observe(func(e *sim.Event) {
		require.EqualValues(t, len(second)+1, e.Seq)
		second = append(second, e.Kind+string(e.Data))
	})
	w.Emit(sim.Event{Kind: "raw"})
	w.Emit(sim.Event{Kind: "last"})
	want := []string{"raw", "derivedx", "derivedy", "derived from derived", "last"}
	require.Equal(t, want, first)
	require.Equal(t, want, second)
}
