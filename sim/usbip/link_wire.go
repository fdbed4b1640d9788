package usbip

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// newRequest returns a request with a buffer for n bytes, when it is asked for.
func (n *link) newRequest(size int) *request {
	class := classOf(size)
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.free[class]
	if r == nil {
		return &request{class: class}
	}
	n.free[class], r.next = r.next, nil
	r.unlinked, r.actual = false, 0
	return r
}

func (r *request) room() []byte {
	if cap(r.buf) < int(r.n) {
		r.buf = make([]byte, 1<<r.class)
	}
	return r.buf[:r.n]
}

// release lets go of a request.
func (n *link) release(r *request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.unref(r)
}

func (n *link) unref(r *request) {
	if r.refs--; r.refs == 0 {
		r.next, n.free[r.class] = n.free[r.class], r
	}
}

// write writes requests, outside of the world.
func (n *link) write() {
	var list []message
	var vec [][]byte
	var out net.Buffers
	for {
		n.mu.Lock()
		for _, m := range list {
			n.unref(m.r)
		}
		clear(list)
		for len(n.outbox) == 0 && !n.closing {
			n.work.Wait()
		}
		list, n.outbox = n.outbox, list[:0]
		closing := n.closing
		n.mu.Unlock()
		if closing {
			return
		}
		vec = vec[:0]
		for _, m := range list {
			switch r := m.r; {
			case m.unlink:
				vec = append(vec, r.unlink[:])
			case r.in || r.n == 0:
				vec = append(vec, r.head[:])
			default:
				vec = append(vec, r.head[:], r.buf[:r.n])
			}
		}
		out = vec
		if _, err := out.WriteTo(n.c); err != nil {
			_ = n.c.Close() // the reader says why
		}
	}
}

// read reads answers, outside of the world, until the connection ends.
func (n *link) read() {
	r := bufio.NewReaderSize(n.c, readBuffer)
	var err error
	for err == nil {
		err = n.readReply(r)
	}
	if errors.Is(err, io.EOF) {
		err = errSilent
	}
	n.w.Post(func() { n.end(err) })
}

var errUnasked = errors.New("usbip: the server answers what was not asked")

func (n *link) readReply(r *bufio.Reader) error {
	head, err := peek(r)
	if err != nil {
		return err
	}
	a, err := wire.ParseReply(head)
	if err != nil {
		return err
	}
	_, _ = r.Discard(wire.HeaderLen)
	q, err := n.answered(&a)
	if q == nil {
		return err
	}
	q.status, q.actual = usb.StatusOf(a.Status), int(a.Actual)
	if a.Command == wire.RetUnlink {
		q.status = usb.Canceled
	}
	if q.in && q.actual > 0 {
		if _, err := io.ReadFull(r, q.room()[:q.actual]); err != nil {
			return err
		}
	}
	n.mu.Lock()
	n.inbox = append(n.inbox, q)
	if !n.posted {
		n.posted = true
		n.w.Post(n.takeIn)
	}
	n.mu.Unlock()
	return nil
}

// answered finds what an answer is the answer to; nil where there is nothing to
// do.
func (n *link) answered(a *wire.Reply) (*request, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	seq := a.Seq
	if a.Command == wire.RetUnlink {
		target, ok := n.unlinks[a.Seq]
		if !ok {
			return nil, nil // as vhci_hcd does, but for a line in the log
		}
		delete(n.unlinks, a.Seq)
		// Whatever its status is: what has no answer by now will have none.
		seq = target
	}
	q := n.asked[seq]
	switch {
	case q == nil && a.Command == wire.RetUnlink:
		return nil, nil
	case q == nil:
		return nil, fmt.Errorf("%w: RET_SUBMIT of seqnum %d", errUnasked, seq)
	case a.Actual > q.n:
		return nil, fmt.Errorf("usbip: RET_SUBMIT, offset 24: actual_length is %d, want at most %d", a.Actual, q.n)
	}
	delete(n.asked, seq)
	return q, nil
}
