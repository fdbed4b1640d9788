package session

import (
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
)

// NewCarLife makes a session whose six channels are muxed on one byte stream: an
// External Accessory session or native transport.
func NewCarLife(w *sim.World, name string, rw io.ReadWriteCloser, end CarLifeEnd, o CarLifeOptions) *CarLife {
	c := newCarLife(w, end, o)
	e := &muxEngine{c: c, dec: carlife.NewMuxDecoder(c.o.Limits)}
	e.pump = c.pump(name, rw, e)
	return c
}

// muxEngine makes an [Engine] of a CarLife end: mux frames in, mux frames out.
type muxEngine struct {
	c    *CarLife
	pump *Pump
	dec  *carlife.MuxDecoder
	buf  []byte
	rest []byte // of buf, not yet taken out
}

func (e *muxEngine) Feed(now time.Duration, data []byte) {
	e.dec.Feed(data)
	e.c.feed(now, e.dec.Next)
}

// feed takes the messages of a decoder.
func (c *CarLife) feed(now time.Duration, next func() (carlife.Message, bool, error)) {
	for !c.end.Closed() {
		m, ok, err := next()
		if err != nil {
			c.end.Fail(now, err)
			break
		}
		if !ok {
			break
		}
		c.end.Feed(now, m)
		c.poll()
	}
	c.poll()
}

func (e *muxEngine) Tick(now time.Duration) { e.c.end.Tick(now) }

func (e *muxEngine) Deadline() (time.Duration, bool) { return e.c.end.Deadline() }

func (e *muxEngine) NextOutput() ([]byte, bool) {
	pieces := e.c.o.Pieces
	if len(e.rest) > 0 {
		return e.cut(pieces), true
	}
	out, ok := e.c.end.NextOutput()
	if !ok {
		e.c.finish(e.pump)
		return nil, false
	}
	var err error
	if e.buf, err = out.AppendMux(e.buf[:0]); err != nil {
		return nil, false // the session has checked the message already
	}
	e.rest = e.buf
	if pieces > 0 {
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
