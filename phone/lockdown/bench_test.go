package lockdown_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// crowd makes phones in one world, each paired and with an open TLS session, and
// returns what memory each takes, the computer's side of it included: what is live,
// and what the runtime holds for it.
func crowd(tb testing.TB, phones int) (live, held uint64) {
	tb.Helper()
	l, err := state.Load()
	require.NoError(tb, err)
	services := catalogue.Services()
	w := sim.New()
	var clients []*lockdowntest.Client
	memory := func() (live, held uint64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse, m.HeapInuse + m.StackInuse
	}
	require.NoError(tb, w.Run(func() {
		live0, held0 := memory()
		host := lockdowntest.NewHost("desk")
		for i := range phones {
			p, err := l.New(w, fmt.Sprint("phone ", i), state.Options{})
			require.NoError(tb, err)
			c, err := lockdowntest.Connect(lockdown.New(p, lockdown.Config{Services: services}))
			require.NoError(tb, err)
			require.NoError(tb, c.Pair(host))
			require.NoError(tb, c.StartSession(host))
			_, err = c.Value("", "")
			require.NoError(tb, err)
			clients = append(clients, c)
		}
		live, held = memory()
		live, held = (live-live0)/uint64(phones), (held-held0)/uint64(phones)
	}))
	runtime.KeepAlive(clients)
	return live, held
}

// A phone with an open session takes less than 128 KiB.
func TestMemoryOfAPhone(t *testing.T) {
	if raced {
		t.Skip("the race detector takes memory of its own")
	}
	live, _ := crowd(t, 100)
	require.Less(t, live, uint64(128<<10))
}

// A thousand phones, each paired, each with an open TLS session.
func BenchmarkThousandPhones(b *testing.B) {
	for b.Loop() {
		start := time.Now()
		live, held := crowd(b, 1000)
		b.ReportMetric(float64(live)/1024, "live-KiB/phone")
		b.ReportMetric(float64(held)/1024, "held-KiB/phone")
		b.ReportMetric(time.Since(start).Seconds(), "s/1000phones")
	}
}

func BenchmarkGetValue(b *testing.B) {
	bench := bench(b, state.Options{})
	bench.Run(func() {
		c := bench.Session()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Value("", "DeviceName"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What a service can send and receive, with TLS.
func BenchmarkServiceStream(b *testing.B) {
	const size = 64 << 10
	for name, serve := range map[string]func(*service.Session) error{
		"up": func(s *service.Session) error {
			buf := make([]byte, size)
			for {
				if _, err := s.Read(buf); err != nil {
					return err
				}
			}
		},
		"down": func(s *service.Session) error {
			buf := make([]byte, size)
			for {
				if _, err := s.Write(buf); err != nil {
					return err
				}
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			bench := lockdowntest.NewBench(b, state.Options{}, service.Service{Name: "com.example.stream", Serve: serve})
			bench.Run(func() {
				s := bench.Service("com.example.stream")
				buf := make([]byte, size)
				b.SetBytes(size)
				b.ReportAllocs()
				for b.Loop() {
					var err error
					if name == "up" {
						_, err = s.Conn.Write(buf)
					} else {
						_, err = io.ReadFull(s.Conn, buf)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				_ = s.Raw().Close()
			})
		})
	}
}
