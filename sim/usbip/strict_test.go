package usbip_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// strict is a client that holds the server to what vhci_hcd of Linux drops a
// connection for: every request has one answer, an unlinked one none but that of
// its unlink, and no answer is to what was not asked.
type strict struct {
	*client
	mu      sync.Mutex
	less    *sync.Cond
	deaf    bool                     // nobody listens any more
	pending map[uint32]*wire.Request // CMD_SUBMIT and CMD_UNLINK
	order   []*wire.Request          // at endpoint 1 in, and 2 out
	in      []byte                   // what came at endpoint 1
	out     map[uint32]int           // how much was taken, by seqnum
}

func (s *strict) ask(q *wire.Request, data []byte) {
	s.mu.Lock()
	for len(s.pending) >= 60 && q.Command == wire.CmdSubmit && !s.deaf {
		s.less.Wait()
	}
	s.pending[q.Seq] = q
	deaf := s.deaf
	s.mu.Unlock()
	require.False(s.t, deaf)
	s.send(q.AppendTo(nil), data)
}

// some returns any request under way, or one that was answered.
func (s *strict) some(r *rand.Rand) *wire.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.order); n > 0 {
		q := s.order[n-1-r.IntN(min(n, 40))]
		for _, u := range s.pending {
			if u.Command == wire.CmdUnlink && u.Target == q.Seq {
				return nil // once is enough
			}
		}
		return q
	}
	return nil
}

func (s *strict) listen() {
	defer func() {
		s.mu.Lock()
		s.deaf = true
		s.less.Signal()
		s.mu.Unlock()
	}()
	for {
		s.mu.Lock()
		left := len(s.pending)
		s.mu.Unlock()
		if left == 0 {
			return
		}
		r, err := wire.ParseReply(s.read(wire.HeaderLen))
		require.NoError(s.t, err)
		s.mu.Lock()
		q := s.pending[r.Seq]
		s.mu.Unlock()
		if q == nil {
			s.t.Errorf("an answer to nothing: %+v", r)
			return
		}
		var data []byte
		if r.Command == wire.RetSubmit && q.In {
			data = s.read(int(r.Actual))
		}
		s.mu.Lock()
		s.judge(q, &r, data)
		s.less.Signal()
		s.mu.Unlock()
	}
}

func (s *strict) judge(q *wire.Request, r *wire.Reply, data []byte) {
	delete(s.pending, q.Seq)
	switch {
	case q.Command == wire.CmdSubmit && r.Command == wire.RetSubmit:
		if r.Status != 0 && r.Status != wire.ErrnoConnReset || r.Actual > q.Length {
			s.t.Errorf("%+v: %+v", q, r)
		}
		if q.Endpoint == 1 {
			s.in = append(s.in, data...)
		} else if q.Endpoint == 2 {
			s.out[q.Seq] = int(r.Actual)
		}
	case q.Command == wire.CmdUnlink && r.Command == wire.RetUnlink && r.Status == wire.ErrnoConnReset:
		if s.pending[q.Target] == nil {
			s.t.Errorf("%d is unlinked, and was answered before", q.Target)
		}
		delete(s.pending, q.Target)
	case q.Command == wire.CmdUnlink && r.Command == wire.RetUnlink && r.Status == 0:
		if s.pending[q.Target] != nil {
			s.t.Errorf("the unlink of %d came too late, it says, and there was no answer", q.Target)
		}
	default:
		s.t.Errorf("%+v: %+v", q, r)
	}
}

// Whatever a client asks and takes back, every request has its one answer, and
// no byte is lost, doubled or moved, in either direction.
func TestStrictClient(t *testing.T) {
	steps := 10000
	if testing.Short() {
		steps = 1000
	}
	for seed := range uint64(3) {
		strictClient(t, seed, steps)
	}
}

func strictClient(t *testing.T, seed uint64, steps int) {
	b := serve(t, usbip.Options{})
	stream := make([]byte, 64<<20)
	for i := range stream {
		stream[i] = byte(i * 2654435761 >> 13)
	}
	var taken []byte
	b.device(func(g *usb.Gadget) {
		g.Endpoint(0x81).AutoZLP = false
		r := rand.New(rand.NewPCG(seed, 1))
		for rest := stream; ; {
			n, err := g.Endpoint(0x81).Write(rest[:r.IntN(5000)])
			if err != nil {
				return
			}
			rest = rest[n:]
			b.w.Yield()
		}
	})
	b.device(func(g *usb.Gadget) {
		r := rand.New(rand.NewPCG(seed, 2))
		buf := make([]byte, 5000)
		for {
			n, err := g.Endpoint(2).Read(buf[:1+r.IntN(5000)])
			taken = append(taken, buf[:n]...)
			if err != nil {
				return
			}
		}
	})
	s := &strict{client: b.imported(), pending: map[uint32]*wire.Request{}, out: map[uint32]int{}}
	s.less = sync.NewCond(&s.mu)
	require.NoError(t, s.SetDeadline(time.Now().Add(time.Minute)))
	s.configure()
	r := rand.New(rand.NewPCG(seed, 3))
	report := s.client.in(3, 64)
	s.ask(report, nil) // something is always pending, so that listen goes on
	var done sync.WaitGroup
	done.Go(s.listen)
	sent := map[uint32][]byte{}
	rest := stream
	for range steps {
		switch k := r.IntN(10); {
		case k < 4:
			q := s.client.in(1, 512*(1+r.IntN(8)))
			s.note(q)
			s.ask(q, nil)
		case k < 7:
			n := r.IntN(3000)
			q := s.client.out(2, n)
			sent[q.Seq], rest = rest[:n], rest[n:]
			s.note(q)
			s.ask(q, sent[q.Seq])
		case k < 9:
			if q := s.some(r); q != nil {
				s.ask(s.unlink(q), nil)
			}
		default:
			s.ask(s.control(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetConfiguration, Length: 1}), nil)
		}
	}
	s.mu.Lock()
	left := map[uint32]*wire.Request{}
	for _, q := range s.pending {
		if q.Command == wire.CmdSubmit && q.Endpoint != 0 {
			left[q.Seq] = q
		}
	}
	for _, q := range s.pending {
		delete(left, q.Target)
	}
	s.mu.Unlock()
	delete(left, report.Seq)
	for _, q := range left {
		s.ask(s.unlink(q), nil)
	}
	s.ask(s.unlink(report), nil)
	done.Wait()
	require.NotEmpty(t, s.in)
	require.True(t, bytes.HasPrefix(stream, s.in), "what came in")
	var went []byte
	for _, q := range s.order {
		if q.Endpoint == 2 {
			went = append(went, sent[q.Seq][:s.out[q.Seq]]...)
		}
	}
	require.NotEmpty(t, went)
	b.until("the device has read what it took", func() bool { return len(taken) >= len(went) })
	b.do(func() {
		require.True(t, bytes.Equal(went, taken), "what went out: %d bytes, the device has %d", len(went), len(taken))
	})
	t.Logf("%d steps, %d bytes in, %d bytes out", steps, len(s.in), len(went))
}

func (s *strict) note(q *wire.Request) {
	s.mu.Lock()
	s.order = append(s.order, q)
	s.mu.Unlock()
}
