package desk_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// share is the memory that each of a crowd of desks takes, in bytes: what is live,
// and what the runtime holds for it. A program has its end of a TLS session.
type share struct{ live, held, program uint64 }

// crowd sets up desks in one world: each phone on its cable, with its daemon,
// paired, and with a program that holds a TLS session open. The program's own
// memory is counted by itself.
func crowd(tb testing.TB, phones int) share {
	tb.Helper()
	memory := func() (live, held uint64) {
		for range 5 { // what is left of a stack's growth goes by halves
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse, m.HeapInuse + m.StackInuse
	}
	var s share
	w := sim.New()
	computer := lockdowntest.NewHost("desk")
	var desks []*desk.Desk
	var programs []*lockdowntest.Client
	require.NoError(tb, w.Run(func() {
		live0, held0 := memory()
		for i := range phones {
			d, err := desk.New(w, desk.Options{State: state.Options{SerialNumber: fmt.Sprintf("00008110%016X", i)}})
			require.NoError(tb, err)
			desks = append(desks, d)
		}
		for _, d := range desks {
			dev, ok := d.Daemon.WaitDevice(w.Now() + 10*time.Second)
			require.True(tb, ok)
			conn, err := d.Daemon.Dial(dev.ID, wire.Port)
			require.NoError(tb, err)
			c := lockdowntest.NewClient(d.Lockdown, conn)
			require.NoError(tb, c.Pair(computer))
			require.NoError(tb, c.StartSession(computer))
			got, err := c.Value("", "UniqueDeviceID")
			require.NoError(tb, err)
			require.Equal(tb, dev.Serial, got)
			programs = append(programs, c)
		}
		w.Sleep(time.Minute) // idle
		all, _ := memory()
		programs = nil // their ends of the sockets stay open
		live, held := memory()
		n := uint64(phones)
		s = share{(live - live0) / n, (held - held0) / n, (all - live) / n}
		for _, d := range desks {
			require.Equal(tb, 1, d.Lockdown.Ports().Connections(), "the session is open")
		}
	}))
	return s
}

// A phone that idles, with a session open, takes less than 128 KiB, its cable and
// its daemon included.
func TestMemoryOfADesk(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 120 phones")
	}
	if raced {
		t.Skip("the race detector takes memory of its own")
	}
	crowd(t, 20) // what is made once
	s := crowd(t, 100)
	t.Logf("%d bytes a phone, %d a program", s.live, s.program)
	require.Less(t, s.live, uint64(128<<10))
}

// A thousand desks in one process.
func BenchmarkThousandDesks(b *testing.B) {
	crowd(b, 1)
	for b.Loop() {
		start := time.Now()
		s := crowd(b, 1000)
		b.ReportMetric(float64(s.live)/1024, "live-KiB/phone")
		b.ReportMetric(float64(s.held)/1024, "held-KiB/phone")
		b.ReportMetric(float64(s.program)/1024, "KiB/program")
		b.ReportMetric(float64(time.Since(start))/1e6/1000, "ms/phone")
	}
}
