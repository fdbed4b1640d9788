package sim

import (
	"errors"
	"net"
	"time"
)

// ErrUnplugged is what reads and writes of a [Link] return once its cable is
// pulled.
var ErrUnplugged = errors.New("sim: unplugged")

// LinkWindow is how many bytes may be under way or unread in each direction of a
// [Link] before a writer waits. A packet larger than this passes alone.
const LinkWindow = 256 << 10

// A Link joins two ends by packets: each Write is one packet (an empty one is
// none), and meets the impairments of its direction. What arrives is read as a
// stream, as from a serial line or a Bluetooth channel.
//
// Close of an end is under way like a packet: the peer reads what was sent before, then
// io.EOF, and from then on its writes fail with io.ErrClosedPipe. What it sent
// until then is lost.
type Link struct {
	w      *World
	A, B   net.Conn // the two ends
	ab, ba *lane
	unplug func()
	timers []*Timer // of faults that unplug
}

// Link makes a link; ab impairs what A sends, ba what B sends. Impairments that come from a
// user are to be checked before ([Impairments.Check]).
func (w *World) Link(name string, ab, ba Impairments) *Link {
	l := &Link{w: w}
	l.ab = newLane(w, name+" a>b", ab, l.Unplug)
	l.ba = newLane(w, name+" b>a", ba, l.Unplug)
	l.ab.back, l.ba.back = l.ba, l.ab
	l.A = &linkEnd{name: name, in: l.ba, out: l.ab, rd: Never, wd: Never}
	l.B = &linkEnd{name: name, in: l.ab, out: l.ba, rd: Never, wd: Never}
	l.setUnplugs()
	return l
}

// Impair changes the impairments of both directions from the next packet on.
// Faults count packets and bytes from the link's beginning.
func (l *Link) Impair(ab, ba Impairments) {
	l.ab.path.Set(ab)
	l.ba.path.Set(ba)
	l.setUnplugs()
}

// setUnplugs sets a timer for each fault that pulls the cable at a time.
func (l *Link) setUnplugs() {
	for _, t := range l.timers {
		t.Stop()
	}
	l.timers = l.timers[:0]
	for _, s := range []*lane{l.ab, l.ba} {
		for _, at := range s.path.Unplugs() {
			t := l.w.NewTimer(l.Unplug)
			t.Set(at)
			l.timers = append(l.timers, t)
		}
	}
}

// OnUnplug has fn called when the cable is pulled. It must not wait.
func (l *Link) OnUnplug(fn func()) { l.unplug = fn }

// Unplug pulls the cable: what is under way or unread is lost, and both ends get
// [ErrUnplugged] for good.
func (l *Link) Unplug() {
	if l.ab.dead {
		return
	}
	l.ab.unplug()
	l.ba.unplug()
	for _, t := range l.timers {
		t.Stop()
	}
	if l.unplug != nil {
		l.unplug()
	}
}

type linkEnd struct {
	name    string
	in, out *lane
	rd, wd  time.Duration
}

func (e *linkEnd) Read(p []byte) (int, error) { return e.in.read(p, &e.rd) }

// Write sends p as one packet.
func (e *linkEnd) Write(p []byte) (int, error) { return e.out.write(p, &e.wd) }

// Close ends both directions; what is under way still arrives.
func (e *linkEnd) Close() error {
	e.out.closeWrite()
	e.in.closeRead()
	return nil
}

func (e *linkEnd) LocalAddr() net.Addr  { return addr(e.name) }
func (e *linkEnd) RemoteAddr() net.Addr { return addr(e.name) }

func (e *linkEnd) SetDeadline(t time.Time) error {
	_ = e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}

func (e *linkEnd) SetReadDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.in.readable.Broadcast()
	return nil
}

func (e *linkEnd) SetWriteDeadline(t time.Time) error {
	e.wd = e.in.w.deadline(t)
	e.out.writable.Broadcast()
	e.out.turn.Broadcast()
	return nil
}
