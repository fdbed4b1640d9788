package trace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

func numbered(n int) sim.Event {
	return sim.Event{Seq: uint64(n), At: time.Duration(n) * time.Millisecond, Who: "phone", Layer: "usb", Kind: "submit",
		Fields: []sim.Field{sim.Int("urb", n), sim.Text("type", "bulk")}, Data: []byte{byte(n), 1, 2, 3}}
}

func seqs(r *trace.Recorder) (out []uint64) {
	for e := range r.All() {
		out = append(out, e.Seq)
	}
	return out
}

func TestRecorderCopies(t *testing.T) {
	r := trace.NewRecorder()
	e := numbered(1)
	r.Observe(&e)
	e.Fields[0] = sim.Text("gone", "gone")
	clear(e.Data)
	require.Equal(t, []sim.Event{numbered(1)}, r.Events())

	big := numbered(2)
	big.Data = make([]byte, 1<<20)
	big.Data[5] = 5
	r.Observe(&big)
	big.Data[5] = 6
	require.Equal(t, byte(5), r.At(1).Data[5])
}

func TestRecorderBounds(t *testing.T) {
	for name, tt := range map[string]struct {
		opts    []trace.RecorderOption
		want    []uint64
		dropped uint64
	}{
		"unbounded":   {nil, []uint64{1, 2, 3, 4, 5, 6}, 0},
		"last three":  {[]trace.RecorderOption{trace.KeepLast(3)}, []uint64{4, 5, 6}, 3},
		"nine bytes":  {[]trace.RecorderOption{trace.KeepBytes(9)}, []uint64{5, 6}, 4},
		"no payload":  {[]trace.RecorderOption{trace.CutData(0), trace.KeepBytes(1)}, []uint64{1, 2, 3, 4, 5, 6}, 0},
		"a selection": {[]trace.RecorderOption{trace.KeepIf(func(e *sim.Event) bool { return e.Seq%2 == 0 })}, []uint64{2, 4, 6}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := trace.NewRecorder(tt.opts...)
			for n := 1; n <= 6; n++ {
				e := numbered(n)
				r.Observe(&e)
			}
			require.Equal(t, tt.want, seqs(r))
			require.Equal(t, len(tt.want), r.Len())
			require.Equal(t, tt.dropped, r.Dropped())
		})
	}
}

func TestRecorderCutsData(t *testing.T) {
	r := trace.NewRecorder(trace.CutData(2))
	e := numbered(7)
	r.Observe(&e)
	require.Equal(t, []byte{7, 1}, r.At(0).Data)
}

func TestRecorderSelectAndReset(t *testing.T) {
	var r trace.Recorder
	for _, e := range fixture(t, "connect.events") {
		r.Observe(&e)
	}
	require.Len(t, r.Select("iap2.control", ""), 9)
	require.Len(t, r.Select("iap2.link", "syn"), 1)
	require.Empty(t, r.Select("carlife", "NO_SUCH_MESSAGE"))
	require.Panics(t, func() { r.At(r.Len()) })
	r.Reset()
	require.Zero(t, r.Len())
	require.Empty(t, r.Events())
}

// A bounded recorder is a queue of the last n.
func TestRecorderIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		n := rapid.IntRange(0, 500).Draw(t, "events")
		r := trace.NewRecorder(trace.KeepLast(limit))
		var want []uint64
		for i := 1; i <= n; i++ {
			e := numbered(i)
			r.Observe(&e)
			want = append(want, uint64(i))
		}
		want = want[max(0, n-limit):]
		if got := seqs(r); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("kept %v, want %v", got, want)
		}
	})
}

func BenchmarkRecorder(b *testing.B) {
	e := numbered(1)
	r := trace.NewRecorder(trace.KeepLast(10_000))
	b.ReportAllocs()
	for b.Loop() {
		r.Observe(&e)
	}
}

func ExampleRecorder() {
	w := sim.New()
	rec := trace.NewRecorder()
	w.Observe(rec.Observe)
	w.Run(func() {
		w.Sleep(5 * time.Millisecond)
		w.Emit(sim.Event{Who: "phone", Layer: "state", Kind: "link up"})
	})
	for e := range rec.All() {
		fmt.Println(trace.Describe(e))
	}
	// Output: +5ms phone > state link up
}
