//go:build libusb && linux && cgo

package libusb

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// counted is n bytes in which every word is its own place.
func counted(n int) []byte {
	b := make([]byte, 0, n+4)
	for i := uint32(0); len(b) < n; i++ {
		b = binary.LittleEndian.AppendUint32(b, i*2654435761)
	}
	return b[:n]
}

// 64 MiB there and back, with 16 transfers in flight each way.
func TestGuestLoopback(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		const total = 64 << 20
		in, out := b.configure(1)
		s := usb.NewStream(b.w, b.conn, in, out, usb.StreamOptions{InTransfers: 16, InSize: 65536, OutTransfers: 16, OutSize: 65536, Buffered: true})
		data := counted(total)
		b.w.Go("writer", func() {
			for rest := data; len(rest) > 0; rest = rest[min(1<<20, len(rest)):] {
				_, err := s.Write(rest[:min(1<<20, len(rest))])
				require.NoError(t, err)
			}
		})
		begin := b.w.Now()
		buf := make([]byte, 1<<20)
		for n := 0; n < total; {
			k, err := s.Read(buf)
			require.NoError(t, err, "after %d bytes", n)
			require.True(t, bytes.Equal(data[n:n+k], buf[:k]), "what comes back is what was sent, in the %d bytes from %d on", k, n)
			n += k
		}
		took := b.w.Now() - begin
		require.NoError(t, s.Close())
		t.Logf("64 MiB there and back in %v: %.1f MB/s each way", took.Round(time.Millisecond), total/1e6/took.Seconds())
	})
}

// collect submits a transfer; those that are done gather in a list.
func (b *guestBench) collect(done *[]*usb.Transfer, endpoint uint8, data []byte) *usb.Transfer {
	t := &usb.Transfer{Endpoint: endpoint, Data: data}
	t.Done = func(t *usb.Transfer) { *done = append(*done, t) }
	b.conn.Submit(t)
	return t
}

// until waits for a condition.
func (b *guestBench) until(what string, ok func() bool) {
	b.Helper()
	for deadline := b.w.Now() + patience; !ok(); b.w.Sleep(time.Millisecond) {
		require.Less(b, b.w.Now(), deadline, what)
	}
}

// Each transfer is answered by what follows the one before it.
func TestGuestOrder(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		in, out := b.configure(1)
		const each, count = 2048, 256
		data := counted(each * count)
		var list, received, sent []*usb.Transfer
		for range count {
			list = append(list, b.collect(&received, in, make([]byte, each)))
		}
		for i := range count {
			b.collect(&sent, out, data[i*each:(i+1)*each])
		}
		// A function of Linux reads 16 KiB at a time, and count is a multiple.
		b.until("the last transfer is not done", func() bool { return len(received) == count })
		require.Equal(t, list, received, "in the order of their submission")
		for i, x := range received {
			require.Equal(t, usb.OK, x.Status)
			require.True(t, bytes.Equal(data[i*each:(i+1)*each], x.Data[:x.Actual]), "transfer %d", i)
		}
		require.Len(t, sent, count)
	})
}

// A short packet, or one of zero length, ends a transfer; a multiple of the
// packet size does not.
func TestGuestShortAndZero(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		in, out := b.configure(1)
		do := func(x *usb.Transfer) error { return usb.Do(b.w, b.conn, x, patience) }
		for _, n := range []int{1, 511, 513, 1000, 3000} {
			data := counted(n)
			require.NoError(t, do(&usb.Transfer{Endpoint: out, Data: data}))
			x := &usb.Transfer{Endpoint: in, Data: make([]byte, 4096)}
			require.NoError(t, do(x))
			require.Equal(t, data, x.Data[:x.Actual])
		}
		var done []*usb.Transfer
		for _, zero := range []bool{true, false} {
			data := counted(1024)
			x := b.collect(&done, in, make([]byte, 2048))
			require.NoError(t, do(&usb.Transfer{Endpoint: out, Data: data, ZeroPacket: zero}))
			if !zero {
				b.w.Sleep(300 * time.Millisecond)
				require.Empty(t, done, "the device still waits for the end of the transfer")
				require.NoError(t, do(&usb.Transfer{Endpoint: out}), "a zero-length packet alone")
			}
			b.until("the transfer does not come back", func() bool { return len(done) == 1 })
			require.Equal(t, data, x.Data[:x.Actual])
			done = nil
		}
		require.NoError(t, do(&usb.Transfer{Endpoint: out, Data: []byte("abc")}))
		require.Equal(t, usb.Short, do(&usb.Transfer{Endpoint: in, Data: make([]byte, 512), ShortNotOK: true}))
	})
}

// Parked transfers come back when they are canceled, and the others get the
// data.
func TestGuestCancel(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		in, out := b.configure(1)
		var list, done []*usb.Transfer
		for range 16 {
			list = append(list, b.collect(&done, in, make([]byte, 512)))
		}
		b.w.Sleep(100 * time.Millisecond)
		require.Empty(t, done)
		for i := 0; i < 16; i += 2 {
			b.conn.Cancel(list[i])
		}
		b.until("canceled transfers are not done", func() bool { return len(done) == 8 })
		for i, x := range done {
			require.Same(t, list[2*i], x)
			require.Equal(t, usb.Canceled, x.Status)
			require.Zero(t, x.Actual)
		}
		done = nil
		for i := range 8 {
			require.NoError(t, usb.Do(b.w, b.conn, &usb.Transfer{Endpoint: out, Data: counted(100 + i)}, patience))
		}
		b.until("the others are not done", func() bool { return len(done) == 8 })
		for i, x := range done {
			require.Same(t, list[2*i+1], x)
			require.Equal(t, counted(100+i), x.Data[:x.Actual])
			b.conn.Cancel(x) // does nothing
		}
		x := &usb.Transfer{Endpoint: in, Data: make([]byte, 512)}
		require.Equal(t, usb.TimedOut, usb.Do(b.w, b.conn, x, 50*time.Millisecond))
	})
}

// The sink halts its endpoint when it is sent what it does not expect.
func TestGuestHalt(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		_, out := b.configure(2)
		send := func(bad bool) error {
			data := make([]byte, 16384)
			for i := range data {
				data[i] = byte(i % 512 % 63) // pattern 1 of Linux's f_sourcesink, of each packet
			}
			if bad {
				data[7]++
			}
			return usb.Do(b.w, b.conn, &usb.Transfer{Endpoint: out, Data: data}, patience)
		}
		require.NoError(t, send(false))
		require.NoError(t, send(true), "taken, and then looked at")
		require.Equal(t, usb.Stall, send(false))
		require.Equal(t, usb.Stall, send(false), "until it is cleared")
		require.NoError(t, b.conn.ClearHalt(out))
		for range 4 {
			require.NoError(t, send(false))
		}
	})
}

// Control transfers of the source and sink: 5B stores, 5C gives back.
func TestGuestControl(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		b.configure(2)
		for _, n := range []int{0, 1, 64, 1000, 4096} {
			data := counted(n)
			store := usb.Setup{RequestType: usb.TypeVendor, Request: 0x5B}
			k, err := usb.Control(b.w, b.conn, store, data, patience)
			require.NoError(t, err, "%d bytes", n)
			require.Equal(t, n, k)
			fetch := usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: 0x5C}
			back := make([]byte, n)
			k, err = usb.Control(b.w, b.conn, fetch, back, patience)
			require.NoError(t, err)
			require.Equal(t, data, back[:k])
		}
		refused := usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: 0x99}
		_, err := usb.Control(b.w, b.conn, refused, make([]byte, 4), patience)
		require.Equal(t, usb.Stall, err)
		_, err = usb.Control(b.w, b.conn, refused, make([]byte, 4097), patience)
		require.Equal(t, usb.Invalid, err, "more than the kernel carries")
	})
}

// The kernel takes 16 MiB of transfers at a time; what is above that is refused,
// and the rest goes on.
func TestGuestTooMuch(t *testing.T) {
	inGuest(t, func(b *guestBench) {
		in, out := b.configure(1)
		var done []*usb.Transfer
		var list []*usb.Transfer
		for range 20 {
			list = append(list, b.collect(&done, in, make([]byte, 1<<20)))
		}
		b.until("nothing is refused", func() bool { return len(done) > 0 })
		b.w.Sleep(100 * time.Millisecond)
		require.Less(t, len(done), 10)
		for _, x := range done {
			require.Equal(t, usb.Invalid, x.Status)
		}
		done = nil
		require.NoError(t, usb.Do(b.w, b.conn, &usb.Transfer{Endpoint: out, Data: []byte("small")}, patience))
		b.until("the first does not get its data", func() bool { return len(done) == 1 })
		require.Same(t, list[0], done[0])
		require.Equal(t, "small", string(done[0].Data[:done[0].Actual]))
	})
}
