package carlife

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Sprint returns m as one dense line for ladders and logs:
//
//	command 00018001 HU_PROTOCOL_VERSION majorVersion=1 minorVersion=0
//	video 00020001 VIDEO_DATA t=1200 65536 B SPS+PPS+IDR
//	command 0001007F ? 3 B 010203
//
// Fields come in the order of their declaration. Bodies that do not decode are
// shown with the reason; encrypted ones must be opened first.
func Sprint(m Message, p Profile) string { return string(AppendText(nil, m, p)) }

// AppendText appends what [Sprint] returns.
func AppendText(dst []byte, m Message, p Profile) []byte {
	ch := m.Carrier()
	dst = append(dst, ch.String()...)
	dst = fmt.Appendf(dst, " %08X ", uint32(m.ID))
	mi, ok := Lookup(m.ID)
	if !ok {
		dst = append(dst, '?')
	} else {
		dst = append(dst, mi.Name...)
	}
	if !ch.Short() {
		dst = fmt.Appendf(dst, " t=%d", m.Timestamp)
	}
	if m.Reserved != 0 {
		dst = fmt.Appendf(dst, " reserved=%#04x", m.Reserved)
	}
	switch {
	case !ok || mi.Kind != PayloadProto:
		return appendRaw(dst, m)
	case len(m.Payload) == 0 && mi.BodyName(p) == "":
		return dst
	}
	body, err := Decode(m, p)
	if body != nil {
		dst = appendFields(dst, body.ProtoReflect())
	} else {
		dst = appendRaw(dst, m)
	}
	if err != nil {
		dst = fmt.Appendf(dst, " !(%v)", err)
	}
	return dst
}

// appendRaw shows a payload that is no protobuf message.
func appendRaw(dst []byte, m Message) []byte {
	n := len(m.Payload)
	if n == 0 {
		return dst
	}
	dst = fmt.Appendf(dst, " %d B", n)
	if m.ID == MsgVideoData {
		if k := ClassifyVideo(m.Payload); k != VideoOther {
			return append(append(dst, ' '), k.String()...)
		}
	}
	if k, ok := Lookup(m.ID); ok && k.Kind == PayloadRaw {
		return dst
	}
	return appendHex(append(dst, ' '), m.Payload)
}

// appendHex shows at most 16 bytes.
func appendHex(dst, b []byte) []byte {
	dst = fmt.Appendf(dst, "%x", b[:min(len(b), 16)])
	if len(b) > 16 {
		dst = append(dst, "..."...)
	}
	return dst
}

// Bounds of one printed line.
const (
	maxPrintText = 48 // bytes of a string
	maxPrintList = 16 // entries of a list
)

func appendFields(dst []byte, m protoreflect.Message) []byte {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, f.Name()...), '=')
		if !f.IsList() {
			dst = appendValue(dst, f, m.Get(f))
			continue
		}
		list := m.Get(f).List()
		dst = append(dst, '[')
		for j := range min(list.Len(), maxPrintList) {
			if j > 0 {
				dst = append(dst, ' ')
			}
			dst = appendValue(dst, f, list.Get(j))
		}
		if more := list.Len() - maxPrintList; more > 0 {
			dst = fmt.Appendf(dst, " +%d", more)
		}
		dst = append(dst, ']')
	}
	if n := len(m.GetUnknown()); n > 0 {
		dst = fmt.Appendf(dst, " +%d B unknown", n)
	}
	return dst
}

func appendValue(dst []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch f.Kind() {
	case protoreflect.StringKind:
		s := v.String()
		if len(s) <= maxPrintText {
			return strconv.AppendQuote(dst, s)
		}
		cut := maxPrintText
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return fmt.Appendf(dst, "%q...(%d)", s[:cut], len(s))
	case protoreflect.BytesKind:
		return fmt.Appendf(dst, "<%d B>", len(v.Bytes()))
	case protoreflect.MessageKind:
		return append(appendFields(append(dst, '{'), v.Message()), '}') // the schema has no cycles
	}
	return fmt.Append(dst, v.Interface())
}
