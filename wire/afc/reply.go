package afc

import "encoding/binary"

// AppendStatus appends a whole STATUS packet, 48 bytes.
func AppendStatus(dst []byte, num uint64, s Status) []byte {
	return appendValue(dst, OpStatus, num, uint64(s))
}

// AppendOpened appends the reply to FileRefOpen, 48 bytes. A handle is never
// zero: libimobiledevice takes that for none.
func AppendOpened(dst []byte, num, handle uint64) []byte {
	return appendValue(dst, OpFileRefOpenResult, num, handle)
}

// AppendDirOpened appends the reply to DirectoryEnumeratorRefOpen, 48 bytes.
func AppendDirOpened(dst []byte, num, handle uint64) []byte {
	return appendValue(dst, OpDirOpenResult, num, handle)
}

// AppendPosition appends the reply to FileRefTell, 48 bytes.
func AppendPosition(dst []byte, num, position uint64) []byte {
	return appendValue(dst, OpFileRefTellResult, num, position)
}

func appendValue(dst []byte, op Op, num, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(NewHeader(op, num, 8, 0).AppendTo(dst), v)
}

// AppendData appends the header of a DATA packet with n bytes of data, which
// are to be sent behind it. They lie behind ThisLength, never inside it: go-ios
// sees nothing otherwise. No data at all is the end of a file.
func AppendData(dst []byte, num, n uint64) []byte {
	return NewHeader(OpData, num, 0, n).AppendTo(dst)
}

// Reply is the head of a reply.
type Reply struct {
	Op     Op
	Status Status // of OpStatus
	Value  uint64 // handle or position
	Data   []byte // of OpData: what lies inside ThisLength, which a phone leaves empty
}

// ParseReply reads the arguments of a reply. Errors are [*ArgError].
func ParseReply(op Op, args []byte) (Reply, error) {
	r := Reply{Op: op}
	s := spec(op)
	switch {
	case s.IsRequest() || len(s.Args) == 0 && op != OpData:
		return r, &ArgError{Op: op, Err: ErrOpUnknown}
	case op == OpData:
		r.Data = args
		return r, nil
	case len(args) < 8:
		return r, &ArgError{Op: op, Field: s.Args[0], Value: uint64(len(args)), Err: ErrArgMissing}
	}
	r.Value = binary.LittleEndian.Uint64(args)
	if op == OpStatus {
		r.Status, r.Value = Status(r.Value), 0
	}
	return r, nil
}
