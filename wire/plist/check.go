package plist

import (
	"bytes"
	"fmt"
)

// Format is the form in which a property list is written.
type Format uint8

// Formats. The older text form is not spoken by anything here, and is refused.
const (
	XML    Format = iota + 1
	Binary        // version 00
)

// String names the format.
func (f Format) String() string {
	switch f {
	case XML:
		return "XML"
	case Binary:
		return "binary"
	}
	return "unknown"
}

const binaryMagic = "bplist00"

// Detect tells the format by the first bytes, 0 if it is neither. An XML list
// may begin with white space or a byte order mark; peers also look for "<?xml"
// at the very first byte, and that is how [AppendXML] writes it.
func Detect(data []byte) Format {
	if bytes.HasPrefix(data, []byte(binaryMagic)) {
		return Binary
	}
	rest := data[leading(data):]
	for _, start := range []string{"<?xml", "<!DOCTYPE", "<plist"} {
		if bytes.HasPrefix(rest, []byte(start)) {
			return XML
		}
	}
	return 0
}

// leading returns how many bytes of byte order mark and white space come first.
func leading(data []byte) int {
	rest := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return len(data) - len(bytes.TrimLeft(rest, " \t\r\n"))
}

// trailing returns data without the NUL bytes that some C programs leave behind
// an XML list.
func trailing(data []byte) []byte { return bytes.TrimRight(data, "\x00") }

// Check reads a document without building anything and reports its format, or
// an [*Error]. What passes is safe to decode: its cost is within l, and it
// follows the rules of its format. Time and memory are in proportion to the
// bytes given, whatever they claim.
func Check(data []byte, l Limits) (Format, error) {
	l = l.withDefaults()
	if len(data) > l.Size {
		return 0, &Error{Offset: -1, Err: ErrLimit, Detail: fmt.Sprintf("%d bytes, limit %d", len(data), l.Size)}
	}
	switch f := Detect(data); f {
	case Binary:
		c := binaryChecker{data: data, limits: l}
		return f, c.document()
	case XML:
		c := xmlChecker{data: data, limits: l}
		return f, c.document()
	}
	head := data[:min(len(data), 16)]
	return 0, &Error{Offset: 0, Err: ErrFormat, Detail: fmt.Sprintf("%v: begins with %q", ErrFormat, head)}
}
