package afc

import (
	"errors"
	"io"

	"github.com/plugfest/plugfest/wire/afc"
)

// read answers with a piece of a file: as much as is asked for and there is, up
// to [Options].MaxRead. At the end of the file that is a DATA packet with nothing
// in it. The bytes go from the file straight into the buffer of replies.
func (s *server) read() error {
	h, st := s.handle()
	if st != afc.StatusSuccess {
		return s.fail(st)
	}
	pos := h.pos
	if s.req.Op == afc.OpFileRefReadOffset {
		if pos = s.req.Offset; pos < 0 {
			return s.fail(afc.StatusInvalidArgument)
		}
	}
	if !h.mode.CanRead() {
		return s.fail(afc.StatusPermDenied) // inferred
	}
	i, err := h.file.Stat()
	if err != nil {
		return s.fail(err)
	}
	n := int64(min(s.req.Length, uint64(max(i.Size-pos, 0)), uint64(s.o.MaxRead)))
	if err := s.room(afc.HeaderLen + int(min(n, ioSize/2))); err != nil {
		return err
	}
	start := len(s.out)
	s.out = afc.AppendData(s.out, s.num, uint64(n))
	for done := int64(0); done < n; {
		free := s.out[len(s.out):cap(s.out)]
		free = free[:min(int64(len(free)), n-done)]
		got, err := h.file.ReadAt(free, pos+done)
		if err != nil && !errors.Is(err, io.EOF) {
			if done == 0 {
				s.out = s.out[:start]
				return s.fail(err)
			}
			return err // too late for a status
		}
		clear(free[got:]) // another has made the file shorter meanwhile
		s.out = s.out[:len(s.out)+len(free)]
		if done += int64(len(free)); done < n {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if s.req.Op == afc.OpFileRefRead {
		h.pos += n
	}
	s.event(n)
	return nil
}
