package tap

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/wire/plist"
)

var limits plist.Limits

// detail returns a document as XML, or nil where it is none.
func detail(b []byte) []byte {
	switch plist.Detect(b) {
	case plist.XML:
		return slices.Clone(b)
	case plist.Binary:
		if v, err := plist.Decode(b, limits); err == nil {
			if x, err := plist.AppendXML(nil, v); err == nil {
				return x
			}
		}
	}
	return nil
}

// line writes a document in one line.
func line(b []byte) string {
	v, err := plist.Decode(b, limits)
	if err != nil {
		return fmt.Sprintf("%d bytes that are no property list: %v", len(b), err)
	}
	var out strings.Builder
	value(&out, v)
	return out.String()
}

// Bounds of a value in one line.
const (
	maxText  = 80
	maxItems = 8
	maxLine  = 600
)

func value(b *strings.Builder, v any) {
	if b.Len() > maxLine {
		b.WriteString("...")
		return
	}
	switch v := v.(type) {
	case string:
		b.WriteString(strconv.Quote(clip(v)))
	case []byte:
		fmt.Fprintf(b, "<%d bytes>", len(v))
	case time.Time:
		b.WriteString(v.UTC().Format(time.RFC3339))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			if i == maxItems {
				fmt.Fprintf(b, "and %d more", len(v)-i)
				break
			}
			value(b, e)
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(clip(k) + "=")
			value(b, v[k])
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v)
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "..."
	}
	return s
}

// preview shows how bytes begin, as text where they are text.
func preview(b []byte) string {
	const most = 48
	cut := ""
	if len(b) > most {
		b, cut = b[:most], "..."
	}
	for _, c := range b {
		if c >= 0x7F || c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0 {
			return hex.EncodeToString(b) + cut
		}
	}
	return strconv.Quote(string(b)) + cut
}
