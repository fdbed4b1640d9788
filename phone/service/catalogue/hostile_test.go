package catalogue_test

import (
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

// FuzzServices throws bytes at each service, after its TLS. Whatever comes, the
// service ends when the host hangs up, and the phone lives.
func FuzzServices(f *testing.F) {
	list := func(v any) []byte {
		b, err := plist.AppendBinary(make([]byte, 4), v)
		require.NoError(f, err)
		binary.BigEndian.PutUint32(b, uint32(len(b)-4))
		return b
	}
	all := catalogue.Services()
	for i := range all {
		f.Add(uint8(i), list(dict{"Command": "Browse", "Request": "All", "MessageType": "CopyAll", "command": "getIconState", "Name": "x"}))
		f.Add(uint8(i), list([]any{"DLMessageVersionExchange", "DLVersionsOk", 300}))
		f.Add(uint8(i), []byte("\x00\x00\x00\x01\xff\xff\xff\xff"))
	}
	l, err := state.Load()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, n uint8, data []byte) {
		w := sim.New(sim.TimeLimit(24 * time.Hour))
		phone, err := l.New(w, "phone", state.Options{Image: true, ProductType: "iPhone6,2", Media: files.NewMemory(files.Options{})})
		require.NoError(t, err)
		s := all[int(n)%len(all)]
		near, far := w.Pipe(s.Name)
		ended := false
		w.Go("service", func() {
			_ = s.Serve(service.NewSession(phone, nil, s.Name, far, service.Limits{}))
			ended = true
		})
		require.NoError(t, w.Run(func() {
			w.Go("reader", func() { _, _ = io.Copy(io.Discard, near) })
			_, _ = near.Write(data)
			w.Sleep(time.Minute)
			_ = near.Close()
			w.Sleep(10 * time.Minute)
			require.True(t, ended, s.Name)
		}))
	})
}

// The same seed gives the same events, to the last one.
func TestSameSeedSameEvents(t *testing.T) {
	run := func() []sim.Event {
		b := lockdowntest.NewBench(t, state.Options{User: state.User{After: 5 * time.Second}}, catalogue.Services()...)
		b.Run(func() {
			for b.Connect().Pair(b.Host) != nil {
				b.World.Sleep(time.Second)
			}
			for _, s := range catalogue.Services() {
				if conn, err := b.Session().StartService(s.Name); err == nil {
					b.World.Sleep(3 * time.Second)
					_ = conn.Close()
				}
			}
			b.World.Sleep(time.Minute)
		})
		return b.Events
	}
	first := run()
	require.Greater(t, len(first), 150)
	require.Equal(t, first, run())
}
