package lockdown_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// frame puts a length in front.
func frame(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// bomb is a binary list of nested arrays that share their parts: 2 to the 20th
// strings in a few hundred bytes.
func bomb() []byte {
	const levels = 20
	b := []byte("bplist00")
	var offsets []byte
	for i := range byte(levels) {
		offsets = append(offsets, byte(len(b)))
		b = append(b, 0xA2, i+1, i+1)
	}
	offsets = append(offsets, byte(len(b)))
	b = append(b, 0x51, 'x')
	table := len(b)
	b = append(b, offsets...)
	b = append(b, 0, 0, 0, 0, 0, 0, 1, 1)
	b = binary.BigEndian.AppendUint64(b, levels+1)
	b = binary.BigEndian.AppendUint64(b, 0)
	return binary.BigEndian.AppendUint64(b, uint64(table))
}

// What a host may send instead of a request. Each ends its connection, and only its
// connection.
func TestHostileBytes(t *testing.T) {
	deep := bytes.Repeat([]byte("<array>"), 100_000)
	for name, c := range map[string]struct {
		bytes []byte
		why   string // in the event; "" if the phone takes it for hanging up
	}{
		"nothing":         {nil, ""},
		"half a length":   {[]byte{0, 0}, "unexpected EOF"},
		"half a frame":    {[]byte{0, 0, 1, 0, '<'}, "unexpected EOF"},
		"4 GiB":           {[]byte{0xFF, 0xFF, 0xFF, 0xFF, '<'}, "too long"},
		"empty frame":     {frame(nil), "neither"},
		"HTTP":            {[]byte("GET / HTTP/1.1\r\n\r\n"), "too long"},
		"TLS hello":       {[]byte{22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3}, "too long"},
		"no list":         {frame([]byte("hello, phone")), "neither"},
		"text list":       {frame([]byte("{Request = QueryType;}")), "neither"},
		"binary bomb":     {frame(bomb()), "expands to more than"},
		"deep list":       {frame(append([]byte(`<?xml version="1.0"?><plist>`), deep...)), "limit"},
		"entities":        {frame([]byte(`<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><string>&b;</string></plist>`)), "plist:"},
		"broken offset":   {frame(append([]byte("bplist00"), bytes.Repeat([]byte{0xFF}, 64)...)), "plist:"},
		"list in a chain": {frame([]byte("bplist00\xA1\x00\x08\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0A")), "plist:"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				near, err := lockdowntest.Dial(b.Server, wire.Port)
				require.NoError(t, err)
				_, err = near.Write(c.bytes)
				require.NoError(t, err)
				require.NoError(t, near.(interface{ CloseWrite() error }).CloseWrite())
				_, err = near.Read(make([]byte, 1))
				require.ErrorIs(t, err, io.EOF)
				_, err = b.Connect().Ask("QueryType", nil)
				require.NoError(t, err)
			})
			if c.why == "" {
				require.False(t, b.Has("state.lockdown", "connection ended"))
			} else {
				require.Contains(t, b.Find("state.lockdown", "connection ended").Get("why"), c.why)
			}
		})
	}
}

// A length is believed only as its bytes come in.
func TestLengthTakesNoMemory(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 100 {
			near, err := lockdowntest.Dial(b.Server, wire.Port)
			require.NoError(t, err)
			_, err = near.Write([]byte{0, 0xFF, 0xFF, 0xFF, '<'}) // 16 MiB to come
			require.NoError(t, err)
		}
		b.World.Sleep(ms)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100*(256<<10)))
	})
}

// A host that begins a frame must end it; one that has nothing to say may wait for
// hours, as usbmuxd does for the user.
func TestSlowHost(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		idle := b.Connect()
		slow, err := lockdowntest.Dial(b.Server, wire.Port)
		require.NoError(t, err)
		b.World.Go("slow loris", func() {
			for _, x := range frame(bytes.Repeat([]byte(" "), 1000)) {
				if _, err := slow.Write([]byte{x}); err != nil {
					return
				}
				b.World.Sleep(second)
			}
		})
		start := b.World.Now()
		_, err = slow.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 60*second, b.World.Now()-start)
		b.World.Sleep(10 * time.Hour)
		_, err = idle.Ask("QueryType", nil)
		require.NoError(t, err)
	})
}

// A host that does not shake hands, or says something else instead.
func TestHostileHandshake(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		after time.Duration // when the phone hangs up
	}{
		"silence":       {nil, 30 * second},
		"half a record": {[]byte{22, 3, 1, 1, 0, 1}, 30 * second},
		"garbage":       {bytes.Repeat([]byte("garbage "), 100), 0},
		"plain request": {frame([]byte(`<?xml version="1.0"?><plist><dict/></plist>`)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				c1 := b.Session()
				session := func() net.Conn {
					near, err := lockdowntest.Dial(b.Server, wire.Port)
					require.NoError(t, err)
					_, err = lockdowntest.NewClient(b.Server, near).Ask("StartSession", dict{"HostID": b.Host.HostID})
					require.NoError(t, err)
					return near
				}
				service := func() net.Conn {
					started, err := c1.Ask("StartService", dict{"Service": echo.Name})
					require.NoError(t, err)
					near, err := lockdowntest.Dial(b.Server, uint16(started["Port"].(uint64)))
					require.NoError(t, err)
					return near
				}
				for _, dial := range []func() net.Conn{session, service} {
					conn := dial()
					start := b.World.Now()
					_, err := conn.Write(c.bytes)
					require.NoError(t, err)
					_, err = io.Copy(io.Discard, conn) // an alert, perhaps
					require.NoError(t, err)
					require.Equal(t, c.after, b.World.Now()-start)
				}
				require.Equal(t, 1, b.Server.Ports().Connections())
				_, err := c1.Value("", "SerialNumber")
				require.NoError(t, err)
			})
		})
	}
}

// A host that begins a TLS record must end it, in lockdown and in a service; one that
// is between two may wait for hours.
func TestSlowRecord(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		s, err := c.StartService(echo.Name)
		require.NoError(t, err)
		near, err := lockdowntest.Dial(b.Server, wire.Port)
		require.NoError(t, err)
		require.NoError(t, lockdowntest.NewClient(b.Server, near).StartSession(b.Host))
		b.World.Sleep(10 * time.Hour)
		for _, conn := range []net.Conn{s.Raw(), near} {
			start := b.World.Now()
			_, err := conn.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3})
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, conn) // an alert, perhaps
			require.NoError(t, err)
			require.Equal(t, 60*second, b.World.Now()-start)
		}
		_, err = c.Value("", "SerialNumber")
		require.NoError(t, err)
	})
}

// A host that does not read stalls its own session, also while it goes on sending.
// In TLS this must not stop the world: crypto/tls holds a lock while it waits.
func TestHostThatDoesNotRead(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Session()
		s, err := c.StartService(echo.Name)
		require.NoError(t, err)
		b.World.Go("deaf host", func() {
			for s.Send(dict{"data": make([]byte, 100_000)}) == nil {
			}
		})
		b.World.Sleep(second)
		for range 10 {
			_, err = c.Value("", "SerialNumber")
			require.NoError(t, err)
		}
		require.NoError(t, s.Raw().Close())
		b.World.Sleep(second)
		require.Equal(t, 1, b.Server.Ports().Connections())
	})
}

// A thousand connections at once, and more than there may be.
func TestConnectionStorm(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		var conns []net.Conn
		for {
			near, far := b.World.Pipe("usbmux")
			if b.Server.Ports().Connect(wire.Port, far) != nil {
				break
			}
			conns = append(conns, near)
		}
		require.Len(t, conns, 4096)
		for _, i := range []int{0, 999, 4095} {
			_, err := lockdowntest.NewClient(b.Server, conns[i]).Ask("QueryType", nil)
			require.NoError(t, err)
		}
		for _, c := range conns {
			require.NoError(t, c.Close())
		}
		b.World.Sleep(ms)
		require.Zero(t, b.Server.Ports().Connections())
		b.Connect()
	})
}

// FuzzConnection throws bytes at lockdownd, before pairing and behind a StartSession.
func FuzzConnection(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add(frame([]byte(`<?xml version="1.0"?><plist><dict><key>Request</key><string>GetValue</string></dict></plist>`)), false)
	f.Add(frame([]byte(`<?xml version="1.0"?><plist><dict><key>Request</key><string>Pair</string><key>PairRecord</key><dict><key>HostID</key><string>x</string></dict></dict></plist>`)), false)
	f.Add(frame(bomb()), false)
	f.Add([]byte{22, 3, 1, 0, 5, 1, 2, 3, 4, 5}, true)
	library, err := state.Load()
	require.NoError(f, err)
	host := lockdowntest.NewHost("desk")
	o := state.Options{Hosts: []state.Host{host.Trusted()}}
	f.Fuzz(func(t *testing.T, data []byte, session bool) {
		b := lockdowntest.NewBenchFrom(t, library, o, echo)
		b.Run(func() {
			near, err := lockdowntest.Dial(b.Server, wire.Port)
			require.NoError(t, err)
			if session {
				_, err = lockdowntest.NewClient(b.Server, near).Ask("StartSession", dict{"HostID": host.HostID})
				require.NoError(t, err)
			}
			b.World.Go("reader", func() { _, _ = io.Copy(io.Discard, near) })
			_, _ = near.Write(data)
			_ = near.(interface{ CloseWrite() error }).CloseWrite()
			b.World.Sleep(2 * time.Minute)
			require.Zero(t, b.Server.Ports().Connections())
		})
	})
}
