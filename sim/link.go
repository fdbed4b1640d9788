package sim

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// ErrUnplugged is what reads and writes of a [Link] return once its cable is
// pulled.
var ErrUnplugged = errors.New("sim: unplugged")

// LinkWindow is how many bytes may be under way in each direction of a [Link]
// before a writer waits.
const LinkWindow = 256 << 10

// A Link joins two ends by packets: each Write is one packet, and meets the
// impairments of its direction. What arrives is read as a stream, as from a
// serial line or a Bluetooth channel.
type Link struct {
	w        *World
	A, B     net.Conn // the two ends
	ab, ba   *lane
	unplug   func()
	unplugAt []*Timer
}

// Link makes a link; ab impairs what A sends, ba what B sends.
func (w *World) Link(name string, ab, ba Impairments) *Link {
	l := &Link{w: w}
	l.ab = newLane(w, name+" a>b", ab, l.Unplug)
	l.ba = newLane(w, name+" b>a", ba, l.Unplug)
	l.A = &linkEnd{name: name, link: l, in: l.ba, out: l.ab, rd: Never, wd: Never}
	l.B = &linkEnd{name: name, link: l, in: l.ab, out: l.ba, rd: Never, wd: Never}
	for _, lane := range []*lane{l.ab, l.ba} {
		for _, at := range lane.path.Unplugs() {
			t := w.NewTimer(l.Unplug)
			t.Set(at)
			l.unplugAt = append(l.unplugAt, t)
		}
	}
	return l
}

// Impair changes the impairments of both directions from the next packet on.
func (l *Link) Impair(ab, ba Impairments) {
	l.ab.path.Set(ab)
	l.ba.path.Set(ba)
}

// OnUnplug has fn called when the cable is pulled.
func (l *Link) OnUnplug(fn func()) { l.unplug = fn }

// Unplug pulls the cable: what is under way is lost, and both ends get
// [ErrUnplugged] for good.
func (l *Link) Unplug() {
	if l.ab.dead {
		return
	}
	for _, s := range []*lane{l.ab, l.ba} {
		s.dead = true
		s.flight, s.arrived, s.busy = nil, nil, 0
		s.timer.Stop()
		s.wake()
	}
	if l.unplug != nil {
		l.unplug()
	}
}

// lane is one direction of a link.
type lane struct {
	w        *World
	path     *Path
	pull     func()
	flight   []packet // ordered by arrival, then by sending
	arrived  [][]byte
	spare    [][]byte
	off      int // read so far of arrived[0]
	busy     int // bytes under way or unread
	timer    *Timer
	readable Cond
	writable Cond
	closed   bool // by the writer
	dead     bool
}

type packet struct {
	at   time.Duration
	data []byte
}

func newLane(w *World, name string, im Impairments, pull func()) *lane {
	s := &lane{w: w, path: w.NewPath(name, im), pull: pull}
	s.timer = w.NewTimer(s.arrive)
	s.readable.Init(w, "read of link "+name)
	s.writable.Init(w, "write to link "+name)
	return s
}

func (s *lane) wake() {
	s.readable.Broadcast()
	s.writable.Broadcast()
}

func (s *lane) send(p []byte) {
	fate := s.path.Carry(len(p))
	if fate.Unplug {
		s.pull()
		return
	}
	for i := range fate.Copies {
		data := s.buffer(p)
		if fate.Flip >= 0 {
			data[fate.Flip/8] ^= 0x80 >> (fate.Flip % 8)
		}
		s.insert(packet{fate.At[i], data})
	}
	if len(s.flight) > 0 {
		s.timer.Set(s.flight[0].at)
	}
}

func (s *lane) buffer(p []byte) []byte {
	var b []byte
	if k := len(s.spare); k > 0 {
		b, s.spare = s.spare[k-1][:0], s.spare[:k-1]
	}
	s.busy += len(p)
	return append(b, p...)
}

func (s *lane) insert(p packet) {
	i := len(s.flight)
	s.flight = append(s.flight, p)
	for ; i > 0 && s.flight[i-1].at > p.at; i-- {
		s.flight[i] = s.flight[i-1]
	}
	s.flight[i] = p
}

// arrive moves what is due from flight to the reader.
func (s *lane) arrive() {
	k := 0
	for k < len(s.flight) && s.flight[k].at <= s.w.now {
		s.arrived = append(s.arrived, s.flight[k].data)
		k++
	}
	s.flight = append(s.flight[:0], s.flight[k:]...)
	if len(s.flight) > 0 {
		s.timer.Set(s.flight[0].at)
	}
	s.readable.Signal()
}

func (s *lane) take(p []byte) int {
	head := s.arrived[0]
	k := copy(p, head[s.off:])
	s.off += k
	s.busy -= k
	if s.off == len(head) {
		s.spare = append(s.spare, head)
		s.arrived = append(s.arrived[:0], s.arrived[1:]...)
		s.off = 0
	}
	s.writable.Broadcast()
	return k
}

type linkEnd struct {
	name    string
	link    *Link
	in, out *lane
	rd, wd  time.Duration
}

func (e *linkEnd) Read(p []byte) (int, error) {
	s := e.in
	for len(s.arrived) == 0 {
		switch {
		case s.dead:
			return 0, ErrUnplugged
		case e.out.closed:
			return 0, net.ErrClosed
		case s.closed && len(s.flight) == 0:
			return 0, io.EOF
		case e.rd <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		}
		s.readable.WaitUntil(e.rd)
	}
	return s.take(p), nil
}

// Write sends p as one packet.
func (e *linkEnd) Write(p []byte) (int, error) {
	s := e.out
	for {
		switch {
		case s.dead:
			return 0, ErrUnplugged
		case s.closed:
			return 0, net.ErrClosed
		case s.busy == 0 || s.busy+len(p) <= LinkWindow:
			s.send(p)
			return len(p), nil
		case e.wd <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		}
		s.writable.WaitUntil(e.wd)
	}
}

// Close ends both directions; what is under way still arrives.
func (e *linkEnd) Close() error {
	e.out.closed = true
	e.out.wake()
	e.in.wake()
	return nil
}

func (e *linkEnd) LocalAddr() net.Addr  { return addr(e.name) }
func (e *linkEnd) RemoteAddr() net.Addr { return addr(e.name) }

func (e *linkEnd) SetDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.wd = e.rd
	e.in.wake()
	e.out.wake()
	return nil
}

func (e *linkEnd) SetReadDeadline(t time.Time) error {
	e.rd = e.in.w.deadline(t)
	e.in.wake()
	return nil
}

func (e *linkEnd) SetWriteDeadline(t time.Time) error {
	e.wd = e.in.w.deadline(t)
	e.out.wake()
	return nil
}
