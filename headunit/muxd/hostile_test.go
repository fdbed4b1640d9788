package muxd_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist/plisttest"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// costs returns how many bytes are allocated while fn runs, and requires that no
// more than most of them are live after it.
func costs(t testing.TB, most int64, fn func()) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fn()
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), most, "bytes are live")
	return after.TotalAlloc - before.TotalAlloc
}

// until returns how long the daemon leaves a connection open.
func (x *rig) until(conn net.Conn) time.Duration {
	x.t.Helper()
	began := x.w.Now()
	_ = conn.SetReadDeadline(x.w.Time().Add(time.Hour))
	_, err := io.Copy(io.Discard, conn)
	require.NoError(x.t, err, "it is still open")
	return x.w.Now() - began
}

// What a program at the socket may send instead of a request: its own connection
// ends within a bound, at a bounded cost, or is answered and goes on; others see
// nothing of it.
func TestHostilePrograms(t *testing.T) {
	const never = -1
	request := func(payload []byte) []byte { return framed(usbmuxd.Plist, usbmuxd.KindPlist, 1, string(payload)) }
	type attack struct {
		bytes []byte
		ends  time.Duration
	}
	attacks := map[string]attack{
		"length of 4 GiB":      {[]byte("\xff\xff\xff\xff\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00"), 0},
		"a byte over 64 KiB":   {[]byte("\x01\x00\x01\x00\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00"), 0},
		"length of 0":          {make([]byte, 16), 0},
		"length below header":  {[]byte("\x0f\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00"), 0},
		"HTTP":                 {[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 0},
		"TLS":                  {append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 505)...), 0}, // its first bytes are too long a length
		"noise":                {bytes.Repeat([]byte{0xA5}, 1000), 0},
		"half a header":        {[]byte("\x40\x00\x00\x00\x01"), time.Minute},
		"half a message":       {request(make([]byte, 4000))[:2000], time.Minute},
		"nothing":              {nil, never},
		"64 KiB of nothing":    {framed(usbmuxd.Plist, usbmuxd.KindPlist, 1, string(make([]byte, 65520))), never},
		"a list cut short":     {request([]byte(`<plist version="1.0"><dict><key>Mess`)), never},
		"unknown kind, binary": {framed(usbmuxd.Binary, 99, 1, "\x00\x00"), never},
	}
	for _, b := range plisttest.Bombs() {
		doc := b.Doc()
		ends := time.Duration(never)
		if len(doc)+usbmuxd.HeaderLen > usbmuxd.MaxMessage {
			ends = 0
		}
		attacks["bomb: "+b.Name] = attack{request(doc), ends}
	}
	for name, a := range attacks {
		t.Run(name, func(t *testing.T) {
			x := newRig(t, muxd.Options{})
			x.run(func(dev usbmuxd.Device) {
				friend := x.program()
				require.Equal(t, usbmuxd.OK, friend.connect(dev.ID, portEcho))
				foe := x.program()
				var ended time.Duration = never
				cost := costs(t, 256<<10, func() {
					x.w.Go("foe", func() { _, _ = foe.conn.Write(a.bytes) })
					if a.ends != never {
						ended = x.until(foe.conn)
					} else {
						x.w.Sleep(2 * time.Minute)
					}
				})
				require.Equal(t, a.ends, ended)
				require.Less(t, cost, uint64(4<<20), "bytes allocated")
				if a.ends == never {
					require.Equal(t, 2, x.d.Clients())
					require.NoError(t, foe.conn.Close())
				}
				friend.raw([]byte("still here"))
				require.Equal(t, "still here", string(friend.bytes(10)))
				x.w.Sleep(time.Second)
				require.Equal(t, 1, x.d.Clients())
			})
		})
	}
}

// A program that sends a request byte by byte has a minute for it; one that has
// nothing to say may stay, and so may one that listens or has a connection.
func TestSlowPrograms(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		idle, listener, tunnel, slow := x.program(), x.program(), x.program(), x.program()
		require.Equal(t, usbmuxd.OK, listener.ask(usbmuxd.Request{Command: usbmuxd.Listen}).Result)
		require.Equal(t, "Attached", listener.next().Type)
		require.Equal(t, usbmuxd.OK, tunnel.connect(dev.ID, portEcho))
		x.w.Go("slow loris", func() {
			for _, b := range framed(usbmuxd.Plist, usbmuxd.KindPlist, 1, string(make([]byte, 1000))) {
				if _, err := slow.conn.Write([]byte{b}); err != nil {
					return
				}
				x.w.Sleep(time.Second)
			}
		})
		require.Equal(t, time.Minute, x.until(slow.conn))
		x.w.Sleep(10 * time.Hour)
		require.Len(t, idle.ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices, 1)
		tunnel.raw([]byte("x"))
		tunnel.bytes(1)

		// Each message has its own minute.
		one, err := usbmuxd.Request{Version: 1, Tag: 2, Command: usbmuxd.ListDevices}.AppendTo(nil)
		require.NoError(t, err)
		for range 10 {
			idle.raw(one[:100])
			x.w.Sleep(30 * time.Second)
			idle.raw(one[100:])
			require.Len(t, idle.next().Devices, 1)
		}
		// What is sent behind a Connect is a connection's, and has none.
		ask, err := usbmuxd.Request{Version: 1, Tag: 3, Command: usbmuxd.Connect, DeviceID: dev.ID, HasDevice: true, Port: portEcho, HasPort: true}.AppendTo(nil)
		require.NoError(t, err)
		idle.raw(ask[:50])
		x.w.Sleep(time.Second)
		idle.raw(append(ask[50:], 'y'))
		require.Equal(t, usbmuxd.OK, idle.next().Result)
		require.Equal(t, "y", string(idle.bytes(1)))
		x.w.Sleep(time.Hour)
		idle.raw([]byte("z"))
		require.Equal(t, "z", string(idle.bytes(1)))
	})
}

// What a device may send. The daemon goes on, the other phone sees nothing of it,
// and what is kept of it is bounded.
func TestHostileDevices(t *testing.T) {
	header := func(p usbmux.Protocol, n uint32, rest ...byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(p))
		return append(binary.BigEndian.AppendUint32(b, n), rest...)
	}
	control := func(text string) []byte {
		b, err := usbmux.Packet{Protocol: usbmux.ProtoControl, Payload: append([]byte{7}, text...)}.AppendTo(nil, 2)
		require.NoError(t, err)
		return b
	}
	segment := func(s usbmux.Segment) []byte {
		b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
		require.NoError(t, err)
		return b
	}
	full := func(head []byte) []byte { return append(head, make([]byte, usbmux.ReadSize-len(head))...) }
	for name, transfer := range map[string][]byte{
		"noise":                         bytes.Repeat([]byte{0xA5}, 500),
		"one byte":                      {0},
		"length of 4 GiB, without end":  full(header(usbmux.ProtoTCP, 0xFFFFFFFF)),
		"length of 65537":               full(header(usbmux.ProtoTCP, 65537)),
		"length of 0":                   header(usbmux.ProtoTCP, 0, 1, 2, 3),
		"longest packet, not whole":     header(usbmux.ProtoTCP, 65536, make([]byte, 100)...),
		"unknown protocol":              header(17, 20, make([]byte, 12)...),
		"VERSION again":                 header(usbmux.ProtoVersion, 20, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
		"a log line":                    control("hello"),
		"a long log line":               control(string(make([]byte, 60_000))),
		"SYN":                           segment(usbmux.Segment{Src: 62078, Dst: 1, Flags: usbmux.SYN}),
		"data for nobody":               segment(usbmux.Segment{Src: 62078, Dst: 999, Flags: usbmux.ACK, Payload: make([]byte, 10_000)}),
		"RST for nobody":                segment(usbmux.Segment{Src: 62078, Dst: 999, Flags: usbmux.RST, Payload: []byte("why")}),
		"an ACK of bytes never sent":    segment(usbmux.Segment{Src: portEcho, Dst: 1, Seq: 1, Ack: 0x7FFFFFFF, Flags: usbmux.ACK, Window: 1 << 20}),
		"a window that is always empty": segment(usbmux.Segment{Src: portEcho, Dst: 1, Seq: 1, Ack: 1, Flags: usbmux.ACK}),
	} {
		t.Run(name, func(t *testing.T) {
			x := newFake(t, muxd.Options{})
			x.run(func() {
				x.d.Watch(x.another()) // a good phone
				for len(x.d.Devices()) < 2 {
					x.w.Sleep(time.Second)
				}
				victim := x.program()
				x.w.Go("victim", func() { victim.connect(1, portEcho) })
				x.answer()
				x.w.Go("device reads", func() {
					buf := make([]byte, 64<<10)
					for {
						x.out.SetReadDeadline(sim.Never)
						if _, err := x.out.ReadTransfer(buf); err != nil {
							return
						}
					}
				})
				times := uint64(2000)
				if testing.Short() {
					times = 200
				}
				cost := costs(t, 512<<10, func() {
					for range times {
						if _, err := x.in.Write(transfer); err != nil {
							return
						}
					}
					x.w.Sleep(time.Minute)
				})
				require.Less(t, cost/times, uint64(2*len(transfer)+4<<10), "bytes allocated for a transfer")
				good := x.program()
				require.Equal(t, usbmuxd.OK, good.connect(2, portEcho))
				good.raw([]byte("still here"))
				require.Equal(t, "still here", string(good.bytes(10)))
			})
		})
	}
}
