package session

import (
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
)

// A CarLifeEnd is one end of a CarLife session: a [carlife.Phone] or a
// [carlife.Vehicle].
type CarLifeEnd interface {
	Start(now time.Duration)
	Feed(now time.Duration, m carlife.Message)
	NextOutput() (carlife.Output, bool)
	Deadline() (time.Duration, bool)
	Tick(now time.Duration)
	Poll() carlife.Event
	Fail(now time.Duration, err error)
	Lost(now time.Duration, err error)
	Closed() bool
}

// NewCarLife makes a pump for a CarLife session whose six channels are muxed on
// one byte stream. on is called with each event of the session; it must not
// wait.
func NewCarLife(w *sim.World, name string, rw io.ReadWriteCloser, end CarLifeEnd, o MuxOptions, on func(carlife.Event)) *Pump {
	if o.Limits == (carlife.Limits{}) {
		o.Limits = carlife.DefaultLimits(carlife.ProfileHUApp)
	}
	e := &muxEngine{end: end, on: on, dec: carlife.NewMuxDecoder(o.Limits), pieces: o.Pieces}
	p := NewPump(w, name, rw, e, func() {})
	e.ended = p.finish
	p.events = func() {
		if p.closed && !end.Closed() {
			end.Lost(w.Now(), p.cause())
		}
		e.poll()
	}
	end.Start(w.Now())
	return p
}

// MuxOptions say how one end handles the mux.
type MuxOptions struct {
	// Pieces above 0 cuts what is written as the head-unit application does: the
	// mux head alone, then at most so many bytes at a time.
	Pieces int
	// Limits of what is taken; the zero value means those of the head-unit
	// application, the widest that there are.
	Limits carlife.Limits
}

// muxEngine makes an [Engine] of a CarLife end: mux frames in, mux frames out.
type muxEngine struct {
	end    CarLifeEnd
	on     func(carlife.Event)
	ended  func()
	dec    *carlife.MuxDecoder
	buf    []byte
	rest   []byte // of buf, not yet taken out
	pieces int
	over   bool
}

func (e *muxEngine) Feed(now time.Duration, data []byte) {
	e.dec.Feed(data)
	for !e.end.Closed() {
		m, ok, err := e.dec.Next()
		if err != nil {
			e.end.Fail(now, err)
			break
		}
		if !ok {
			break
		}
		e.end.Feed(now, m)
		e.poll()
	}
	e.poll()
}

func (e *muxEngine) Tick(now time.Duration) { e.end.Tick(now) }

func (e *muxEngine) Deadline() (time.Duration, bool) { return e.end.Deadline() }

func (e *muxEngine) NextOutput() ([]byte, bool) {
	if len(e.rest) > 0 {
		return e.cut(e.pieces), true
	}
	out, ok := e.end.NextOutput()
	if !ok {
		if e.end.Closed() && !e.over {
			e.over = true
			e.ended()
		}
		return nil, false
	}
	var err error
	if e.buf, err = out.AppendMux(e.buf[:0]); err != nil {
		return nil, false // the session has checked the message already
	}
	e.rest = e.buf
	if e.pieces > 0 {
		return e.cut(carlife.MuxHeadLen), true
	}
	return e.cut(len(e.rest)), true
}

func (e *muxEngine) cut(n int) []byte {
	n = min(n, len(e.rest))
	out := e.rest[:n]
	e.rest = e.rest[n:]
	return out
}

// poll hands out the events; those of the last Feed are borrowed from it.
func (e *muxEngine) poll() {
	for ev := e.end.Poll(); ev != nil; ev = e.end.Poll() {
		e.on(ev)
	}
}
