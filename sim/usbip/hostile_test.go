package usbip_test

import (
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// Clients that a server has to survive. Each test ends by importing the device
// once more, and using it.

// alive wants the server to serve.
func (b *bench) alive() {
	b.t.Helper()
	var c *client
	for end := time.Now().Add(patience); ; {
		c = b.dial()
		status, _ := c.importing("1-1")
		if status == wire.StatusOK {
			break
		}
		require.Equal(b.t, wire.StatusBusy, status) // until the server has seen the other go
		require.True(b.t, time.Now().Before(end))
	}
	c.configure()
	q := c.submit(c.in(1, 64))
	b.do(func() { b.g.Endpoint(0x81).Write([]byte("alive")) })
	r, data := c.answer(true)
	require.Equal(b.t, q.Seq, r.Seq)
	require.Equal(b.t, "alive", string(data))
	require.NoError(b.t, c.Close())
	b.until("the server has seen him go", func() bool { return !b.port.Imported() })
}

// heap returns the bytes in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// reasons are why connections were closed or refused.
type reasons struct {
	b    *bench
	list []string
}

func (b *bench) reasons() *reasons {
	r := &reasons{b: b}
	b.do(func() {
		b.w.Observe(func(e *sim.Event) {
			if e.Layer == "usbip" && e.Kind != "import" {
				r.list = append(r.list, e.Kind+": "+e.Get("reason"))
			}
		})
	})
	return r
}

// next waits for n of them.
func (r *reasons) next(n int) (list []string) {
	r.b.t.Helper()
	r.b.until("an event", func() bool { return len(r.list) >= n })
	r.b.do(func() { list, r.list = r.list, nil })
	return list
}

func TestHostileTruncatedHeaders(t *testing.T) {
	b := serve(t, usbip.Options{})
	op := wire.AppendBusID(wire.Op{Code: wire.ReqImport}.AppendTo(nil), "1-1")
	for n := range op {
		c := b.dial()
		c.send(op[:n])
		require.NoError(t, c.CloseWrite())
		c.closed()
	}
	k := &client{}
	out := append(k.out(2, 100).AppendTo(nil), make([]byte, 99)...)
	for n := 0; n < len(out); n += 7 {
		c := b.imported()
		c.configure()
		c.send(out[:n])
		require.NoError(t, c.CloseWrite())
		c.closed()
		b.until("the port is free", func() bool { return !b.port.Imported() })
	}
	b.alive()
}

// CloseWrite ends what the client says, but not the connection.
func (c *client) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

func TestHostileLengths(t *testing.T) {
	b := serve(t, usbip.Options{})
	reasons := b.reasons()
	for _, k := range []struct {
		change func(*wire.Request)
		want   string
	}{
		{func(q *wire.Request) { q.Length = -1 }, "close: usbip: CMD_SUBMIT, offset 24: transfer_buffer_length is -1, want 0 to 16777216: out of range"},
		{func(q *wire.Request) { q.Length = 0x7FFFFFFF }, "close: usbip: CMD_SUBMIT, offset 24: transfer_buffer_length is 2147483647, want 0 to 16777216: out of range"},
		{func(q *wire.Request) { q.Endpoint = 16 }, "close: usbip: CMD_SUBMIT, offset 16: ep is 16, want 0 to 15: out of range"},
		{func(q *wire.Request) { q.Command = 5 }, "close: usbip: request, offset 0: command is 5, want 1 to 2: unknown here"},
		{func(q *wire.Request) { q.Command = wire.RetSubmit }, "close: usbip: request, offset 0: command is 3, want 1 to 2: unknown here"},
	} {
		for _, in := range []bool{true, false} {
			c := b.imported()
			q := c.in(1, 64)
			q.In = in
			k.change(q)
			c.submit(q)
			c.closed()
			require.Equal(t, []string{k.want}, reasons.next(1))
		}
	}
	for _, k := range []struct {
		op   string
		want string
	}{
		{"\x01\x06\x80\x05\x00\x00\x00\x00", "refuse: usbip: OP header, offset 0: version is 262, want 273: not USB/IP 1.1.1"},
		{"\x01\x11\x80\x02\x00\x00\x00\x00", "refuse: usbip: OP header, offset 2: code is 32770, want 32771: unknown here"},
		{"GET / HTTP/1.1\r\n\r\n", "refuse: usbip: OP header, offset 0: version is 18245, want 273: not USB/IP 1.1.1"},
	} {
		c := b.dial()
		c.send([]byte(k.op))
		c.closed()
		require.Equal(t, []string{k.want}, reasons.next(1))
	}
	b.alive()
}

func TestHostileSeqnums(t *testing.T) {
	b := serve(t, usbip.Options{})
	reasons := b.reasons()
	c := b.imported()
	c.configure()
	q := c.submit(c.in(1, 64))
	c.submit(q)
	c.closed()
	require.Equal(t, []string{"close: the client uses a seqnum twice"}, reasons.next(1))
	b.alive()
	require.Equal(t, []string{"close: closed by the client"}, reasons.next(1))

	s := b.slow()
	c = b.imported()
	q = c.submit(c.in(1, 64))
	c.submit(c.unlink(q))
	c.submit(c.unlink(q))
	c.closed()
	require.Equal(t, []string{"close: the client unlinks a transfer twice"}, reasons.next(1))
	b.do(func() { require.Empty(t, s.held, "the device has given everything back") })

	// A seqnum may be used again once it has its answer.
	b.do(func() {
		b.port.Detach()
		require.NoError(t, b.port.Attach(b.g))
	})
	c = b.imported()
	for range 3 {
		c.seq = 0
		c.configure()
	}
	require.NoError(t, c.Close())
	b.alive()
}

// A storm of unlinks, with and without somebody who reads the answers.
func TestHostileUnlinkStorm(t *testing.T) {
	long(t)
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	const rounds = 2000
	var answers sync.WaitGroup
	answers.Go(func() {
		for range rounds {
			if r, _ := c.answer(false); r.Command != wire.RetUnlink || r.Status != wire.ErrnoConnReset {
				t.Errorf("%+v", r)
				return
			}
		}
	})
	for range rounds {
		q := c.in(1, 512)
		c.send(q.AppendTo(nil), c.unlink(q).AppendTo(nil))
	}
	answers.Wait()
	before := heap()
	require.NoError(t, c.SetWriteDeadline(time.Now().Add(time.Second)))
	storm := make([]byte, 0, 1000*wire.HeaderLen)
	for range 1000 {
		storm = c.unlink(&wire.Request{Seq: 0xFFFFFF}).AppendTo(storm)
	}
	var sent int
	for {
		n, err := c.Write(storm)
		sent += n
		if err != nil {
			break
		}
	}
	require.Greater(t, sent, 8192*wire.HeaderLen, "it does not give up early")
	require.Less(t, heap()-before, 12<<20, "after %d bytes of unlinks", sent)
	require.NoError(t, c.Close())
	b.alive()
}

// Who promises sixteen MiB has no more memory for it than what he sends.
func TestHostilePromises(t *testing.T) {
	b := serve(t, usbip.Options{})
	before := heap()
	c := b.imported()
	c.configure()
	c.submit(c.out(2, wire.MaxTransfer), make([]byte, 100)...)
	time.Sleep(50 * time.Millisecond) // there is nothing to wait for
	require.Less(t, heap()-before, 3<<20)
	require.NoError(t, c.Close())
	b.alive()
}

// What is above a client's share is answered with an error, and passed over.
func TestHostileTransfersByTheThousand(t *testing.T) {
	b := serve(t, usbip.Options{Transfers: 100, Buffer: 1 << 20})
	s := b.slow()
	c := b.imported()
	refused := func(q *wire.Request) {
		t.Helper()
		c.submit(q, make([]byte, int(q.Length)*btoi(!q.In))...)
		r, _ := c.answer(false)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Status: wire.ErrnoNoMemory}, r)
	}
	for range 100 {
		c.submit(c.in(1, 0))
	}
	refused(c.in(1, 0))
	refused(c.out(2, 1000))
	refused(c.control(usb.Setup{RequestType: usb.TypeVendor, Length: 10}))
	b.until("the others wait", func() bool { return len(s.held) == 100 })
	b.do(func() {
		for range 100 {
			s.complete(usb.OK, 0)
		}
	})
	for range 100 {
		c.answer(true)
	}
	c.submit(c.in(1, 600<<10))
	refused(c.in(1, 600<<10))
	refused(c.out(2, 600<<10))
	q := c.submit(c.in(1, 100<<10))
	b.until("both wait", func() bool { return len(s.held) == 2 })
	b.do(func() { s.complete(usb.OK, 0); s.complete(usb.OK, 7) })
	c.answer(true)
	r, _ := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 7}, r)
	require.NoError(t, c.Close())
	b.do(func() {
		b.port.Detach()
		require.NoError(t, b.port.Attach(b.g))
	})
	b.alive()
}

// Who has read an answer may ask again, whatever else is still being written.
func TestShareIsFreeWithTheAnswer(t *testing.T) {
	b := serve(t, usbip.Options{Transfers: 2})
	s := b.slow()
	c := b.imported()
	const n = 8 << 20 // more than sockets hold
	for range 5 {
		c.submit(c.in(1, n))
		c.submit(c.in(1, n))
		b.until("both wait", func() bool { return len(s.held) == 2 })
		b.do(func() { s.complete(usb.OK, n); s.complete(usb.OK, n) })
		r, _ := c.answer(true)
		require.Equal(t, int32(n), r.Actual)
		q := c.submit(c.in(1, 10))
		b.until("it waits at the device", func() bool { return len(s.held) == 1 })
		r, _ = c.answer(true)
		require.Equal(t, int32(n), r.Actual)
		b.do(func() { s.complete(usb.OK, 7) })
		r, _ = c.answer(true)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 7}, r)
	}
}

// Who asks and asks and never reads has his share of memory and no more.
func TestHostileSlowReader(t *testing.T) {
	long(t)
	const share = 4 << 20
	b := serve(t, usbip.Options{Buffer: share})
	b.source()
	c := b.imported()
	c.configure()
	before := heap()
	require.NoError(t, c.SetWriteDeadline(time.Now().Add(time.Second)))
	for {
		if _, err := c.Write(c.in(1, 64<<10).AppendTo(nil)); err != nil {
			break
		}
	}
	require.Less(t, heap()-before, share*2+12<<20, "after %d requests", c.seq)
	require.Greater(t, int(c.seq), 10000)

	// He is not forgotten: once he reads, every request has its answer.
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	seen := map[uint32]bool{1: true}
	for !seen[2] {
		r, _ := c.answer(true)
		require.False(t, seen[r.Seq])
		seen[r.Seq] = true
		if r.Status == 0 {
			require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: r.Seq, Actual: 64 << 10}, r)
			continue
		}
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: r.Seq, Status: wire.ErrnoNoMemory}, r)
	}
	require.NoError(t, c.Close())
	b.alive()
}

// A hundred clients who say nothing, one who speaks.
func TestHostileHundredConnections(t *testing.T) {
	long(t)
	b := serve(t, usbip.Options{Connections: 100, Patience: time.Second})
	goroutines, before := runtime.NumGoroutine(), heap()
	var silent []*client
	for range 99 {
		silent = append(silent, b.dial())
	}
	b.alive()
	silent = append(silent, b.dial())
	var beyond []*client
	for range 20 {
		beyond = append(beyond, b.dial())
	}
	for _, c := range beyond[10:] {
		c.closed()
	}
	require.Less(t, heap()-before, 8<<20)
	for _, c := range silent {
		c.closed() // when patience is over
	}
	for _, c := range append(silent, beyond...) {
		require.NoError(t, c.Close())
	}
	b.alive()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines+5; time.Sleep(10 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "goroutines are left")
	}
}

// A hundred clients at once who want the one device: one has it.
func TestHostileHundredImports(t *testing.T) {
	b := serve(t, usbip.Options{})
	var got [6]int
	var mu sync.Mutex
	var all sync.WaitGroup
	var clients []*client
	for range 100 {
		clients = append(clients, b.dial())
	}
	for _, c := range clients {
		all.Go(func() {
			c.Write(wire.AppendBusID(wire.Op{Code: wire.ReqImport}.AppendTo(nil), "1-1"))
			head := make([]byte, wire.OpLen)
			if _, err := io.ReadFull(c, head); err != nil {
				t.Error(err)
				return
			}
			op, _ := wire.ParseOp(head)
			mu.Lock()
			got[op.Status]++
			mu.Unlock()
		})
	}
	all.Wait()
	require.Equal(t, [6]int{wire.StatusOK: 1, wire.StatusBusy: 99}, got)
	for _, c := range clients {
		require.NoError(t, c.Close())
	}
	b.alive()
}

// Imports and hang-ups in quick succession leave nothing behind.
func TestHostileChurn(t *testing.T) {
	b := serve(t, usbip.Options{})
	round := func() {
		for range 50 {
			c := b.dial()
			stream := wire.AppendBusID(wire.Op{Code: wire.ReqImport}.AppendTo(nil), "1-1")
			for range 2 {
				stream = c.in(1, 64<<10).AppendTo(stream)
			}
			_, _ = c.Write(stream) // the server may have said no by then, and gone
			require.NoError(t, c.Conn.(*net.TCPConn).SetLinger(0))
			require.NoError(t, c.Close())
		}
		b.alive()
	}
	round()
	before := heap()
	for range 4 {
		round()
	}
	require.Less(t, heap()-before, 1<<20)
}
