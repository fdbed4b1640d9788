package dissect

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// clearState follows what an end that has the keys tells of its TLS connections:
// the clear text of both directions, as events of the layer "tls" (see
// session.TLS).
type clearState struct {
	d       *Dissector
	streams map[clearKey]*clearStream
}

type clearKey struct {
	who    string
	stream int64
}

// clearStream is one TLS connection.
type clearStream struct {
	dev      *device
	lockdown *lockdownTap
	link     *linkTap
	decided  bool
}

// maxClear bounds the streams followed at once.
const maxClear = 1024

func (c *clearState) observe(e *sim.Event) {
	n, _ := e.Num("stream")
	key := clearKey{e.Who, n}
	switch e.Kind {
	case "open":
		if c.streams == nil || len(c.streams) >= maxClear {
			c.streams = map[clearKey]*clearStream{}
		}
		c.streams[key] = c.open(e)
	case "close":
		delete(c.streams, key)
	case "data":
		s := c.streams[key]
		if s == nil {
			return
		}
		way := toHost
		if out, _ := e.Num("out"); out != 0 {
			way = toDevice
		}
		s.feed(way, e.Data)
	}
}

// open finds the device that the stream goes to.
func (c *clearState) open(e *sim.Event) *clearStream {
	bus, _ := e.Num("bus")
	dev, _ := e.Num("dev")
	port, _ := e.Num("port")
	s := &clearStream{dev: c.d.usb.devices[address{bus, dev}]}
	if s.dev == nil {
		s.dev = &device{d: c.d, host: e.Who}
	}
	if port == usbmux.LockdownPort {
		s.lockdown = newLockdownTap(s.dev)
	}
	return s
}

func (s *clearStream) feed(way int, b []byte) {
	switch {
	case s.lockdown != nil:
		s.lockdown.feed(way, b)
	case !s.decided:
		if s.decided = true; looksLikeLink(b) {
			s.link = newLinkTap(s.dev.d, s.dev.host, s.dev.name)
			s.link.feed(way, b)
		}
	case s.link != nil:
		s.link.feed(way, b)
	}
}
