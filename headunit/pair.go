package headunit

import (
	"io"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// pipes are the addresses of a bulk pair, and who uses it.
type pipes struct {
	in, out uint8
	user    *pair
}

// pair is a gadget's bulk pair as a stream, for one user.
type pair struct {
	pipes   *pipes
	in, out *usb.Endpoint
	closed  bool
}

// open makes a stream of a bulk pair that the phone has just enabled.
func (g *gadget) open(p *pipes) io.ReadWriteCloser {
	u := &pair{pipes: p, in: g.core.Endpoint(p.in), out: g.core.Endpoint(p.out)}
	p.user = u
	u.deadlines()
	return u
}

// Read reads what the phone has sent.
func (u *pair) Read(b []byte) (int, error) {
	if u.closed {
		return 0, io.ErrClosedPipe
	}
	n, err := u.out.Read(b)
	if u.closed && err != nil {
		err = io.ErrClosedPipe
	}
	return n, err
}

// Write returns when the phone has taken everything.
func (u *pair) Write(b []byte) (int, error) {
	if u.closed {
		return 0, io.ErrClosedPipe
	}
	n, err := u.in.Write(b)
	if u.closed && err != nil {
		err = io.ErrClosedPipe
	}
	return n, err
}

// Close wakes who reads or writes. A gadget cannot take its endpoints away: to
// the phone they just do nothing any more.
func (u *pair) Close() error {
	u.closed = true
	u.deadlines()
	return nil
}

// deadlines end what waits on the endpoints of a closed pair, unless they have
// another user already.
func (u *pair) deadlines() {
	if u.pipes.user != u {
		return
	}
	at := sim.Never
	if u.closed {
		at = 0
	}
	u.out.SetReadDeadline(at)
	u.in.SetWriteDeadline(at)
}
