package afc

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// ioSize is how much is read from a connection, or kept for it, at once.
const ioSize = 64 << 10

// server is one connection.
type server struct {
	w    *sim.World
	conn net.Conn
	root files.Tree
	o    Options

	dec   *afc.Decoder
	armed bool // a read deadline is set
	in    []byte
	out   []byte // replies not yet sent

	num    uint64      // of the packet in hand
	req    afc.Request // it
	status afc.Status  // what is wrong with it so far
	sink   sink        // where its bulk data goes

	handles map[uint64]*handle
	dirs    map[uint64]*directory
	last    uint64 // handle given out
	blocks  struct{ fs, socket uint64 }
	options []afc.Pair // as the client set them
}

// Serve answers requests on conn until the client hangs up, and then closes the
// files that it left open. It belongs into a process of the world, and leaves
// conn open.
//
// The error is nil if the client hung up between two packets; a
// [*afc.FrameError] if it sent what is no packet, or hung up within one;
// os.ErrDeadlineExceeded if it stalled; or what conn failed with.
func Serve(w *sim.World, conn net.Conn, root files.Tree, o Options) error {
	o = o.withDefaults()
	s := &server{
		w: w, conn: conn, root: root, o: o, dec: afc.NewDecoder(o.Limits),
		in: make([]byte, ioSize), out: make([]byte, 0, ioSize),
		handles: map[uint64]*handle{}, dirs: map[uint64]*directory{},
	}
	defer s.close()
	for {
		s.arm()
		n, err := conn.Read(s.in)
		s.dec.Feed(s.in[:n])
		if fault := s.take(); fault != nil {
			return fault
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return s.dec.Finish()
		default:
			return err
		}
	}
}

// arm sets the deadline for the next read.
func (s *server) arm() {
	switch {
	case s.o.Stall > 0 && s.dec.Partial():
		s.armed = true
		_ = s.conn.SetReadDeadline(s.w.Time().Add(s.o.Stall))
	case s.armed:
		s.armed = false
		_ = s.conn.SetReadDeadline(time.Time{})
	}
}

// take handles what has been received, and sends the replies.
func (s *server) take() error {
	for {
		it, ok, err := s.dec.Next()
		if err != nil {
			var fe *afc.FrameError
			if errors.As(err, &fe) {
				s.out = afc.AppendStatus(s.out, fe.PacketNum, fe.Status())
			}
			if unsent := s.flush(); unsent != nil {
				return errors.Join(err, unsent)
			}
			return err
		}
		if !ok {
			return s.flush()
		}
		if it.Head() {
			s.begin(it.Header, it.Args)
		} else {
			s.pass(it.Data)
		}
		if it.Left > 0 {
			continue
		}
		if err := s.finish(); err != nil {
			return err
		}
	}
}

// flush sends the replies.
func (s *server) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.conn.Write(s.out)
	if s.out = s.out[:0]; cap(s.out) > 4*ioSize {
		s.out = make([]byte, 0, ioSize) // after a long listing
	}
	return err
}

// room flushes if there is not room for n more bytes.
func (s *server) room(n int) error {
	if len(s.out)+n > cap(s.out) {
		return s.flush()
	}
	return nil
}

func (s *server) close() {
	if s.sink != nil {
		s.sink.abandon()
	}
	for _, h := range s.handles {
		_ = h.file.Close()
	}
}
