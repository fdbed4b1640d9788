package session

import (
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
)

// CarLifeConns are a connection for each channel, in the order of
// [carlife.Channels].
type CarLifeConns [len(carlife.Channels)]io.ReadWriteCloser

// NewCarLifeChannels makes a session with a connection for each channel: over
// usbmux, or TCP. A channel whose peer does not read holds up no other, until
// [MaxChannelQueue] bytes wait on it.
func NewCarLifeChannels(w *sim.World, name string, conns CarLifeConns, end CarLifeEnd, o CarLifeOptions) *CarLife {
	c := newCarLife(w, end, o)
	s := &channels{c: c}
	for i, ch := range carlife.Channels {
		e := &channelEngine{s: s, dec: carlife.NewChannelDecoder(ch, c.o.Limits)}
		s.engines[i] = e
		e.pump = c.pump(name+" "+ch.String(), conns[i], e)
	}
	return c
}

// MaxChannelQueue is how many bytes of whole messages wait on one channel. A
// longer message is taken when none waits.
const MaxChannelQueue = 256 << 10

// channels share out what a CarLife end sends.
type channels struct {
	c       *CarLife
	engines [len(carlife.Channels)]*channelEngine
	held    []byte // a message that its channel has no room for
	holder  *channelEngine
}

// share moves messages from the end to their channels.
func (s *channels) share() {
	for {
		if e := s.holder; e != nil {
			if !e.room(len(s.held)) {
				return
			}
			e.out = append(e.out, s.held...)
			e.wake()
			s.holder = nil
		}
		out, ok := s.c.end.NextOutput()
		if !ok {
			return
		}
		e := s.engines[out.Carrier()-carlife.ChannelCommand]
		var err error
		if e.room(len(out.Payload) + carlife.LongHeaderLen) {
			e.out, err = out.AppendTo(e.out)
			e.wake()
		} else if s.held, err = out.AppendTo(s.held[:0]); err == nil {
			s.holder = e
		}
		_ = err // the session has checked the message already
	}
}

// channelEngine makes an [Engine] of one channel of a CarLife end.
type channelEngine struct {
	s       *channels
	pump    *Pump
	dec     *carlife.ChannelDecoder
	out     []byte // to send
	sending []byte
}

func (e *channelEngine) room(n int) bool { return len(e.out) == 0 || len(e.out)+n <= MaxChannelQueue }

// wake has the channel's writer look for output.
func (e *channelEngine) wake() {
	e.pump.quiet = false
	e.pump.output.Signal()
}

func (e *channelEngine) Feed(now time.Duration, data []byte) {
	e.dec.Feed(data)
	e.s.c.feed(now, e.dec.Next)
}

func (e *channelEngine) Tick(now time.Duration) { e.s.c.end.Tick(now) }

func (e *channelEngine) Deadline() (time.Duration, bool) { return e.s.c.end.Deadline() }

func (e *channelEngine) NextOutput() ([]byte, bool) {
	e.s.share()
	if len(e.out) == 0 {
		if e.s.holder == nil {
			e.s.c.finish(e.pump)
		}
		return nil, false
	}
	e.out, e.sending = e.sending[:0], e.out
	return e.sending, true
}
