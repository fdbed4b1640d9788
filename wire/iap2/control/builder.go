package control

import "bytes"

// MaxGroupDepth is how deep a Builder nests groups. The catalogue needs 2.
const MaxGroupDepth = 8

// Builder appends one message to a buffer, parameter by parameter, without
// allocating beyond the buffer's growth:
//
//	var b control.Builder
//	packet, err := b.Begin(packet, control.MsgStatusExternalAccessoryProtocolSession).
//		Uint16(0, session).Uint8(1, 0).Finish()
//
// The first mistake sticks and is returned by Finish. Builder knows nothing
// of the catalogue: what it is told, it writes. Build is its checked sister.
type Builder struct {
	buf    []byte
	start  int
	id     uint16
	bare   bool
	groups [MaxGroupDepth]int
	depth  int
	err    error
}

// Begin starts a message after the bytes of dst.
func (b *Builder) Begin(dst []byte, id uint16) *Builder {
	*b = Builder{buf: dst, start: len(dst), id: id}
	b.buf = append(b.buf, startByte, startByte, 0, 0, byte(id>>8), byte(id))
	return b
}

// BeginParams starts a bare parameter list, without a message header, after
// the bytes of dst.
func (b *Builder) BeginParams(dst []byte) *Builder {
	*b = Builder{buf: dst, start: len(dst), bare: true}
	return b
}

func (b *Builder) fail(id uint16, value int, reason error) {
	if b.err == nil {
		err := paramError(id, "", len(b.buf)-b.start, value, reason)
		err.Message = b.id
		b.err = err
	}
}

// param writes a header for a value of n bytes and tells whether the value
// may follow.
func (b *Builder) param(id uint16, n int) bool {
	if n > MaxMessageLen-ParamHeaderLen {
		b.fail(id, n, ErrTooLong)
	}
	if b.err != nil {
		return false
	}
	n += ParamHeaderLen
	b.buf = append(b.buf, byte(n>>8), byte(n), byte(id>>8), byte(id))
	return true
}

// Uint8 adds a uint8 or an enumeration.
func (b *Builder) Uint8(id uint16, v uint8) *Builder {
	if b.param(id, 1) {
		b.buf = append(b.buf, v)
	}
	return b
}

// Uint16 adds a uint16.
func (b *Builder) Uint16(id uint16, v uint16) *Builder {
	if b.param(id, 2) {
		b.buf = append(b.buf, byte(v>>8), byte(v))
	}
	return b
}

// Uint32 adds a uint32.
func (b *Builder) Uint32(id uint16, v uint32) *Builder {
	if b.param(id, 4) {
		b.buf = append(b.buf, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return b
}

// Uint64 adds a uint64.
func (b *Builder) Uint64(id uint16, v uint64) *Builder {
	if b.param(id, 8) {
		b.buf = append(b.buf, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
			byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return b
}

// Int8 adds an int8.
func (b *Builder) Int8(id uint16, v int8) *Builder { return b.Uint8(id, uint8(v)) }

// Int16 adds an int16.
func (b *Builder) Int16(id uint16, v int16) *Builder { return b.Uint16(id, uint16(v)) }

// Int64 adds an int64.
func (b *Builder) Int64(id uint16, v int64) *Builder { return b.Uint64(id, uint64(v)) }

// Bool adds a bool as one byte, 0 or 1.
func (b *Builder) Bool(id uint16, v bool) *Builder {
	if v {
		return b.Uint8(id, 1)
	}
	return b.Uint8(id, 0)
}

// Flag adds a parameter of type none: its presence is its meaning.
func (b *Builder) Flag(id uint16) *Builder {
	b.param(id, 0)
	return b
}

// Text adds a string and its terminating NUL. A string with a NUL in it fails
// with ErrInnerNUL.
func (b *Builder) Text(id uint16, s string) *Builder {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			b.fail(id, i, ErrInnerNUL)
			return b
		}
	}
	if b.param(id, len(s)+1) {
		b.buf = append(append(b.buf, s...), 0)
	}
	return b
}

// Blob adds raw bytes. With it any value can be written, also a wrong one.
func (b *Builder) Blob(id uint16, v []byte) *Builder {
	if b.param(id, len(v)) {
		b.buf = append(b.buf, v...)
	}
	return b
}

// IDs adds a packed list of uint16.
func (b *Builder) IDs(id uint16, list ...uint16) *Builder {
	if b.param(id, 2*len(list)) {
		for _, v := range list {
			b.buf = append(b.buf, byte(v>>8), byte(v))
		}
	}
	return b
}

// Open begins a group; what follows goes into it until Close.
func (b *Builder) Open(id uint16) *Builder {
	if b.depth == MaxGroupDepth {
		b.fail(id, b.depth, ErrGroupNesting)
	}
	if b.param(id, 0) {
		b.groups[b.depth] = len(b.buf) - ParamHeaderLen
		b.depth++
	}
	return b
}

// Close ends the group that was opened last.
func (b *Builder) Close() *Builder {
	if b.err != nil {
		return b
	}
	if b.depth == 0 {
		b.fail(0, 0, ErrGroupNesting)
		return b
	}
	b.depth--
	at := b.groups[b.depth]
	n := len(b.buf) - at
	if n > MaxMessageLen {
		b.fail(uint16(b.buf[at+2])<<8|uint16(b.buf[at+3]), n-ParamHeaderLen, ErrTooLong)
		return b
	}
	b.buf[at], b.buf[at+1] = byte(n>>8), byte(n)
	return b
}

// Finish completes the message and gives the whole buffer. On an error it
// gives the buffer as it was handed to Begin.
func (b *Builder) Finish() ([]byte, error) {
	if b.depth != 0 {
		b.fail(0, b.depth, ErrGroupNesting)
	}
	n := len(b.buf) - b.start
	if b.err == nil && !b.bare && n > MaxMessageLen {
		b.err = &Error{Message: b.id, Offset: 2, Field: "message length", Value: uint64(n), Err: ErrTooLong}
	}
	if b.err != nil {
		return b.buf[:b.start], b.err
	}
	if !b.bare {
		b.buf[b.start+2], b.buf[b.start+3] = byte(n>>8), byte(n)
	}
	return b.buf, nil
}

// joinTexts gives the value that Param.Texts reads.
func joinTexts(list []string) []byte {
	var b bytes.Buffer
	for _, s := range list {
		b.WriteString(s)
		b.WriteByte(0)
	}
	return b.Bytes()
}
