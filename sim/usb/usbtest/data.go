package usbtest

import (
	"bytes"
	"io"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// cases is the whole suite.
var cases = append(append([]testCase{}, lifeCases...), dataCases...)

// The cases on transfers.
var dataCases = []testCase{
	{"control", "", func(b *bench) {
		b.attach()
		vendor := func(in bool, request uint8, data []byte) (int, error) {
			s := usb.Setup{RequestType: usb.TypeVendor, Request: request}
			if in {
				s.RequestType |= usb.DirIn
			}
			return usb.Control(b.w, b.conn, s, data, patience)
		}
		for _, n := range []int{1, 63, 64, 65, 512, 4096} {
			data := pattern(n, n)
			k, err := vendor(false, reqStore, data)
			require.NoError(b, err)
			assert.Equal(b, n, k)
			back := make([]byte, n)
			k, err = vendor(true, reqFetch, back)
			require.NoError(b, err)
			assert.Equal(b, n, k)
			assert.True(b, bytes.Equal(data, back), "%d bytes there and back", n)
		}
		k, err := vendor(true, reqFetch, make([]byte, 8))
		require.NoError(b, err)
		assert.Equal(b, 8, k, "less than there is")
		_, err = vendor(false, reqTouch, nil)
		require.NoError(b, err)
		assert.Equal(b, 1, b.dev.touched)
		for _, in := range []bool{true, false} {
			_, err = vendor(in, 99, make([]byte, 4))
			assert.Equal(b, usb.Stall, err, "a request that is refused")
		}
		_, err = vendor(true, reqFetch, make([]byte, 8))
		assert.NoError(b, err, "endpoint 0 works on after a stall")
	}},

	{"control answered late, or never", "", func(b *bench) {
		b.attach()
		s := usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: reqLater, Length: 4}
		x := &usb.Transfer{Setup: s, Data: make([]byte, 4)}
		assert.Equal(b, usb.TimedOut, usb.Do(b.w, b.conn, x, pause))
		b.until("the device does not get the request", func() bool { return len(b.dev.later) == 1 })
		b.until("the device does not learn that the host gave up", func() bool { return !b.dev.later[0].Pending() })
		b.dev.later[0].Reply([]byte("late"))

		b.w.Go("device", func() {
			b.until("the device does not get the request", func() bool { return len(b.dev.later) == 2 })
			b.w.Sleep(pause)
			b.dev.later[1].Reply([]byte("well"))
		})
		require.NoError(b, usb.Do(b.w, b.conn, x, patience))
		assert.Equal(b, "well", string(x.Data[:x.Actual]))
	}},

	{"bulk out of all lengths", "", func(b *bench) {
		b.configure()
		for _, n := range []int{0, 1, 511, 512, 513, 1024, 16384, 65536, 100000} {
			data := pattern(n, n)
			var got []byte
			finished := false
			b.w.Go("device", func() {
				buf := make([]byte, 131072)
				k, err := b.dev.g.Endpoint(0x02).ReadTransfer(buf)
				assert.NoError(b, err)
				got, finished = buf[:k], true
			})
			x := &usb.Transfer{Endpoint: b.out(), Data: data, ZeroPacket: true}
			require.NoError(b, usb.Do(b.w, b.conn, x, patience), "%d bytes", n)
			assert.Equal(b, n, x.Actual)
			b.until("the device does not see the end of the transfer", func() bool { return finished })
			assert.True(b, bytes.Equal(data, got), "%d bytes out; the device has %d", n, len(got))
		}
	}},

	{"bulk in of all lengths", "", func(b *bench) {
		b.configure()
		for _, n := range []int{0, 1, 511, 512, 513, 1024, 16384, 65536, 100000} {
			data := pattern(n, n)
			b.w.Go("device", func() {
				k, err := b.dev.g.Endpoint(0x81).Write(data)
				assert.NoError(b, err)
				assert.Equal(b, n, k)
			})
			x := &usb.Transfer{Endpoint: b.in(), Data: make([]byte, 131072)}
			require.NoError(b, usb.Do(b.w, b.conn, x, patience), "%d bytes", n)
			assert.True(b, bytes.Equal(data, x.Data[:x.Actual]), "%d bytes in; the host has %d", n, x.Actual)
		}
	}},

	{"in is not answered without data", "", func(b *bench) {
		b.configure()
		var order []*note
		var list []*note
		for range 8 {
			list = append(list, b.start(b.in(), make([]byte, 512), &order))
		}
		b.w.Sleep(pause)
		require.Empty(b, order)
		for i := range list {
			_, err := b.dev.g.Endpoint(0x81).Write(pattern(i, 100+i))
			require.NoError(b, err)
		}
		list[7].await()
		assert.Equal(b, list, order, "in the order of their submission")
		for i, x := range order {
			assert.True(b, bytes.Equal(pattern(i, 100+i), x.Data[:x.Actual]), "transfer %d", i)
		}
	}},

	{"out waits for the device", "", func(b *bench) {
		b.configure()
		var order, list []*note
		for i := range 8 {
			list = append(list, b.start(b.out(), pattern(i, 100+i), &order))
		}
		for i := range list {
			buf := make([]byte, 512)
			n, err := b.dev.g.Endpoint(0x02).ReadTransfer(buf)
			require.NoError(b, err)
			assert.True(b, bytes.Equal(pattern(i, 100+i), buf[:n]), "transfer %d", i)
		}
		list[7].await()
		assert.Equal(b, list, order, "in the order of their submission")
	}},

	{"cancel", "", func(b *bench) {
		b.configure()
		first, second := b.start(b.in(), make([]byte, 512), nil), b.start(b.in(), make([]byte, 512), nil)
		b.w.Sleep(pause)
		first.cancel()
		first.await()
		assert.Equal(b, usb.Canceled, first.Status)
		assert.Zero(b, first.Actual)
		first.cancel()
		_, err := b.dev.g.Endpoint(0x81).Write([]byte("kept"))
		require.NoError(b, err)
		second.await()
		assert.Equal(b, "kept", string(second.Data[:second.Actual]), "data goes to the next transfer")
		second.cancel()
		b.w.Sleep(pause)
		assert.Equal(b, []int{1, 1}, []int{first.done, second.done}, "cancel of what is done does nothing")

		// A canceled transfer can be used again.
		first.done = 0
		first.submit()
		_, err = b.dev.g.Endpoint(0x81).Write([]byte("again"))
		require.NoError(b, err)
		first.await()
		assert.Equal(b, "again", string(first.Data[:first.Actual]))
	}},

	{"time-out", "", func(b *bench) {
		b.configure()
		x := &usb.Transfer{Endpoint: b.in(), Data: make([]byte, 64)}
		at := b.w.Now()
		assert.Equal(b, usb.TimedOut, usb.Do(b.w, b.conn, x, pause))
		assert.GreaterOrEqual(b, b.w.Now()-at, pause)
	}},

	{"halt and clear", "halt", func(b *bench) {
		b.configure()
		x := b.start(b.in(), make([]byte, 64), nil)
		b.w.Sleep(pause)
		b.dev.g.Endpoint(0x81).SetHalt(true)
		x.await()
		assert.Equal(b, usb.Stall, x.Status)
		y := b.start(b.in(), make([]byte, 64), nil)
		y.await()
		assert.Equal(b, usb.Stall, y.Status, "until it is cleared")
		require.NoError(b, b.conn.ClearHalt(b.in()))
		b.until("the device's halt is not cleared", func() bool { return !b.dev.g.Endpoint(0x81).Halted() })
		b.w.Go("device", func() { b.dev.g.Endpoint(0x81).Write([]byte("on")) })
		z := b.start(b.in(), make([]byte, 64), nil)
		z.await()
		assert.Equal(b, "on", string(z.Data[:z.Actual]))
	}},

	{"interrupt", "", func(b *bench) {
		b.configure()
		x := b.start(b.address(0, 0, usb.TypeInterrupt, true), make([]byte, 64), nil)
		b.w.Sleep(pause)
		require.Zero(b, x.done)
		_, err := b.dev.g.Endpoint(0x83).Write([]byte("report"))
		require.NoError(b, err)
		x.await()
		assert.Equal(b, "report", string(x.Data[:x.Actual]))
	}},

	{"short is an error on demand", "", func(b *bench) {
		b.configure()
		b.w.Go("device", func() { b.dev.g.Endpoint(0x81).Write([]byte("abc")) })
		x := &usb.Transfer{Endpoint: b.in(), Data: make([]byte, 512), ShortNotOK: true}
		assert.Equal(b, usb.Short, usb.Do(b.w, b.conn, x, patience))
		assert.Equal(b, "abc", string(x.Data[:x.Actual]))
	}},

	{"endpoint that is not there", "", func(b *bench) {
		b.configure()
		x := b.start(0x8E, make([]byte, 64), nil)
		x.await()
		assert.Equal(b, usb.Invalid, x.Status)
	}},

	{"streams", "", func(b *bench) {
		b.configure()
		s := usb.NewStream(b.w, b.conn, b.in(), b.out(), usb.StreamOptions{})
		const total = 4 << 20
		data := pattern(1, total)
		b.w.Go("device echoes", func() {
			buf := make([]byte, 50000)
			for {
				n, err := b.dev.g.Endpoint(0x02).Read(buf)
				if err != nil {
					return
				}
				if _, err := b.dev.g.Endpoint(0x81).Write(buf[:n]); err != nil {
					return
				}
			}
		})
		written, wrote := false, b.w.NewCond("host has written")
		b.w.Go("host writes", func() {
			defer func() { written = true; wrote.Signal() }()
			for rest := data; len(rest) > 0; {
				k := min(30011, len(rest))
				if _, err := s.Write(rest[:k]); err != nil {
					b.Errorf("write: %v", err)
					return
				}
				rest = rest[k:]
			}
		})
		s.SetReadDeadline(b.w.Now() + time.Minute)
		got := make([]byte, total)
		n, err := io.ReadFull(s, got)
		require.NoError(b, err, "after %d bytes", n)
		assert.True(b, bytes.Equal(data, got), "what comes back is what was sent")
		// The echo may be faster than the word that a write is over.
		require.True(b, wrote.WaitFor(b.w.Now()+patience, func() bool { return written }), "writes do not return")
		require.NoError(b, s.Close())
	}},
}
