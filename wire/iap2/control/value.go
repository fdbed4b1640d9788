package control

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// Param is one parameter.
//
//	offset  size  field
//	0       2     length, these 4 bytes included
//	2       2     parameter id, local to its message or group
//	4       ...   value
//
// Its methods read the value as one of the protocol's types. They fail with
// an *Error: ErrMissing for a parameter that Find did not find, otherwise as
// each method says.
type Param struct {
	ID uint16
	// Value refers to the bytes the message was parsed from.
	Value []byte
	// Offset is where the parameter's header stands, counted from the start
	// of the message.
	Offset int

	missing bool
}

func (p Param) fail(reason error) error {
	return paramError(p.ID, "value size", p.Offset+ParamHeaderLen, len(p.Value), reason)
}

// sized gives the value when it has n bytes. The error is built elsewhere to
// keep the good path small.
func (p Param) sized(n int) error {
	if len(p.Value) == n && !p.missing {
		return nil
	}
	if p.missing {
		return p.fail(ErrMissing)
	}
	return p.fail(ErrValueSize)
}

// Present tells whether the parameter is there at all. Presence is the whole
// meaning of parameters of type none.
func (p Param) Present() bool { return !p.missing }

// Uint8 reads a uint8 or an enumeration: 1 byte, else ErrValueSize.
func (p Param) Uint8() (uint8, error) {
	if err := p.sized(1); err != nil {
		return 0, err
	}
	return p.Value[0], nil
}

// Uint16 reads a uint16: 2 bytes, else ErrValueSize.
func (p Param) Uint16() (uint16, error) {
	if err := p.sized(2); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint16(p.Value), nil
}

// Uint32 reads a uint32: 4 bytes, else ErrValueSize.
func (p Param) Uint32() (uint32, error) {
	if err := p.sized(4); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(p.Value), nil
}

// Uint64 reads a uint64: 8 bytes, else ErrValueSize.
func (p Param) Uint64() (uint64, error) {
	if err := p.sized(8); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(p.Value), nil
}

// Int8 reads an int8: 1 byte in two's complement, else ErrValueSize.
func (p Param) Int8() (int8, error) {
	v, err := p.Uint8()
	return int8(v), err
}

// Int16 reads an int16: 2 bytes in two's complement, else ErrValueSize.
func (p Param) Int16() (int16, error) {
	v, err := p.Uint16()
	return int16(v), err
}

// Int64 reads an int64: 8 bytes in two's complement, else ErrValueSize.
func (p Param) Int64() (int64, error) {
	v, err := p.Uint64()
	return int64(v), err
}

// Uint reads an unsigned integer of whichever width is there: 1, 2, 4 or 8
// bytes, else ErrValueSize.
func (p Param) Uint() (uint64, error) {
	switch len(p.Value) {
	case 1:
		return uint64(p.Value[0]), nil
	case 2:
		return uint64(binary.BigEndian.Uint16(p.Value)), nil
	case 4:
		return uint64(binary.BigEndian.Uint32(p.Value)), nil
	case 8:
		return binary.BigEndian.Uint64(p.Value), nil
	}
	if p.missing {
		return 0, p.fail(ErrMissing)
	}
	return 0, p.fail(ErrValueSize)
}

// Int is Uint for signed integers.
func (p Param) Int() (int64, error) {
	v, err := p.Uint()
	shift := 64 - 8*len(p.Value)
	if err != nil {
		return 0, err
	}
	return int64(v) << shift >> shift, nil
}

// Bool reads a bool: any non-zero byte is true, and so is an empty value
// (Source: JoeyEamigh/bridgething; f-io/LIVI takes an empty one as absent).
// Longer values fail with ErrValueSize.
func (p Param) Bool() (bool, error) {
	if len(p.Value) == 0 && !p.missing {
		return true, nil
	}
	if err := p.sized(1); err != nil {
		return false, err
	}
	return p.Value[0] != 0, nil
}

// Flag checks a parameter of type none, whose value must be empty, else
// ErrValueSize. Receivers outside of identification tolerate a value and ask
// Present instead.
func (p Param) Flag() error { return p.sized(0) }

// TextBytes reads a string and gives its bytes without the terminating NUL.
// It fails with ErrNoTerminator where the NUL is missing (an iPhone is strict
// about that; Source: exrector/carthing-custom-linux) and with ErrInnerNUL
// where another NUL stands before it.
func (p Param) TextBytes() ([]byte, error) {
	if p.missing {
		return nil, p.fail(ErrMissing)
	}
	end := len(p.Value) - 1
	if end < 0 || p.Value[end] != 0 {
		return nil, p.fail(ErrNoTerminator)
	}
	if bytes.IndexByte(p.Value[:end], 0) >= 0 {
		return nil, p.fail(ErrInnerNUL)
	}
	return p.Value[:end], nil
}

// Text is TextBytes as a string. The bytes are not checked to be UTF-8.
func (p Param) Text() (string, error) {
	b, err := p.TextBytes()
	return string(b), err
}

// Texts reads strings that stand one after the other in one value, each with
// its NUL. Some accessories write lists that way instead of repeating the
// parameter (Source: wiomoc/iap2, f-io/LIVI). It fails with ErrNoTerminator.
func (p Param) Texts() ([]string, error) {
	if p.missing {
		return nil, p.fail(ErrMissing)
	}
	if len(p.Value) == 0 || p.Value[len(p.Value)-1] != 0 {
		return nil, p.fail(ErrNoTerminator)
	}
	var list []string
	for s := range bytes.SplitSeq(p.Value[:len(p.Value)-1], []byte{0}) {
		list = append(list, string(s))
	}
	return list, nil
}

// Blob gives the raw value. It fails only with ErrMissing.
func (p Param) Blob() ([]byte, error) {
	if p.missing {
		return nil, p.fail(ErrMissing)
	}
	return p.Value, nil
}

// IDList is a packed list of uint16, as it stands on the wire.
type IDList []byte

// Len is the number of elements.
func (l IDList) Len() int { return len(l) / 2 }

// At gives element i, counted from 0.
func (l IDList) At(i int) uint16 { return binary.BigEndian.Uint16(l[2*i:]) }

// All yields the elements. It does not allocate.
func (l IDList) All() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for i := range l.Len() {
			if !yield(l.At(i)) {
				return
			}
		}
	}
}

// IDs reads a packed list of uint16. A value of odd length fails with
// ErrValueSize.
func (p Param) IDs() (IDList, error) {
	switch {
	case p.missing:
		return nil, p.fail(ErrMissing)
	case len(p.Value)%2 != 0:
		return nil, p.fail(ErrValueSize)
	}
	return IDList(p.Value), nil
}

// AppendIDs appends a packed list of uint16 to dst.
func (p Param) AppendIDs(dst []uint16) ([]uint16, error) {
	list, err := p.IDs()
	for id := range list.All() {
		dst = append(dst, id)
	}
	return dst, err
}

// Group opens a group: its value is itself a list of parameters. It fails
// as Parse does where that list is malformed.
func (p Param) Group() (Params, error) {
	if p.missing {
		return Params{}, p.fail(ErrMissing)
	}
	g := Params{raw: p.Value, base: p.Offset + ParamHeaderLen}
	if err := g.check(); err != nil {
		return Params{}, err
	}
	return g, nil
}
