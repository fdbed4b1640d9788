package tap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/wire/afc"
	"github.com/plugfest/plugfest/wire/lockdown"
)

// form is what the bytes of a stream look like.
type form uint8

const (
	unknown form = iota
	plists       // u32 length and a property list
	records      // TLS
	packets      // AFC
	plain
)

// A stream is one direction of a connection to a port. Its form is told from how
// it begins, and again after each whole message, since lockdown goes from
// property lists to TLS and some services back.
type stream struct {
	c     *Conversation
	from  Side
	talk  *talk
	form  form
	buf   []byte // what is not decoded yet
	files *afc.Decoder
	skip  int // bytes of a TLS record still to come
	kind  byte
	moved int // bytes of TLS data since it was last told
}

func newStream(c *Conversation, from Side, t *talk) *stream {
	return &stream{c: c, from: from, talk: t}
}

// maxKept bounds what is kept of a message that is not whole.
const maxKept = 16 << 20

func (s *stream) feed(p []byte) {
	for len(p) > 0 {
		// What is long passes in pieces, so that little is copied.
		n := min(len(p), 64<<10)
		if s.form == packets {
			s.afc(p[:n])
		} else {
			s.buf = append(s.buf, p[:n]...)
			s.decode()
		}
		p = p[n:]
	}
	s.tellMoved()
}

func (s *stream) decode() {
	for len(s.buf) > 0 || s.form == records && s.skip > 0 {
		before, was := len(s.buf), s.form
		switch s.form {
		case unknown:
			if s.form = look(s.buf); s.form == unknown {
				return
			}
		case plists:
			s.plist()
		case records:
			s.tls()
		case packets:
			p := s.buf
			s.buf = nil
			s.afc(p)
		case plain:
			s.note("bytes", fmt.Sprintf("%d bytes to %s: %s", len(s.buf), s.talk.name(), preview(s.buf)), nil)
			s.buf = s.buf[:0]
		}
		if len(s.buf) == before && s.form == was {
			return
		}
	}
}

// look tells a form from the first bytes; unknown means that more are needed.
func look(b []byte) form {
	switch {
	case len(b) >= 3 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4:
		return records
	case len(b) < 3 && b[0] >= 20 && b[0] <= 23 && (len(b) < 2 || b[1] == 3):
		return unknown
	case bytes.HasPrefix(b, []byte(afcMagic)):
		return packets
	case bytes.HasPrefix([]byte(afcMagic), b):
		return unknown
	case b[0] != 0 && b[0] != 1:
		return plain // no property list is that long
	case len(b) < 4+8:
		return unknown
	case bytes.HasPrefix(b[4:], []byte("bplist0")), bytes.HasPrefix(bytes.TrimLeft(b[4:], " \r\n\t"), []byte("<")):
		return plists
	}
	return plain
}

const afcMagic = "CFA6LPAA"

// plist takes one framed property list, if it is whole.
func (s *stream) plist() {
	if len(s.buf) < 4 {
		return
	}
	n := binary.BigEndian.Uint32(s.buf)
	if n > maxKept {
		s.giveUp(fmt.Errorf("a message of %d bytes is more than the tap keeps", n))
		return
	}
	if uint32(len(s.buf)-4) < n {
		return
	}
	s.document(s.buf[4 : 4+n])
	s.buf = s.buf[4+n:]
	s.form = unknown
}

func (s *stream) document(b []byte) {
	if s.talk.lockdown() {
		if text, ok := s.lockdown(b); ok {
			s.note("lockdown", text, detail(b))
			return
		}
	}
	s.note("plist", fmt.Sprintf("%s: %s", s.talk.name(), line(b)), detail(b))
}

func (s *stream) lockdown(b []byte) (string, bool) {
	if s.from == Client {
		r, err := lockdown.ParseRequest(b, limits)
		return r.String(), err == nil
	}
	r, err := lockdown.ParseReply(b, limits)
	if err == nil && r.Port != 0 {
		s.talk.names.learn(s.talk.device, r.Port, r.Service)
	}
	// What a phone says of itself is no secret, and what one wants to see.
	v := r.Value
	if r.Value = nil; v == nil || err != nil {
		return r.String(), err == nil
	}
	var text strings.Builder
	text.WriteString(r.String() + " value=")
	value(&text, v)
	return text.String(), true
}

func (s *stream) afc(p []byte) {
	if s.files == nil {
		s.files = afc.NewDecoder(afc.Limits{Args: 1 << 20, Data: 1 << 62})
	}
	s.files.Feed(p)
	for {
		item, ok, err := s.files.Next()
		switch {
		case err != nil:
			s.giveUp(err)
			return
		case !ok:
			return
		case item.Head():
			s.note("afc", afc.Sprint(item.Header, item.Args), nil)
		}
	}
}

// giveUp makes the rest of the stream plain bytes.
func (s *stream) giveUp(err error) {
	s.note("tap", fmt.Sprintf("%s cannot be followed from here: %v", s.talk.name(), err), nil)
	s.form, s.files = plain, nil
	s.buf = nil
}

func (s *stream) note(protocol, text string, detail []byte) {
	s.tellMoved()
	s.c.note(s.from, protocol, text, detail)
}

// end returns how many bytes of an unfinished message there are.
func (s *stream) end() int {
	if s.form == unknown && len(s.buf) > 0 {
		s.form = plain
		s.decode()
		return 0
	}
	if s.files != nil && s.files.Partial() {
		return 1
	}
	return len(s.buf)
}
