package usbip

import (
	"bufio"
	"errors"
	"io"

	wire "github.com/plugfest/plugfest/wire/usbip"
)

// readBuffer holds many requests for IN transfers, and little of an OUT
// transfer's data: most of that is read to where it belongs.
const readBuffer = 16 << 10

var errHungUp = errors.New("usbip: the session is over")

// run serves the connection, outside of the world, until it ends.
func (e *session) run() {
	go e.write()
	r := bufio.NewReaderSize(e.c, readBuffer)
	err := e.read(r)
	if errors.Is(err, errHungUp) {
		// A socket that is closed with data unread takes back what was written:
		// the client closes first, if it does so soon.
		_, _ = io.Copy(io.Discard, r)
	} else {
		e.broken(err)
	}
	_ = e.c.Close()
	<-e.finished
}

// broken ends the session for the client's or the network's fault.
func (e *session) broken(err error) {
	reason := err.Error()
	if errors.Is(err, io.EOF) {
		reason = "closed by the client"
	}
	_ = e.c.Close()
	e.w.Post(func() { e.end(reason) })
	e.mu.Lock()
	e.closing = true
	e.work.Signal()
	e.mu.Unlock()
}

// read reads requests. It never waits for the device.
func (e *session) read(r *bufio.Reader) error {
	for {
		head, err := peek(r)
		if err != nil {
			return e.or(err)
		}
		q, err := wire.ParseRequest(head)
		if err != nil {
			return err
		}
		_, _ = r.Discard(wire.HeaderLen)
		var u *urb
		if q.Command == wire.CmdUnlink {
			u = e.plain()
			u.command, u.seq, u.target = q.Command, q.Seq, q.Target
		} else if u, err = e.readSubmit(r, &q); err != nil {
			return e.or(err)
		}
		if err := e.queue(u); err != nil {
			return err
		}
	}
}

// peek waits for a header, and leaves it where it is.
func peek(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(wire.HeaderLen)
	if len(head) > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return head, err
}

// or prefers to say that the session is over, which ends reading too.
func (e *session) or(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return errHungUp
	}
	return err
}

// queue hands an urb to the world; or to the writer, where the reader has
// answered it.
func (e *session) queue(u *urb) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for !e.closing && len(e.inbox)+len(e.outbox)+e.writing >= maxQueued {
		e.space.Wait()
	}
	switch {
	case e.closing:
		e.put(u)
		return errHungUp
	case u.command == wire.RetSubmit:
		e.outbox = append(e.outbox, u)
		e.work.Signal()
	default:
		e.inbox = append(e.inbox, u)
		if !e.posted {
			e.posted = true
			e.w.Post(e.takeIn)
		}
	}
	return nil
}
