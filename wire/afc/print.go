package afc

import (
	"fmt"
	"strconv"
	"strings"
)

// Sprint prints the head of a packet as one line: the packet number, the
// operation, its arguments, and the length of its data. Paths are quoted.
//
//	#7 FileRefOpen mode=r path="/DCIM/100APPLE/IMG_0001.JPG"
func Sprint(h Header, args []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d %v", h.PacketNum, h.Op)
	s, known := Lookup(h.Op)
	switch {
	case known && s.IsRequest():
		r, err := ParseRequest(h.Op, args)
		if err != nil {
			fmt.Fprintf(&b, " (%v)", err)
			break
		}
		for _, f := range s.Args {
			b.WriteByte(' ')
			b.WriteString(f.String())
			b.WriteByte('=')
			b.WriteString(r.print(f))
		}
	case known && len(s.Args) > 0:
		r, err := ParseReply(h.Op, args)
		switch {
		case err != nil:
			fmt.Fprintf(&b, " (%v)", err)
		case h.Op == OpStatus:
			fmt.Fprintf(&b, " %d %s", uint64(r.Status), r.Status.String())
		default:
			fmt.Fprintf(&b, " %v=%d", s.Args[0], r.Value)
		}
	case len(args) > 0:
		fmt.Fprintf(&b, " args=%d", len(args))
	}
	if n := h.DataLen(); n > 0 {
		fmt.Fprintf(&b, " data=%d", n)
	}
	return b.String()
}

func (r *Request) print(f Field) string {
	switch f {
	case FieldMode:
		return r.Mode.String()
	case FieldWhence:
		return r.Whence.String()
	case FieldOffset:
		return strconv.FormatInt(r.Offset, 10)
	case FieldLock:
		return r.Lock.String()
	case FieldLinkType:
		return r.LinkType.String()
	case FieldPath, FieldNewPath:
		return strconv.Quote(*r.text(f))
	}
	return strconv.FormatUint(r.number(f), 10)
}
