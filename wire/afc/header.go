package afc

import "encoding/binary"

// Magic begins every packet.
const Magic = "CFA6LPAA"

// HeaderLen is the length of a header.
const HeaderLen = 40

// Header is the start of every packet. Little-endian.
//
//	0   8  magic "CFA6LPAA"
//	8   8  EntireLength
//	16  8  ThisLength
//	24  8  PacketNum
//	32  8  Op
//
// Source: libimobiledevice, and observed with it and go-ios.
type Header struct {
	EntireLength uint64 // header, arguments and data
	ThisLength   uint64 // header and arguments
	PacketNum    uint64 // a reply repeats that of its request
	Op           Op
}

// NewHeader returns the header of a packet with args bytes of arguments and
// data bytes behind them.
func NewHeader(op Op, num uint64, args int, data uint64) Header {
	this := HeaderLen + uint64(args)
	return Header{EntireLength: this + data, ThisLength: this, PacketNum: num, Op: op}
}

// ArgsLen returns how many bytes of arguments follow. The header must be valid.
func (h Header) ArgsLen() uint64 { return h.ThisLength - HeaderLen }

// DataLen returns how many bytes of bulk data follow the arguments. The header
// must be valid.
func (h Header) DataLen() uint64 { return h.EntireLength - h.ThisLength }

// AppendTo appends the 40 bytes.
func (h Header) AppendTo(dst []byte) []byte {
	dst = append(dst, Magic...)
	dst = binary.LittleEndian.AppendUint64(dst, h.EntireLength)
	dst = binary.LittleEndian.AppendUint64(dst, h.ThisLength)
	dst = binary.LittleEndian.AppendUint64(dst, h.PacketNum)
	return binary.LittleEndian.AppendUint64(dst, uint64(h.Op))
}

// ParseHeader reads a header from the first 40 bytes of b and checks that its
// lengths agree. It knows no limits. The error is a [*FrameError] with offsets
// in b.
func ParseHeader(b []byte) (Header, error) {
	if err := checkMagic(b, 0); err != nil {
		return Header{}, err
	}
	if len(b) < HeaderLen {
		return Header{}, &FrameError{Field: "packet", Value: uint64(len(b)), Limit: HeaderLen, Err: ErrTruncated}
	}
	h := readHeader(b)
	if err := h.check(0, nil); err != nil {
		return h, err
	}
	return h, nil
}

func readHeader(b []byte) Header {
	return Header{
		EntireLength: binary.LittleEndian.Uint64(b[8:]),
		ThisLength:   binary.LittleEndian.Uint64(b[16:]),
		PacketNum:    binary.LittleEndian.Uint64(b[24:]),
		Op:           Op(binary.LittleEndian.Uint64(b[32:])),
	}
}

// checkMagic looks at as much of the magic as b holds, so that garbage is
// refused at its first byte. The error is about that byte, however the stream
// was cut.
func checkMagic(b []byte, off int64) error {
	for i := range min(len(b), len(Magic)) {
		if b[i] != Magic[i] {
			return &FrameError{Offset: off + int64(i), Field: "magic", Value: uint64(b[i]), Limit: uint64(Magic[i]), Err: ErrMagic}
		}
	}
	return nil
}

// check checks the lengths. off is where the header stands in the stream.
func (h Header) check(off int64, l *Limits) *FrameError {
	fail := func(at int64, field string, value, limit uint64, err error) *FrameError {
		return &FrameError{Offset: off + at, Field: field, Value: value, Limit: limit, PacketNum: h.PacketNum, Err: err}
	}
	switch {
	case h.ThisLength < HeaderLen:
		return fail(16, "this length", h.ThisLength, HeaderLen, ErrTooShort)
	case h.EntireLength < h.ThisLength:
		return fail(8, "entire length", h.EntireLength, h.ThisLength, ErrMismatch)
	case l == nil:
		return nil
	case h.ArgsLen() > uint64(l.Args):
		return fail(16, "this length", h.ThisLength, HeaderLen+uint64(l.Args), ErrTooLong)
	case h.DataLen() > l.Data:
		return fail(8, "entire length", h.EntireLength, h.ThisLength+l.Data, ErrTooLong)
	}
	return nil
}
