package trace

import (
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/plugfest/plugfest/sim"
)

// Describe puts an event into one line, its time counted from the start of the
// world:
//
//	+5ms phone > iap2.link ack seq=12 ack=7
//
// A line is a time, the endpoint that acted, ">", the layer, the kind (one or
// more words) and the fields as key=value in their order. Values with spaces,
// quotes or an equals sign, and empty ones, are quoted as in Go; addresses and
// message ids are hexadecimal. The field "peer" is left out, for the reader
// knows who is on the other end. Payload stands last as data=HEX; of a payload
// of more than 16 bytes the first 12 and the length: data=4040026baa01000402680000..619.
// Where the fields already say what is in the payload, it is left out.
//
// [ParseLine] reads such a line.
func Describe(e *sim.Event) string { return string(AppendLine(nil, e, 0)) }

// DescribeSince is Describe with the time counted from since, usually the time
// of the event before.
func DescribeSince(e *sim.Event, since time.Duration) string {
	return string(AppendLine(nil, e, since))
}

// AppendLine appends what [DescribeSince] returns.
func AppendLine(dst []byte, e *sim.Event, since time.Duration) []byte {
	dst = AppendOffset(dst, e.At-since)
	dst = appendWord(append(dst, ' '), e.Who)
	dst = appendWord(append(dst, " > "...), e.Layer)
	dst = appendKind(append(dst, ' '), e.Kind)
	for i := range e.Fields {
		if f := &e.Fields[i]; f.Key != "peer" {
			dst = appendField(append(dst, ' '), f)
		}
	}
	if !decoded(e.Layer) {
		dst = appendData(dst, e.Data)
	}
	return dst
}

// decoded reports whether the fields of a layer's events say what is in the
// payload.
func decoded(layer string) bool {
	switch layer {
	case "usb.request", "lockdown", "iap2.link", "iap2.control", "carlife", "mfi":
		return true
	}
	return false
}

// AppendOffset appends a time with its sign: "+5ms", "+0s", "-1.5s".
func AppendOffset(dst []byte, d time.Duration) []byte {
	if d >= 0 {
		dst = append(dst, '+')
	}
	return append(dst, d.String()...)
}

const (
	shortData = 16 // a payload up to here is shown whole,
	dataHead  = 12 // of a longer one this much
)

func appendData(dst, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	dst = append(dst, " data="...)
	if len(b) <= shortData {
		return hex.AppendEncode(dst, b)
	}
	dst = hex.AppendEncode(dst, b[:dataHead])
	return strconv.AppendInt(append(dst, ".."...), int64(len(b)), 10)
}

// hexDigits tells which number fields are shown in hexadecimal, and how wide.
func hexDigits(key string) int {
	switch key {
	case "ep", "addr":
		return 2
	case "id":
		return 4
	}
	return 0
}

func appendField(dst []byte, f *sim.Field) []byte {
	dst = append(appendWord(dst, f.Key), '=')
	if !f.IsNum && (f.Key == "data" || hexDigits(f.Key) > 0) {
		return strconv.AppendQuote(dst, f.Text) // or it would be read back as something else
	}
	if !f.IsNum {
		return appendWord(dst, f.Text)
	}
	if w := hexDigits(f.Key); w > 0 && f.Num >= 0 {
		return appendHex(dst, f.Num, w)
	}
	return strconv.AppendInt(dst, f.Num, 10)
}

func appendHex(dst []byte, n int64, width int) []byte {
	for width < 16 && n>>(4*width) != 0 {
		width *= 2
	}
	dst = append(dst, "0x"...)
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789ABCDEF"[n>>shift&15])
	}
	return dst
}

// appendWord appends s, quoted unless it can be read back without.
func appendWord(dst []byte, s string) []byte {
	if plain(s) {
		return append(dst, s...)
	}
	return strconv.AppendQuote(dst, s)
}

// appendKind is appendWord, but words with single spaces between them stand as
// they are.
func appendKind(dst []byte, s string) []byte {
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != ' ' {
			continue
		}
		if !plain(s[start:i]) {
			return strconv.AppendQuote(dst, s)
		}
		start = i + 1
	}
	return append(dst, s...)
}

// plain reports whether s is a word: not empty, all of it printable, no space,
// quote or equals sign.
func plain(s string) bool {
	for _, r := range s {
		if r == ' ' || r == '"' || r == '=' || r == utf8.RuneError || !strconv.IsPrint(r) {
			return false
		}
	}
	return s != ""
}
