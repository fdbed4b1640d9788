package control

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// excerpt is how many bytes of a value are shown.
const excerpt = 8

// Dense describes a message in one line:
//
//	AA02 RequestAuthenticationChallengeResponse Challenge=32 bytes 0a1b2c3d4e5f6071..
//	4155 CallStateUpdate Status=ringing Direction=incoming
//	4300 CarPlayAvailability Wired{Available=true USBTransportID="usb-1"}
//
// Parameters of type none stand as their bare name, unknown ones as
// "#25=2 bytes 0102", values that cannot be read with "!" before their bytes.
func Dense(m Message) string { return string(AppendDense(nil, m)) }

// AppendDense appends what Dense gives.
func AppendDense(dst []byte, m Message) []byte {
	d, _ := Decode(m)
	dst = appendTitle(dst, d)
	return appendDense(dst, d.Nodes, ' ')
}

func appendTitle(dst []byte, d *Decoded) []byte {
	dst = fmt.Appendf(dst, "%04X ", d.ID)
	if d.Spec == nil {
		return append(dst, "unknown"...)
	}
	return append(dst, d.Spec.Name...)
}

func appendDense(dst []byte, list Nodes, before byte) []byte {
	for i := range list {
		n := &list[i]
		if i > 0 || before == ' ' {
			dst = append(dst, ' ')
		}
		dst = append(dst, n.Name()...)
		if n.Spec != nil && n.Spec.Type == TypeGroup && n.Err == nil {
			dst = append(dst, '{')
			dst = appendDense(dst, n.Nodes, '{')
			dst = append(dst, '}')
			continue
		}
		if n.bare() {
			continue
		}
		dst = appendValue(append(dst, '='), n)
	}
	return dst
}

// bare tells that a node is shown by its name alone.
func (n *Node) bare() bool {
	return len(n.Param.Value) == 0 && n.Err == nil && (n.Spec == nil || n.Spec.Type == TypeNone)
}

// Indented describes a message in several lines, with parameter ids, units
// and nested groups.
func Indented(m Message) string { return string(AppendIndented(nil, m)) }

// AppendIndented appends what Indented gives, a newline at the end of each
// line.
func AppendIndented(dst []byte, m Message) []byte {
	d, err := Decode(m)
	dst = appendTitle(dst, d)
	if d.Spec != nil {
		dst = fmt.Appendf(dst, ", from %s", d.Spec.Sender)
	}
	dst = fmt.Appendf(dst, ", %d bytes\n", m.Len())
	dst = appendIndented(dst, d.Nodes, 1)
	if err != nil {
		dst = fmt.Appendf(dst, "  refused: %v\n", err)
	}
	return dst
}

func appendIndented(dst []byte, list Nodes, depth int) []byte {
	for i := range list {
		n := &list[i]
		dst = fmt.Appendf(dst, "%*s", 2*depth, "")
		if n.Spec == nil {
			dst = append(dst, n.Name()...)
		} else {
			dst = fmt.Appendf(dst, "%d %s", n.Param.ID, n.Spec.Name)
		}
		switch {
		case n.Spec != nil && n.Spec.Type == TypeGroup && n.Err == nil:
			dst = append(dst, '\n')
			dst = appendIndented(dst, n.Nodes, depth+1)
			continue
		case !n.bare():
			dst = appendValue(append(dst, " = "...), n)
			if n.Spec != nil && n.Spec.Unit != "" && n.Spec.Type != TypeIDs && n.Err == nil {
				dst = append(append(dst, ' '), n.Spec.Unit...)
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

func appendValue(dst []byte, n *Node) []byte {
	if n.Err != nil {
		return appendBytes(append(dst, '!'), n.Param.Value)
	}
	switch v := n.Value.(type) {
	case uint64:
		if name := n.Spec.Enum.NameOf(uint8(v)); name != "" {
			return append(dst, name...)
		}
		return strconv.AppendUint(dst, v, 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case bool:
		if n.Spec.Type == TypeNone {
			return appendBytes(dst, n.Param.Value)
		}
		return strconv.AppendBool(dst, v)
	case string:
		return strconv.AppendQuote(dst, v)
	case Joined:
		for i, s := range v {
			if i > 0 {
				dst = append(dst, '+')
			}
			dst = strconv.AppendQuote(dst, s)
		}
		return dst
	case []uint16:
		return appendIDs(dst, v, n.Spec.Unit == "message id")
	}
	return appendBytes(dst, n.Param.Value)
}

func appendIDs(dst []byte, ids []uint16, asMessages bool) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if asMessages {
			dst = fmt.Appendf(dst, "%04X", id)
		} else {
			dst = strconv.AppendUint(dst, uint64(id), 10)
		}
	}
	return append(dst, ']')
}

// appendBytes shows the size and the first bytes of a value.
func appendBytes(dst, b []byte) []byte {
	dst = strconv.AppendInt(dst, int64(len(b)), 10)
	if len(b) == 1 {
		dst = append(dst, " byte"...)
	} else {
		dst = append(dst, " bytes"...)
	}
	if len(b) > 0 {
		dst = hex.AppendEncode(append(dst, ' '), b[:min(len(b), excerpt)])
	}
	if len(b) > excerpt {
		dst = append(dst, ".."...)
	}
	return dst
}
