package catalogue_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/catalogue"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist/plisttest"
)

// framed puts a length in front of a property list.
func framed(doc []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(doc))), doc...)
}

// attacks are what a host may send instead of a property list, and how soon a
// service that takes some must have hung up.
func attacks() map[string]attack {
	hello := []byte(`<?xml version="1.0"?><plist version="1.0"><dict></dict></plist>`)
	all := map[string]attack{
		"length of 4 GiB":      {[]byte("\xff\xff\xff\xff<?xml"), 0},
		"a byte over 16 MiB":   {[]byte("\x01\x00\x00\x01<?xml"), 0},
		"empty frame":          {framed(nil), 0},
		"HTTP":                 {[]byte("GET / HTTP/1.1\r\n\r\n"), 0},
		"TLS":                  {append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 505)...), 0},
		"noise":                {bytes.Repeat([]byte{0xA5}, 4000), 0},
		"half a length":        {[]byte{0, 0}, service.DefaultFrame},
		"half a frame":         {framed(hello)[:30], service.DefaultFrame},
		"16 MiB to come":       {[]byte("\x00\xff\xff\xff<?xml"), service.DefaultFrame},
		"an array":             {framed(plisttest.XML("<array><true/></array>")), 0},
		"a byte every second":  {nil, service.DefaultFrame},
		"no list in the frame": {framed([]byte("hello, phone")), 0},
	}
	for _, b := range plisttest.Bombs() {
		all["bomb: "+b.Name] = attack{framed(b.Doc()), 0}
	}
	return all
}

type attack struct {
	bytes []byte // none: those of half a frame, slowly
	ends  time.Duration
}

// Most services read property lists; these do not, or not at first. Some take what
// comes and look at none of it, so that no time is said for them.
var (
	raw = []string{
		wire.ServiceAFC, wire.ServiceCrashReportCopy, wire.ServiceSimulateLocation,
	}
	deaf = []string{
		wire.ServiceSyslogRelay, wire.ServiceCrashReportMover, wire.ServicePcapd,
	}
)

// Whatever comes on any socket of a phone, it costs a bounded number of bytes, the
// connection ends within a bound, and the phone answers as before.
func TestHostileHostsOnEverySocket(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Image: true, ProductVersion: "15.8"}, catalogue.Services()...)
	list := attacks()
	names := slices.Sorted(maps.Keys(list))
	b.Run(func() {
		friend := b.Session()
		sockets := map[string]func() net.Conn{
			"lockdown": func() net.Conn { return b.Connect().Conn },
			"lockdown, in a session": func() net.Conn {
				c := b.Session()
				return c.Conn
			},
			"TLS of a session": func() net.Conn {
				c := b.Connect()
				_, err := c.Ask("StartSession", dict{"HostID": b.Host.HostID})
				require.NoError(t, err)
				return c.Conn
			},
			"TLS of a service": func() net.Conn {
				started, err := friend.Ask("StartService", dict{"Service": wire.ServiceAFC})
				require.NoError(t, err)
				conn, err := lockdowntest.Dial(b.Server, uint16(started["Port"].(uint64)))
				require.NoError(t, err)
				return conn
			},
		}
		for _, s := range catalogue.Services() {
			if s.Offered(b.Phone) {
				sockets[s.Name] = func() net.Conn {
					c, err := friend.StartService(s.Name)
					require.NoError(t, err)
					return c.Conn
				}
			}
		}
		require.Greater(t, len(sockets), 20)
		if testing.Short() {
			maps.DeleteFunc(sockets, func(name string, _ func() net.Conn) bool {
				return !slices.Contains([]string{"lockdown", "TLS of a service", wire.ServiceAFC, wire.ServiceDiagnosticsRelay}, name)
			})
		}
		for socket, dial := range sockets {
			for _, name := range names {
				hostile(t, b, socket, name, dial, list[name])
			}
		}
	})
}

func hostile(t *testing.T, b *lockdowntest.Bench, socket, name string, dial func() net.Conn, a attack) {
	t.Helper()
	where := socket + ": " + name
	before := b.Server.Ports().Connections()
	conn := dial()
	b.Events = nil // which keep what they hold
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	began := b.World.Now()
	b.World.Go("foe", func() {
		if a.bytes != nil {
			_, _ = conn.Write(a.bytes)
			return
		}
		for _, x := range framed(make([]byte, 1000)) {
			if _, err := conn.Write([]byte{x}); err != nil {
				return
			}
			b.World.Sleep(time.Second)
		}
	})
	_ = conn.SetReadDeadline(b.World.Time().Add(5 * time.Minute))
	_, err := io.Copy(io.Discard, conn)
	took := b.World.Now() - began
	runtime.ReadMemStats(&is)
	// What the service says meanwhile costs, too.
	require.Less(t, is.TotalAlloc-was.TotalAlloc, uint64(8<<20+40*len(a.bytes)), "%s: bytes allocated", where)
	if !slices.Contains(deaf, socket) {
		require.False(t, service.TimedOut(err), "%s: still open after %v", where, took)
		require.LessOrEqual(t, took, max(a.ends, service.DefaultFrame), where)
		if !slices.Contains(raw, socket) && socket[:3] != "TLS" {
			require.LessOrEqual(t, took, a.ends, where)
		}
	}
	_ = conn.Close()
	b.World.Sleep(time.Second)
	require.Equal(t, before, b.Server.Ports().Connections(), "%s: left behind", where)
}
