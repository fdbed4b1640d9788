package afc

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Request is an operation with its arguments. Which of the fields count is
// what [Lookup] lists for Op; the others are ignored.
type Request struct {
	Op       Op
	Handle   uint64
	Mode     OpenMode
	Length   uint64 // bytes to read or hash
	Size     uint64 // of the file or block
	Whence   Whence
	Offset   int64
	Lock     LockOp
	LinkType LinkType
	Time     uint64 // nanoseconds since 1970
	Hint     uint64
	Path     string // for MakeLink: the target
	NewPath  string // for RenamePath: the new name; for MakeLink: the link's
}

// number returns where a u64 argument is kept, as its bits.
func (r *Request) number(f Field) uint64 {
	switch f {
	case FieldHandle:
		return r.Handle
	case FieldMode:
		return uint64(r.Mode)
	case FieldLength:
		return r.Length
	case FieldSize:
		return r.Size
	case FieldWhence:
		return uint64(r.Whence)
	case FieldOffset:
		return uint64(r.Offset)
	case FieldLock:
		return uint64(r.Lock)
	case FieldLinkType:
		return uint64(r.LinkType)
	case FieldTime:
		return r.Time
	}
	return r.Hint
}

func (r *Request) setNumber(f Field, v uint64) {
	switch f {
	case FieldHandle:
		r.Handle = v
	case FieldMode:
		r.Mode = OpenMode(v)
	case FieldLength:
		r.Length = v
	case FieldSize:
		r.Size = v
	case FieldWhence:
		r.Whence = Whence(v)
	case FieldOffset:
		r.Offset = int64(v)
	case FieldLock:
		r.Lock = LockOp(v)
	case FieldLinkType:
		r.LinkType = LinkType(v)
	case FieldTime:
		r.Time = v
	case FieldHint:
		r.Hint = v
	}
}

func (r *Request) text(f Field) *string {
	if f == FieldNewPath {
		return &r.NewPath
	}
	return &r.Path
}

// ArgsLen returns the length of the arguments in bytes.
func (r *Request) ArgsLen() int {
	s := spec(r.Op)
	n := 0
	for _, f := range s.Args {
		if f.text() {
			n += len(*r.text(f)) + 1
		} else {
			n += 8
		}
	}
	return n
}

// AppendTo appends the header and the arguments of a packet that carries data
// bytes of bulk data; those are to be sent behind it. Errors are [*ArgError]
// with [ErrOpUnknown] or [ErrArgNUL], and leave dst as it was.
func (r *Request) AppendTo(dst []byte, num, data uint64) ([]byte, error) {
	s := spec(r.Op)
	if !s.IsRequest() {
		return dst, &ArgError{Op: r.Op, Err: ErrOpUnknown}
	}
	was := len(dst)
	dst = NewHeader(r.Op, num, r.ArgsLen(), data).AppendTo(dst)
	for _, f := range s.Args {
		if !f.text() {
			dst = binary.LittleEndian.AppendUint64(dst, r.number(f))
			continue
		}
		t := *r.text(f)
		if i := strings.IndexByte(t, 0); i >= 0 {
			return dst[:was], &ArgError{Op: r.Op, Field: f, Offset: len(dst) - was - HeaderLen, Value: uint64(i), Err: ErrArgNUL}
		}
		dst = append(append(dst, t...), 0)
	}
	return dst, nil
}

// ParseRequest reads the arguments of a request. A path ends at its NUL; that of
// the last may be missing, as go-ios and idevice leave it out. Bytes behind the
// arguments are ignored. Errors are [*ArgError].
func ParseRequest(op Op, args []byte) (Request, error) {
	r := Request{Op: op}
	s := spec(op)
	if !s.IsRequest() {
		return r, &ArgError{Op: op, Err: ErrOpUnknown}
	}
	at := 0
	for i, f := range s.Args {
		rest := args[at:]
		if !f.text() {
			if len(rest) < 8 {
				return r, &ArgError{Op: op, Field: f, Offset: at, Value: uint64(len(rest)), Err: ErrArgMissing}
			}
			r.setNumber(f, binary.LittleEndian.Uint64(rest))
			at += 8
			continue
		}
		n := bytes.IndexByte(rest, 0)
		switch {
		case n >= 0:
		case i < len(s.Args)-1, len(rest) == 0 && i > 0 && s.Args[i-1].text():
			return r, &ArgError{Op: op, Field: f, Offset: at, Value: uint64(len(rest)), Err: ErrArgMissing}
		default:
			n = len(rest)
		}
		*r.text(f) = string(rest[:n])
		at = min(at+n+1, len(args))
	}
	return r, nil
}
