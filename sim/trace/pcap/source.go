package pcap

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// source is a capture file of either format.
type source struct {
	br      *bufio.Reader
	count   *counter
	order   binary.ByteOrder
	classic *pcapgo.Reader
	ng      *pcapgo.NgReader
}

// counter counts what has been read from the file.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// offset is where reading stands. The file readers take our buffer for theirs,
// as it is large enough, so that nothing has been read ahead of it.
func (s *source) offset() int64 { return s.count.n - int64(s.br.Buffered()) }

const bufferSize = 64 << 10

// Magic numbers. Source: draft-ietf-opsawg-pcap and -pcapng.
const (
	magicGzip    = 0x1F8B
	magicMicro   = 0xA1B2C3D4
	magicNano    = 0xA1B23C4D
	magicSection = 0x0A0D0D0A
	magicOrder   = 0x1A2B3C4D
)

var errFormat = errors.New("neither pcapng nor pcap: give a capture as Wireshark or tcpdump save it")

func open(r io.Reader) (*source, error) {
	s := &source{count: &counter{r: r}}
	s.br = bufio.NewReaderSize(s.count, bufferSize)
	if b, _ := s.br.Peek(2); len(b) == 2 && binary.BigEndian.Uint16(b) == magicGzip {
		z, err := gzip.NewReader(s.br)
		if err != nil {
			return s, err
		}
		s.count = &counter{r: z}
		s.br = bufio.NewReaderSize(s.count, bufferSize)
	}
	b, err := s.br.Peek(12)
	if len(b) < 4 {
		if err == io.EOF {
			err = errFormat
		}
		return s, err
	}
	return s, s.detect(b)
}

func (s *source) detect(b []byte) (err error) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		s.order = order
		switch order.Uint32(b) {
		case magicMicro, magicNano:
			s.classic, err = pcapgo.NewReader(s.br)
			return err
		case magicSection:
			if len(b) < 12 {
				return io.ErrUnexpectedEOF
			}
			if order.Uint32(b[8:]) == magicOrder {
				s.ng, err = pcapgo.NewNgReader(s.br, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
				return err
			}
		}
	}
	return errFormat
}

// next returns the next packet, valid until the call after, and its link type.
func (s *source) next() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
	if s.classic != nil {
		b, ci, err := s.classic.ZeroCopyReadPacketData()
		return b, ci, s.classic.LinkType(), err
	}
	b, ci, err := s.ng.ZeroCopyReadPacketData()
	if err != nil {
		return nil, ci, 0, err
	}
	link, ok := ci.AncillaryData[0].(layers.LinkType)
	if !ok {
		return nil, ci, 0, fmt.Errorf("interface %d has no link type", ci.InterfaceIndex)
	}
	return b, ci, link, nil
}

// description is that of a packet's interface.
func (s *source) description(index int) string {
	if s.ng == nil {
		return ""
	}
	i, err := s.ng.Interface(index)
	if err != nil {
		return ""
	}
	return i.Description
}

// epoch returns when the world began, where the file is ours.
func (s *source) epoch() (time.Time, bool) {
	if s.ng == nil || s.ng.SectionInfo().Application != application {
		return time.Time{}, false
	}
	text, ok := strings.CutPrefix(s.ng.SectionInfo().Comment, epochMark)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}
