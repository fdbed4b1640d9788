package usb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Whatever the mix of impairments: each transfer of the host's is done once,
// what arrives was sent and whole, and once the cable is good again everything
// passes.
func TestRandomImpairments(t *testing.T) {
	for seed := range uint64(60) {
		w := sim.New(sim.Seed(seed))
		rnd := w.Rand("test")
		im := func() sim.Impairments {
			return sim.Impairments{Latency: time.Duration(rnd.IntN(3)) * ms, Jitter: time.Duration(rnd.IntN(3)) * ms, Bandwidth: int64(rnd.IntN(2)) * 1_000_000,
				Loss: rnd.Float64() / 2, Duplicate: rnd.Float64() / 2, Reorder: rnd.Float64() / 2}
		}
		benchIn(t, w, im(), im(), func(b *bench) {
			seen := map[string]int{}
			quit, waiting := false, 0
			var parked []*usb.Transfer
			for range 4 {
				x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 512), Done: func(x *usb.Transfer) {
					if waiting--; x.Actual > 0 {
						seen[string(x.Data[:x.Actual])]++
					}
					if !quit {
						waiting++
						b.c.Submit(x)
					}
				}}
				waiting++
				b.c.Submit(x)
				parked = append(parked, x)
			}
			b.listen()
			const n = 100
			done := 0
			for i := range n {
				b.say(fmt.Sprint("in ", i))
				b.c.Submit(&usb.Transfer{Endpoint: 0x01, Data: []byte(fmt.Sprint("out ", i)), Done: func(x *usb.Transfer) {
					require.Equal(t, usb.OK, x.Status)
					done++
				}})
				if i == n/2 {
					b.w.Sleep(10 * ms)
					b.cable.Impair(im(), im())
				}
			}
			b.w.Sleep(time.Second)
			require.Equal(t, n, done, "seed %d", seed)
			b.cable.Impair(sim.Impairments{}, sim.Impairments{})
			require.Equal(t, 4, waiting)
			before := len(b.got)
			b.say("last")
			require.NoError(t, usb.Do(b.w, b.c, &usb.Transfer{Endpoint: 0x01, Data: []byte("last")}, time.Second))
			b.w.Sleep(time.Second)
			require.Equal(t, "last", b.got[before])
			require.Equal(t, 1, seen["last"])
			delete(seen, "last")
			for s, k := range seen {
				var i int
				_, err := fmt.Sscanf(s, "in %d", &i)
				require.NoError(t, err)
				require.LessOrEqual(t, k, 2, "seed %d: %s", seed, s)
			}
			count := map[string]int{}
			for _, s := range b.got {
				count[s]++
				require.LessOrEqual(t, count[s], 2, "seed %d: %s", seed, s)
			}
			quit = true
			for _, x := range parked {
				b.c.Cancel(x)
			}
			b.w.Sleep(time.Second)
			require.Zero(t, waiting, "seed %d: transfers that are not done", seed)
		})
	}
}
