package sim

import (
	"io"
	"net"
	"os"
	"time"
)

// lane is one direction of a link.
type lane struct {
	w        *World
	path     *Path
	back     *lane // the other direction
	pull     func()
	flight   fifo[packet] // ordered by arrival, then by sending
	arrived  fifo[[]byte]
	off      int // read so far of arrived's first
	busy     int // bytes under way or unread
	spare    [][]byte
	kept     int // bytes that spare holds
	timer    *Timer
	readable Cond
	writable Cond
	turn     turn

	noMore bool // the writer has closed
	noRead bool // the reader has closed: what arrives is thrown away
	ended  bool // the writer's close has arrived
	dead   bool // unplugged
}

type packet struct {
	at   time.Duration
	data []byte
	end  bool // no data, but the end of it
}

func newLane(w *World, name string, im Impairments, pull func()) *lane {
	s := &lane{w: w, path: w.NewPath(name, im), pull: pull}
	s.timer = w.NewTimer(s.due)
	s.readable.Init(w, "read of link "+name)
	s.writable.Init(w, "write to link "+name)
	s.turn.Init(w, "write to link "+name+" by another")
	return s
}

func (s *lane) read(p []byte, deadline *time.Duration) (int, error) {
	if *deadline <= s.w.now && !s.noRead && !s.dead {
		return 0, os.ErrDeadlineExceeded
	}
	for {
		switch {
		case s.noRead:
			return 0, net.ErrClosed
		case s.dead:
			return 0, ErrUnplugged
		case len(p) == 0:
			return 0, nil
		case s.arrived.len() > 0:
			return s.take(p), nil
		case s.ended:
			return 0, io.EOF
		case *deadline <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		}
		s.readable.WaitUntil(*deadline)
	}
}

func (s *lane) write(p []byte, deadline *time.Duration) (int, error) {
	defer s.turn.pass()
	for {
		switch {
		case s.noMore:
			return 0, net.ErrClosed
		case s.dead:
			return 0, ErrUnplugged
		case s.back.ended:
			return 0, io.ErrClosedPipe
		case *deadline <= s.w.now:
			return 0, os.ErrDeadlineExceeded
		case !s.turn.mine():
			s.turn.WaitUntil(*deadline)
		case s.busy == 0 || s.busy+len(p) <= LinkWindow:
			s.send(p)
			return len(p), nil
		default:
			s.turn.keep()
			s.writable.WaitUntil(*deadline)
		}
	}
}

func (s *lane) send(p []byte) {
	if len(p) == 0 {
		return
	}
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
		s.fly(packet{at: fate.At[i], data: data})
	}
}

// fly puts a packet in its place among those under way.
func (s *lane) fly(p packet) {
	if p.at <= s.w.now && s.flight.len() == 0 {
		s.land(p)
		return
	}
	s.flight.push(p)
	all := s.flight.all()
	i := len(all) - 1
	for ; i > 0 && all[i-1].at > p.at; i-- {
		all[i] = all[i-1]
	}
	all[i] = p
	if i == 0 {
		s.timer.Set(p.at)
	}
}

// due lands what is due.
func (s *lane) due() {
	for s.flight.len() > 0 && s.flight.first().at <= s.w.now {
		s.land(s.flight.pop())
	}
	if s.flight.len() > 0 {
		s.timer.Set(s.flight.first().at)
	}
}

func (s *lane) land(p packet) {
	switch {
	case p.end:
		s.ended = true
		s.wake()
		s.back.wake()
	case s.noRead:
		s.busy -= len(p.data)
		s.recycle(p.data)
		s.writable.Signal()
	default:
		s.arrived.push(p.data)
		s.readable.Signal()
	}
}

func (s *lane) take(p []byte) int {
	head := s.arrived.first()
	k := copy(p, head[s.off:])
	s.off += k
	s.busy -= k
	if s.off == len(head) {
		s.recycle(s.arrived.pop())
		s.off = 0
	}
	if s.arrived.len() > 0 {
		s.readable.Signal() // there may be a second reader
	}
	s.writable.Signal()
	return k
}

// closeWrite sends the end after what is under way.
func (s *lane) closeWrite() {
	if s.noMore || s.dead {
		s.noMore = true
		return
	}
	s.noMore = true
	at := s.path.clear()
	if all := s.flight.all(); len(all) > 0 {
		at = max(at, all[len(all)-1].at)
	}
	s.fly(packet{at: at, end: true})
	s.wake()
}

func (s *lane) closeRead() {
	if s.noRead {
		return
	}
	s.noRead = true
	for s.arrived.len() > 0 {
		data := s.arrived.pop()
		s.busy -= len(data) - s.off
		s.off = 0
		s.recycle(data)
	}
	s.wake()
}

// unplug loses what is under way, and what is unread.
func (s *lane) unplug() {
	s.dead = true
	s.flight, s.arrived, s.spare = fifo[packet]{}, fifo[[]byte]{}, nil
	s.busy, s.off, s.kept = 0, 0, 0
	s.timer.Stop()
	s.wake()
}

func (s *lane) wake() {
	s.readable.Broadcast()
	s.writable.Broadcast()
	s.turn.Broadcast()
}

// buffer returns a copy of p, in memory used before where there is some.
func (s *lane) buffer(p []byte) []byte {
	var b []byte
	if k := len(s.spare); k > 0 {
		b, s.spare = s.spare[k-1], s.spare[:k-1]
		s.kept -= cap(b)
	}
	s.busy += len(p)
	return append(b[:0], p...)
}

// recycle keeps b for buffer, within a bound: a burst of small packets must not
// leave thousands of buffers, each of which grows to the largest packet.
func (s *lane) recycle(b []byte) {
	if s.kept+cap(b) <= LinkWindow {
		s.spare = append(s.spare, b)
		s.kept += cap(b)
	}
}
