package session

import (
	"errors"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// An Engine is a protocol state machine of wire/...: packets and the time go
// in, packets and the next deadline come out.
type Engine interface {
	// Feed hands over bytes that arrived.
	Feed(now time.Duration, data []byte)
	// Tick is called when the deadline has come.
	Tick(now time.Duration)
	// Deadline says when Tick is wanted, if at all.
	Deadline() (at time.Duration, ok bool)
	// NextOutput takes out bytes to be written. They stay valid until the next
	// call.
	NextOutput() (data []byte, ok bool)
}

// A Pump drives an engine over a byte stream.
type Pump struct {
	w         *sim.World
	name      string
	rw        io.ReadWriteCloser
	engine    Engine
	events    func()
	timer     *sim.Timer
	output    sim.Cond
	drained   sim.Cond
	ended     sim.Cond
	err       error
	loops     int
	closed    bool
	quiet     bool // the writer found nothing to write
	finishing bool // ends when there is nothing left to write
	injected  [][]byte
	hold      func() bool // what was read must not be fed now; nil: never
	held      sim.Cond
}

// readSize is how much a pump reads at once: the usual size of a parked bulk
// IN transfer.
const readSize = 16 << 10

// NewPump makes a pump; nothing runs before Start. events is called whenever the
// engine may have something to report; it must not wait.
func NewPump(w *sim.World, name string, rw io.ReadWriteCloser, e Engine, events func()) *Pump {
	p := &Pump{w: w, name: name, rw: rw, engine: e, events: events}
	p.timer = w.NewTimer(p.tick)
	p.output.Init(w, name+": something to send")
	p.drained.Init(w, name+": what is queued to be written")
	p.ended.Init(w, name+": end")
	p.held.Init(w, name+": that what arrived is taken")
	return p
}

// Start begins to pump, in two processes of its own.
func (p *Pump) Start() {
	p.loops = 2
	p.w.Go(p.name+" reader", p.read)
	p.w.Go(p.name+" writer", p.write)
	p.Turn()
}

// Turn lets the pump look at its engine again; call it after handing the engine
// something outside of the pump.
func (p *Pump) Turn() {
	p.events()
	if p.closed {
		return
	}
	at, ok := p.engine.Deadline()
	switch {
	case !ok:
		p.timer.Stop()
	case at != p.timer.When():
		p.timer.Set(at)
	}
	p.quiet = false
	p.output.Signal()
}

func (p *Pump) tick() {
	p.engine.Tick(p.w.Now())
	p.Turn()
}

func (p *Pump) read() {
	defer p.leave()
	buf := make([]byte, readSize)
	for {
		n, err := p.rw.Read(buf)
		for n > 0 && !p.closed && p.hold != nil && p.hold() {
			p.held.Wait()
		}
		if p.closed {
			return
		}
		if n > 0 {
			p.engine.Feed(p.w.Now(), buf[:n])
			p.Turn()
		}
		if err != nil {
			p.fail(err)
			return
		}
	}
}

func (p *Pump) write() {
	defer p.leave()
	for !p.closed {
		data, ok := p.next()
		if !ok && p.finishing {
			flush(p.rw)
			p.shut()
			return
		}
		if !ok {
			p.quiet = true
			p.drained.Broadcast()
			p.output.Wait()
			continue
		}
		_, err := p.rw.Write(data)
		if p.closed {
			return
		}
		if err != nil {
			p.fail(err)
			return
		}
		p.Turn() // room in the engine's queue, perhaps
	}
}

// flush waits until a transport that buffers has sent what it was given.
func flush(rw io.Writer) error {
	if f, ok := rw.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// finish ends the pump once all that is queued has been sent.
func (p *Pump) finish() {
	p.finishing = true
	p.output.Signal()
}

func (p *Pump) leave() {
	p.loops--
	p.ended.Broadcast()
}

// fail ends the pump because its transport did.
func (p *Pump) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.shut()
}

func (p *Pump) shut() {
	if p.closed {
		return
	}
	p.closed = true
	p.timer.Stop()
	p.output.Broadcast()
	p.drained.Broadcast()
	p.held.Broadcast()
	p.rw.Close()
	p.events()
	p.ended.Broadcast()
}

// Err returns why the pump ended: the transport's error, or nil while it runs
// and after Close.
func (p *Pump) Err() error { return p.err }

// Closed reports whether the pump has ended.
func (p *Pump) Closed() bool { return p.closed }

// Close ends the pump and closes its transport.
func (p *Pump) Close() error {
	p.shut()
	return nil
}

// Flush waits until the engine has nothing more to write now: the transport has
// taken everything.
func (p *Pump) Flush() {
	p.Turn()
	p.drained.WaitFor(sim.Never, func() bool { return p.quiet || p.closed })
}

// Wait waits until both processes of the pump have ended, and reports whether
// they have before the deadline.
func (p *Pump) Wait(deadline time.Duration) bool {
	return p.ended.WaitFor(deadline, func() bool { return p.loops == 0 })
}

// ErrClosed is returned by operations on a session that has ended without an
// error of its transport.
var ErrClosed = errors.New("session: closed")

func (p *Pump) cause() error {
	if p.err != nil {
		return p.err
	}
	return ErrClosed
}

// WaitClosed waits until the pump is closed. Its reader may still hang in a
// transport that cannot be closed from this end, such as a gadget's endpoint.
func (p *Pump) WaitClosed() {
	p.ended.WaitFor(sim.Never, func() bool { return p.closed })
}

// Inject writes bytes past the engine, as they are, before whatever it has to
// send next. It is for benches that play a broken peer.
func (p *Pump) Inject(data []byte) {
	p.injected = append(p.injected, append([]byte(nil), data...))
	p.Turn()
}

// next takes out what is to be written now.
func (p *Pump) next() ([]byte, bool) {
	if len(p.injected) > 0 {
		data := p.injected[0]
		p.injected = p.injected[1:]
		return data, true
	}
	return p.engine.NextOutput()
}
