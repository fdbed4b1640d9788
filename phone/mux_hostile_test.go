package phone

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// drain reads whatever the phone says, and counts the segments by their flags.
func (h *muxHost) drain() map[usbmux.Flags]int {
	seen := map[usbmux.Flags]int{}
	h.w.Go("host reads", func() {
		buf := make([]byte, 64<<10)
		for {
			t := &usb.Transfer{Endpoint: 0x85, Data: buf}
			if usb.Do(h.w, h.conn, t, time.Hour) != nil {
				return
			}
			if p, err := usbmux.ParsePacket(buf[:t.Actual], 2); err == nil && p.Protocol == usbmux.ProtoTCP {
				if s, err := usbmux.ParseSegment(p.Payload); err == nil {
					seen[s.Flags]++
				}
			}
		}
	})
	return seen
}

// What a host may send. The phone goes on, and what it keeps of it is bounded.
func TestMuxHostileHosts(t *testing.T) {
	header := func(p usbmux.Protocol, n uint32, rest int) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(p))
		return append(binary.BigEndian.AppendUint32(b, n), make([]byte, rest)...)
	}
	segment := func(s usbmux.Segment) []byte {
		b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
		require.NoError(t, err)
		return b
	}
	for name, transfer := range map[string][]byte{
		"noise":                       bytes.Repeat([]byte{0xA5}, 500),
		"one byte":                    {0},
		"length of 4 GiB":             header(usbmux.ProtoTCP, 0xFFFFFFFF, 100_000),
		"length of 0":                 header(usbmux.ProtoTCP, 0, 4),
		"longest packet, not whole":   header(usbmux.ProtoTCP, 65535, 100),
		"a packet of 1 MiB":           header(usbmux.ProtoTCP, 1<<20, 1<<20-8),
		"unknown protocol":            header(17, 20, 12),
		"a log line":                  header(usbmux.ProtoControl, 20, 12),
		"SYN|ACK":                     segment(usbmux.Segment{Src: 9, Dst: 7, Flags: usbmux.SYN | usbmux.ACK}),
		"data for nobody":             segment(usbmux.Segment{Src: 9, Dst: 7, Flags: usbmux.ACK, Payload: make([]byte, 10_000)}),
		"the same SYN again":          segment(usbmux.Segment{Src: 1, Dst: 62078, Flags: usbmux.SYN}),
		"an ACK of bytes never sent":  segment(usbmux.Segment{Src: 1, Dst: 62078, Seq: 1, Ack: 0x7FFFFFFF, Flags: usbmux.ACK}),
		"data that skips ahead":       segment(usbmux.Segment{Src: 1, Dst: 62078, Seq: 1 << 20, Ack: 1, Flags: usbmux.ACK, Payload: []byte("x")}),
		"flags that nobody has heard": segment(usbmux.Segment{Src: 1, Dst: 62078, Seq: 1, Ack: 1, Flags: 0xFF}),
	} {
		t.Run(name, func(t *testing.T) {
			muxed(t, func(h *muxHost) {
				h.begin(configMuxEther)
				h.dial(62078)
				h.drain()
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				const times = 500
				for range times {
					h.write(transfer)
				}
				h.w.Sleep(time.Minute)
				runtime.GC()
				runtime.ReadMemStats(&after)
				require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(512<<10), "bytes are live")
				require.Less(t, (after.TotalAlloc-before.TotalAlloc)/times, uint64(64<<10), "bytes allocated for a transfer")
				began := h.w.Now()
				n := len(h.conns)
				h.send(usbmux.Segment{Src: 5000, Dst: 1234, Flags: usbmux.SYN})
				h.w.Sleep(time.Millisecond)
				require.Len(t, h.conns, n+1, "the phone takes a connection as before")
				require.Less(t, h.w.Now()-began, time.Second)
			})
		})
	}
}

// A connection that the host begins and does not go on with is over after five
// seconds. There are no more than 4096 of them; those beyond are refused at once.
func TestMuxHalfOpenConnections(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		seen := h.drain()
		for i := range 5000 {
			h.send(usbmux.Segment{Src: uint16(1 + i), Dst: 62078, Flags: usbmux.SYN})
		}
		h.w.Sleep(time.Second)
		require.Len(t, h.conns, 4096)
		require.Equal(t, 4096, seen[usbmux.SYN|usbmux.ACK])
		require.Equal(t, 5000-4096, seen[usbmux.RST])
		ended := 0
		for _, c := range h.conns {
			h.w.Go("service", func() {
				_, err := c.Read(make([]byte, 1))
				require.ErrorContains(t, err, "timed out")
				ended++
			})
		}
		h.w.Sleep(5 * time.Second)
		require.Equal(t, 4096, ended)
		require.Equal(t, 5000, seen[usbmux.RST])
		h.send(usbmux.Segment{Src: 1, Dst: 62078, Flags: usbmux.SYN})
		h.w.Sleep(time.Second)
		require.Len(t, h.conns, 4097)
	})
}
