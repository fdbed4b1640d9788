package afc

import (
	"errors"

	"github.com/plugfest/plugfest/wire/afc"
)

// begin takes the head of a packet. What it asks for is done when its bulk data,
// if any, has passed.
func (s *server) begin(h afc.Header, args []byte) {
	s.num, s.status, s.sink = h.PacketNum, afc.StatusSuccess, nil
	req, err := afc.ParseRequest(h.Op, args)
	s.req = req
	switch {
	case errors.Is(err, afc.ErrOpUnknown):
		s.status = unknown(h.Op)
	case err != nil:
		s.status = afc.StatusInvalidArgument
	case s.o.Refuse != nil:
		s.status = s.o.Refuse(&s.req)
	}
	if s.status == afc.StatusSuccess {
		s.open()
	}
}

// unknown returns the status of what is no request. That ReadFile, WriteFile
// and WritePart are known but not supported is inferred.
func unknown(op afc.Op) afc.Status {
	switch op {
	case afc.OpReadFile, afc.OpWriteFile, afc.OpWritePart:
		return afc.StatusOpNotSupported
	}
	return afc.StatusUnknownPacketType
}

// finish does what a packet asks for, and replies.
func (s *server) finish() error {
	if s.sink != nil {
		if err := s.sink.end(); s.status == afc.StatusSuccess {
			s.status = s.statusOf(err)
		}
		s.sink = nil
		return s.reply()
	}
	if s.status != afc.StatusSuccess {
		return s.reply()
	}
	switch s.req.Op {
	case afc.OpReadDir:
		return s.readDir()
	case afc.OpGetFileInfo:
		return s.fileInfo()
	case afc.OpGetDeviceInfo:
		return s.deviceInfo()
	case afc.OpFileRefOpen:
		return s.fileOpen()
	case afc.OpFileRefRead, afc.OpFileRefReadOffset:
		return s.read()
	case afc.OpFileRefTell:
		return s.tell()
	case afc.OpGetConnectionInfo:
		return s.connectionInfo()
	case afc.OpGetFileHash, afc.OpGetFileHashWithRange:
		return s.hash()
	case afc.OpGetSizeOfPathContents:
		return s.contentSize()
	case afc.OpDirOpen:
		return s.dirOpen()
	case afc.OpDirRead:
		return s.dirRead()
	}
	s.status = s.do()
	return s.reply()
}

// do does what is answered with nothing but a status.
func (s *server) do() afc.Status {
	r := &s.req
	switch r.Op {
	case afc.OpTruncateFile:
		return s.truncate()
	case afc.OpRemovePath:
		return s.remove()
	case afc.OpRemovePathAndContents:
		return s.removeAll()
	case afc.OpMakeDir:
		return s.makeDir()
	case afc.OpRenamePath:
		return s.statusOf(s.root.Rename(r.Path, r.NewPath))
	case afc.OpMakeLink:
		return s.makeLink()
	case afc.OpSetModTime:
		return s.setModTime()
	case afc.OpFileRefSeek:
		return s.seek()
	case afc.OpFileRefClose:
		return s.fileClose()
	case afc.OpFileRefSetFileSize:
		return s.setFileSize()
	case afc.OpFileRefLock:
		return s.lock()
	case afc.OpFileRefSetImmutable:
		_, st := s.handle()
		return st
	case afc.OpSetFSBlockSize:
		return setBlockSize(&s.blocks.fs, r.Size)
	case afc.OpSetSocketBlockSize:
		return setBlockSize(&s.blocks.socket, r.Size)
	case afc.OpDirClose:
		return s.dirClose()
	}
	return afc.StatusOpNotSupported
}

// reply answers with the status.
func (s *server) reply() error {
	s.event(0)
	if err := s.room(48); err != nil {
		return err
	}
	s.out = afc.AppendStatus(s.out, s.num, s.status)
	return nil
}

// value answers with a number, which append puts into a reply.
func (s *server) value(v uint64, put func([]byte, uint64, uint64) []byte) error {
	s.event(0)
	if err := s.room(48); err != nil {
		return err
	}
	s.out = put(s.out, s.num, v)
	return nil
}

// data answers with data that is at hand.
func (s *server) data(b []byte) error {
	s.event(int64(len(b)))
	if err := s.room(afc.HeaderLen + len(b)); err != nil {
		return err
	}
	s.out = append(afc.AppendData(s.out, s.num, uint64(len(b))), b...)
	return nil
}

// fail answers with the status of an error.
func (s *server) fail(err error) error {
	s.status = s.statusOf(err)
	return s.reply()
}
