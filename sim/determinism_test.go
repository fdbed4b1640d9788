package sim_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// recordEvents feeds every event to a hash.
func recordEvents(w *sim.World) hash.Hash {
	h := sha256.New()
	w.Observe(func(e *sim.Event) {
		fmt.Fprintf(h, "%d %d %s %s %s", e.Seq, e.At, e.Who, e.Layer, e.Kind)
		for _, f := range e.Fields {
			fmt.Fprintf(h, " %s=%s", f.Key, f.Value())
		}
		fmt.Fprintf(h, " %x\n", e.Data)
	})
	return h
}

// mixedWorld uses all that a world has: a stop-and-wait protocol over a bad link, a
// bus of requests and answers over pipes, timers, conditions, and trips
// outside. It returns the digest of its events.
func mixedWorld(seed uint64) (digest string, handovers uint64, err error) {
	w := sim.New(sim.Seed(seed), sim.TimeLimit(time.Hour))
	h := recordEvents(w)
	bad := sim.Impairments{Latency: 2 * ms, Jitter: 3 * ms, Bandwidth: 100_000, Loss: 0.1, Duplicate: 0.05, Reorder: 0.05,
		Faults: []sim.Fault{{Kind: sim.Stall, At: 200 * ms, For: 100 * ms}}}
	l := w.Link("radio", bad, bad)

	w.Go("answerer", func() {
		var b [4]byte
		for {
			if _, err := io.ReadFull(l.B, b[:]); err != nil {
				return
			}
			w.Emit(sim.Event{Who: "answerer", Layer: "radio", Kind: "ack", Data: b[:]})
			_, _ = l.B.Write(b[:])
		}
	})
	asker := func(n uint32) {
		want := binary.BigEndian.AppendUint32(nil, n)
		var b [4]byte
		for try := 1; ; try++ {
			_, _ = l.A.Write(want)
			w.Emit(sim.Event{Who: "asker", Layer: "radio", Kind: "data", Fields: []sim.Field{sim.Int("try", try)}, Data: want})
			_ = l.A.SetReadDeadline(w.Time().Add(20 * ms))
			for {
				if _, err := io.ReadFull(l.A, b[:]); err == os.ErrDeadlineExceeded {
					break
				}
				if binary.BigEndian.Uint32(b[:]) == n {
					return
				}
			}
		}
	}

	bell := w.NewCond("bell")
	w.Go("ringer", func() {
		r := w.Rand("ringer")
		for {
			w.Sleep(time.Duration(r.IntN(30)) * ms)
			bell.Signal()
			w.Emit(sim.Event{Who: "ringer", Layer: "state", Kind: "ring"})
		}
	})
	for i := range 3 {
		name := fmt.Sprint("listener ", i)
		w.Go(name, func() {
			for {
				rung := bell.WaitUntil(w.Now() + 25*ms)
				w.Emit(sim.Event{Who: name, Layer: "state", Kind: fmt.Sprint("rung ", rung)})
			}
		})
	}
	a, b := w.PipeSize("bus", 16)
	for i := range 3 {
		w.Go(fmt.Sprint("talker ", i), func() {
			noise := w.Bytes(fmt.Sprint("talker ", i))
			for {
				w.Sleep(5 * ms)
				p := make([]byte, 24)
				_, _ = noise.Read(p)
				_, _ = a.Write(p)
			}
		})
	}
	w.Go("bus reader", func() {
		p := make([]byte, 10)
		for {
			n, err := b.Read(p)
			if err != nil {
				return
			}
			w.Emit(sim.Event{Who: "bus reader", Layer: "bus", Kind: "data", Data: p[:n]})
		}
	})
	err = w.Run(func() {
		for n := range uint32(40) {
			asker(n)
			if n%10 == 0 {
				w.Outside("the machine", runtime.Gosched)
				w.Emit(sim.Event{Who: "asker", Layer: "state", Kind: "back"})
			}
		}
	})
	fmt.Fprint(h, w.Now())
	return hex.EncodeToString(h.Sum(nil)), w.Handovers(), err
}

func TestSameSeedSameTrace(t *testing.T) {
	one, handovers, err := mixedWorld(1)
	require.NoError(t, err)
	for range 5 {
		again, n, err := mixedWorld(1)
		require.NoError(t, err)
		require.Equal(t, one, again)
		require.Equal(t, handovers, n)
	}
	seen := map[string]uint64{one: 1}
	for seed := uint64(2); seed < 20; seed++ {
		other, _, err := mixedWorld(seed)
		require.NoError(t, err)
		require.NotContains(t, seen, other, "seed %d", seed)
		seen[other] = seed
	}
}

// Worlds share nothing: a thousand of them on all cores do what each does alone.
func TestThousandWorldsAtOnce(t *testing.T) {
	const seeds = 20
	worlds := 1000
	if testing.Short() {
		worlds = 100
	}
	var want [seeds]string
	for seed := range want {
		var err error
		want[seed], _, err = mixedWorld(uint64(seed))
		require.NoError(t, err)
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				got, _, err := mixedWorld(uint64(i % seeds))
				if err != nil || got != want[i%seeds] {
					t.Errorf("seed %d: digest %s, error %v; alone: %s", i%seeds, got, err, want[i%seeds])
				}
			}
		}()
	}
	for i := range worlds {
		next <- i
	}
	close(next)
	wg.Wait()
}
