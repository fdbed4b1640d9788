package trace

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plugfest/plugfest/sim"
)

// A JSONLWriter writes events as JSON, one a line:
//
//	{"seq":7,"at":5000000,"who":"phone","layer":"iap2.link","kind":"ack","fields":{"seq":12,"ack":7}}
//
// "at" is in nanoseconds of the world's clock and "data" in hexadecimal. Fields
// keep their order, and their number where a key stands twice. Empty "fields"
// and "data" are left out. A text that is not UTF-8 stands as {"hex":"ff00"}.
// Equal events make equal bytes.
type JSONLWriter struct {
	w   *bufio.Writer
	buf []byte
	cut int // 0: data is written whole
	err error
}

// NewJSONLWriter returns a writer to w. Call Flush at the end.
func NewJSONLWriter(w io.Writer) *JSONLWriter {
	return &JSONLWriter{w: bufio.NewWriterSize(w, 64<<10)}
}

// CutData has data longer than n bytes, n being above 0, written as its first n
// bytes, its length and its SHA-256:
//
//	"data":"ff5a...","data_len":4096,"data_sha256":"5891b5b5..."
func (j *JSONLWriter) CutData(n int) { j.cut = n }

// Observe writes an event. After an error it does nothing; Flush tells.
func (j *JSONLWriter) Observe(e *sim.Event) {
	if j.err != nil {
		return
	}
	j.buf = append(appendEvent(j.buf[:0], e, j.cut), '\n')
	_, j.err = j.w.Write(j.buf)
}

// Flush hands on what is buffered, and returns the first error that writing met.
func (j *JSONLWriter) Flush() error {
	if j.err == nil {
		j.err = j.w.Flush()
	}
	return j.err
}

// AppendJSON appends an event as one JSON object, as [JSONLWriter] writes it
// whole.
func AppendJSON(dst []byte, e *sim.Event) []byte { return appendEvent(dst, e, 0) }

// appendEvent appends an event with at most cut bytes of its data, unless that is 0.
func appendEvent(dst []byte, e *sim.Event, cut int) []byte {
	dst = strconv.AppendUint(append(dst, `{"seq":`...), e.Seq, 10)
	dst = strconv.AppendInt(append(dst, `,"at":`...), int64(e.At), 10)
	dst = appendJSONText(append(dst, `,"who":`...), e.Who)
	dst = appendJSONText(append(dst, `,"layer":`...), e.Layer)
	dst = appendJSONText(append(dst, `,"kind":`...), e.Kind)
	for i := range e.Fields {
		if i == 0 {
			dst = append(dst, `,"fields":{`...)
		} else {
			dst = append(dst, ',')
		}
		f := &e.Fields[i]
		dst = append(appendJSONString(dst, strings.ToValidUTF8(f.Key, "\uFFFD")), ':')
		if f.IsNum {
			dst = strconv.AppendInt(dst, f.Num, 10)
		} else {
			dst = appendJSONText(dst, f.Text)
		}
	}
	if len(e.Fields) > 0 {
		dst = append(dst, '}')
	}
	switch {
	case cut > 0 && len(e.Data) > cut:
		dst = hex.AppendEncode(append(dst, `,"data":"`...), e.Data[:cut])
		dst = strconv.AppendInt(append(dst, `","data_len":`...), int64(len(e.Data)), 10)
		sum := sha256.Sum256(e.Data)
		dst = append(hex.AppendEncode(append(dst, `,"data_sha256":"`...), sum[:]), '"')
	case len(e.Data) > 0:
		dst = append(hex.AppendEncode(append(dst, `,"data":"`...), e.Data), '"')
	}
	return append(dst, '}')
}

func appendJSONText(dst []byte, s string) []byte {
	if utf8.ValidString(s) {
		return appendJSONString(dst, s)
	}
	dst = hex.AppendEncode(append(dst, `{"hex":"`...), []byte(s))
	return append(dst, `"}`...)
}

func appendJSONString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20 || c == 0x7F:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
