package tap

import (
	"encoding/binary"
	"fmt"
)

// recordLen is the length of a TLS record's header: type, version, length.
const recordLen = 5

// maxRecord is the longest record that TLS allows, with its expansion.
const maxRecord = 1<<14 + 2048

var contents = map[byte]string{20: "change cipher spec", 21: "alert", 22: "handshake", 23: "application data"}

// handshakes are the messages of a handshake that pass in the clear.
var handshakes = map[byte]string{1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 11: "Certificate",
	12: "ServerKeyExchange", 13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
	16: "ClientKeyExchange", 20: "Finished"}

var tlsVersions = map[uint16]string{0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}

// tls follows records. Application data is counted and told at the end of each
// piece that passes; all else is told record by record.
func (s *stream) tls() {
	if s.skip > 0 {
		n := min(s.skip, len(s.buf))
		if s.kind == 23 {
			s.moved += n
		}
		s.buf = s.buf[n:]
		s.skip -= n
		return
	}
	if look(s.buf) != records {
		if len(s.buf) >= 3 {
			s.form = unknown // the session is over: the stream goes on in the clear
		}
		return
	}
	if len(s.buf) < recordLen {
		return
	}
	n := int(binary.BigEndian.Uint16(s.buf[3:]))
	if n > maxRecord {
		s.giveUp(fmt.Errorf("a TLS record of %d bytes, at most %d are allowed", n, maxRecord))
		return
	}
	if s.kind = s.buf[0]; s.kind != 23 {
		if len(s.buf) < recordLen+n {
			return
		}
		s.note("tls", record(s.buf[:recordLen+n]), nil)
	}
	s.buf = s.buf[recordLen:]
	s.skip = n
}

// tellMoved tells how much application data has passed.
func (s *stream) tellMoved() {
	if n := s.moved; n > 0 {
		s.moved = 0
		s.c.note(s.from, "tls", fmt.Sprintf("%d bytes of application data for %s, encrypted", n, s.talk.name()), nil)
	}
}

// record describes a whole record.
func record(b []byte) string {
	text := contents[b[0]]
	version := binary.BigEndian.Uint16(b[1:])
	body := b[recordLen:]
	if b[0] == 22 && len(body) >= 4 {
		name := handshakes[body[0]]
		length := int(body[1])<<16 | int(body[2])<<8 | int(body[3])
		if name == "" || length > 1<<17 {
			return text + ", encrypted"
		}
		text += " " + name
		if body[0] <= 2 && len(body) >= 6 {
			version = binary.BigEndian.Uint16(body[4:])
		}
	}
	if v := tlsVersions[version]; v != "" {
		text += ", " + v
	}
	return text
}
