package control

import (
	"encoding/binary"
	"iter"
)

// Params is a well-formed list of parameters: those of a message, of a group,
// or of a file that consists of parameters. The zero value is the empty list.
type Params struct {
	raw  []byte
	base int // offset of raw[0] from the start of the message
}

// ParseParams reads a bare list of parameters, such as the queue list that a
// device sends over the file transfer session. Errors are of type *Error.
func ParseParams(b []byte) (Params, error) {
	p := Params{raw: b[:len(b):len(b)]}
	if err := p.check(); err != nil {
		return Params{}, err
	}
	return p, nil
}

// check walks the list once. All other methods rely on its answer.
func (p Params) check() *Error {
	raw := p.raw
	for off := 0; off < len(raw); {
		rest := len(raw) - off
		if rest < ParamHeaderLen {
			return &Error{Offset: int64(p.base + off), Field: "trailing bytes", Value: uint64(rest), Err: ErrTrailing}
		}
		n := int(binary.BigEndian.Uint16(raw[off:]))
		if n < ParamHeaderLen || n > rest {
			reason := ErrParamOverrun
			if n < ParamHeaderLen {
				reason = ErrParamLength
			}
			id := binary.BigEndian.Uint16(raw[off+2:])
			return paramError(id, "length", p.base+off, n, reason)
		}
		off += n
	}
	return nil
}

// Bytes gives the list as it stands on the wire. The caller must not change it.
func (p Params) Bytes() []byte { return p.raw }

// Len counts the parameters.
func (p Params) Len() int {
	n := 0
	for off := 0; off < len(p.raw); n++ {
		off += int(binary.BigEndian.Uint16(p.raw[off:]))
	}
	return n
}

// at reads the parameter whose header stands at off, and where the next one
// begins.
func (p Params) at(off int) (Param, int) {
	end := off + int(binary.BigEndian.Uint16(p.raw[off:]))
	return Param{
		ID:     binary.BigEndian.Uint16(p.raw[off+2:]),
		Value:  p.raw[off+ParamHeaderLen : end : end],
		Offset: p.base + off,
	}, end
}

// All yields the parameters in the order of the wire. It does not allocate.
func (p Params) All() iter.Seq[Param] {
	return func(yield func(Param) bool) {
		for off := 0; off < len(p.raw); {
			v, next := p.at(off)
			if !yield(v) {
				return
			}
			off = next
		}
	}
}

// Each yields every parameter with the given id, for parameters that repeat.
func (p Params) Each(id uint16) iter.Seq[Param] {
	return func(yield func(Param) bool) {
		for off := 0; off < len(p.raw); {
			v, next := p.at(off)
			if v.ID == id && !yield(v) {
				return
			}
			off = next
		}
	}
}

// Get gives the first parameter with the given id. Where a single-valued
// parameter stands twice, the first one counts
// (Source: redline-labs/digital_dashboard).
func (p Params) Get(id uint16) (Param, bool) {
	for off := 0; off < len(p.raw); {
		if binary.BigEndian.Uint16(p.raw[off+2:]) == id {
			v, _ := p.at(off)
			return v, true
		}
		off += int(binary.BigEndian.Uint16(p.raw[off:]))
	}
	return Param{}, false
}

// Find is Get for reading in one expression: where the parameter is missing,
// every typed read of the result fails with ErrMissing.
func (p Params) Find(id uint16) Param {
	v, ok := p.Get(id)
	if !ok {
		v = Param{ID: id, Offset: p.base + len(p.raw), missing: true}
	}
	return v
}

// Has tells whether a parameter with the given id is there.
func (p Params) Has(id uint16) bool {
	_, ok := p.Get(id)
	return ok
}
