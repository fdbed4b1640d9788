package headunit

import (
	"io"

	"github.com/plugfest/plugfest/sim/session"
)

// runProtocol is the head unit's side of an External Accessory session.
func (h *HeadUnit) runProtocol(p *Protocol, rw io.ReadWriteCloser) error {
	if h.acc != nil {
		h.acc.sessions++
	}
	switch p.Behaviour {
	case "carlife":
		return h.runCarLife(p, rw)
	case "source":
		if err := session.Source(rw, p.Bytes); err != nil || p.Close {
			return err
		}
		_, err := session.Sink(rw, 0)
		return err
	case "sink":
		_, err := session.Sink(rw, p.Bytes)
		return err
	case "duplex":
		return session.Duplex(h.w, rw, p.Bytes)
	default:
		return session.Echo(rw)
	}
}
