package tap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Options say where a tap forwards to, and who is told.
type Options struct {
	// Dial connects to the daemon that answers. It is called for each client.
	Dial func() (net.Conn, error)

	// Note is told what passes, one note at a time. nil: nobody is.
	Note func(Note)

	// Capture gets every byte as a capture for Wireshark. nil: there is none.
	Capture *Capture
}

// A Tap forwards connections. Make one with [New].
type Tap struct {
	o     Options
	names services
	mu    sync.Mutex // of what follows, and of calls to Note
	conns map[net.Conn]bool
	count int
	ended bool
	quit  chan struct{} // closed with ended
	wg    sync.WaitGroup
}

// New makes a tap.
func New(o Options) *Tap { return &Tap{o: o, conns: map[net.Conn]bool{}, quit: make(chan struct{})} }

// again is how long a listener is left alone that could not accept.
const again = 100 * time.Millisecond

// Serve forwards every connection that a listener accepts, until the listener is
// closed; then it returns nil. One that cannot accept, as when the program is out of
// files, is asked again until [Tap.Close] is called.
func (t *Tap) Serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			t.wg.Go(func() { t.forward(c) })
		case errors.Is(err, net.ErrClosed):
			return nil
		default: // those who are connected go on
			select {
			case <-time.After(again):
			case <-t.quit:
				return nil
			}
		}
	}
}

// Close ends all connections and waits until that is done. Listeners are closed
// by whoever opened them.
func (t *Tap) Close() {
	t.mu.Lock()
	if !t.ended {
		t.ended = true
		close(t.quit)
	}
	for c := range t.conns {
		_ = c.Close()
	}
	t.mu.Unlock()
	t.wg.Wait()
}

// enter keeps connections, so that Close can end them.
func (t *Tap) enter(conns ...net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	for _, c := range conns {
		t.conns[c] = true
	}
	return true
}

func (t *Tap) leave(conns ...net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(t.conns, c)
	}
}

// forward is one connection.
func (t *Tap) forward(client net.Conn) {
	defer client.Close()
	p := &passage{t: t}
	t.mu.Lock()
	t.count++
	p.number = t.count
	t.mu.Unlock()
	p.talk = newConversation(&t.names, p.note)
	server, err := t.o.Dial()
	if err != nil {
		p.say(Server, fmt.Sprintf("cannot be reached: %v", err))
		return
	}
	defer server.Close()
	if !t.enter(client, server) {
		return
	}
	defer t.leave(client, server)
	p.say(Client, "connected")
	if t.o.Capture != nil {
		p.flow = t.o.Capture.open(p.number, client.RemoteAddr(), server.RemoteAddr())
	}
	var both sync.WaitGroup
	both.Go(func() { p.pass(Client, client, server) })
	both.Go(func() { p.pass(Server, server, client) })
	both.Wait()
}

// A passage is a connection that is forwarded.
type passage struct {
	t      *Tap
	number int
	flow   *flow

	mu     sync.Mutex // one direction is decoded at a time
	talk   *Conversation
	now    time.Time
	remark []string // on the bytes that are being decoded
}

// pass forwards one direction until it ends. A side that only stops sending
// keeps receiving.
func (p *passage) pass(from Side, src, dst net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			// Told first, so that notes come in the order of cause and effect.
			p.tell(from, buf[:n])
			if _, werr := dst.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			p.close(from)
			if w, ok := dst.(interface{ CloseWrite() error }); ok && errors.Is(err, io.EOF) {
				_ = w.CloseWrite()
			} else {
				_ = dst.Close()
				_ = src.Close()
			}
			return
		}
	}
}

func (p *passage) tell(from Side, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.remark = time.Now(), p.remark[:0]
	p.talk.Feed(from, b)
	if p.flow != nil {
		p.flow.data(from, p.now, b, p.remark)
	}
}

func (p *passage) close(from Side) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = time.Now()
	p.talk.End(from)
	if p.flow != nil {
		p.flow.end(from, p.now)
	}
}

// note hands on what the conversation finds.
func (p *passage) note(from Side, protocol, text string, detail []byte) {
	if p.flow != nil {
		p.remark = append(p.remark, protocol+": "+text)
	}
	if p.t.o.Note == nil {
		return
	}
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	p.t.o.Note(Note{At: p.now, Conn: p.number, From: from, Protocol: protocol, Text: text, Detail: detail})
}

func (p *passage) say(from Side, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = time.Now()
	p.note(from, "tap", text, nil)
}
