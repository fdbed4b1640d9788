package afc

// Limits bound the lengths that a [Decoder] accepts. A length above its limit
// is an error as soon as the header is read.
type Limits struct {
	Args int    // most bytes of arguments, which are kept until they are whole
	Data uint64 // most bytes of bulk data, which are passed on as they come
}

// DefaultLimits are generous to every known client: two paths of 1024 bytes fit
// the arguments many times, and pymobiledevice3 writes up to 1 GiB in a packet.
var DefaultLimits = Limits{Args: 16 << 10, Data: 4 << 30}

// Item is one finding of a [Decoder]: the head of a packet, or a piece of its
// bulk data.
type Item struct {
	Header Header // of the packet, in both cases
	Args   []byte // of a head
	Data   []byte // of a piece; nil in a head
	Left   uint64 // bytes of bulk data that follow this item
}

// Head reports whether the item is the head of a packet.
func (i Item) Head() bool { return i.Data == nil }

// Decoder reads packets off a byte stream. For each packet there is one head,
// and, if it has bulk data, at least one piece of it, until Left is zero.
//
// Heads that lie whole in the fed bytes and all pieces are given in place; only
// a head that is cut is copied. Memory is bounded by Limits.Args.
type Decoder struct {
	limits Limits
	in     []byte // fed, not yet taken
	buf    []byte // the start of a head that was cut
	spent  bool   // buf was handed out by the last Next
	h      Header // of the packet whose data is passing
	left   uint64 // of its data
	off    int64
	err    error
}

// NewDecoder returns a decoder that refuses lengths over l.
func NewDecoder(l Limits) *Decoder { return &Decoder{limits: l} }

// Feed hands over the next bytes of the stream. They must stay unchanged until
// Next has returned false or another Feed has been called.
func (d *Decoder) Feed(p []byte) {
	d.release()
	if len(d.in) > 0 { // fed again without draining
		p = append(append(make([]byte, 0, len(d.in)+len(p)), d.in...), p...)
	}
	d.in = p
}

// Next returns the next item, false when more bytes are needed, or a
// [*FrameError], which is final. What the item holds is borrowed: it is valid
// until the next call of Feed or Next.
func (d *Decoder) Next() (Item, bool, error) {
	d.release()
	switch {
	case d.err != nil:
		return Item{}, false, d.err
	case len(d.in) == 0:
		return Item{}, false, nil
	case d.left > 0:
		return d.piece(), true, nil
	}
	return d.head()
}

func (d *Decoder) piece() Item {
	n := int(min(d.left, uint64(len(d.in))))
	p := d.in[:n:n]
	d.in = d.in[n:]
	d.left -= uint64(n)
	d.off += int64(n)
	return Item{Header: d.h, Data: p, Left: d.left}
}

func (d *Decoder) head() (Item, bool, error) {
	if len(d.buf) == 0 {
		h, need, err := d.look(d.in)
		if err != nil {
			return d.fail(err)
		}
		if need <= len(d.in) {
			it := d.take(h, d.in[:need:need])
			d.in = d.in[need:]
			return it, true, nil
		}
		d.buf, d.in = append(d.buf, d.in...), nil
		return Item{}, false, nil
	}
	for {
		h, need, err := d.look(d.buf)
		if err != nil {
			return d.fail(err)
		}
		if need <= len(d.buf) {
			d.spent = true
			return d.take(h, d.buf), true, nil
		}
		if len(d.in) == 0 {
			return Item{}, false, nil
		}
		n := min(need-len(d.buf), len(d.in))
		d.buf, d.in = append(d.buf, d.in[:n]...), d.in[n:]
	}
}

// look reads as much of a head as b holds. need is its length, or that of the
// header while that is all that can be told.
func (d *Decoder) look(b []byte) (h Header, need int, err error) {
	if err := checkMagic(b, d.off); err != nil {
		return h, 0, err
	}
	if len(b) < HeaderLen {
		return h, HeaderLen, nil
	}
	h = readHeader(b)
	if err := h.check(d.off, &d.limits); err != nil {
		return h, 0, err
	}
	return h, int(h.ThisLength), nil
}

func (d *Decoder) take(h Header, b []byte) Item {
	d.h, d.left = h, h.DataLen()
	d.off += int64(len(b))
	return Item{Header: h, Args: b[HeaderLen:len(b):len(b)], Left: d.left}
}

func (d *Decoder) release() {
	if d.spent {
		d.buf, d.spent = d.buf[:0], false
	}
}

func (d *Decoder) fail(err error) (Item, bool, error) {
	d.err, d.in, d.buf = err, nil, nil
	return Item{}, false, err
}

// Offset returns how many bytes the items so far have taken up.
func (d *Decoder) Offset() int64 { return d.off }

// Partial reports whether the bytes so far end inside a packet.
func (d *Decoder) Partial() bool {
	d.release()
	return d.left > 0 || len(d.buf) > 0 || len(d.in) > 0
}

// Finish reports [ErrTruncated] if the stream ended inside a packet.
func (d *Decoder) Finish() error {
	if d.err != nil || !d.Partial() {
		return d.err
	}
	e := &FrameError{Offset: d.off, Field: "packet", Err: ErrTruncated}
	if d.left > 0 {
		e.PacketNum, e.Value, e.Limit = d.h.PacketNum, d.h.EntireLength-d.left, d.h.EntireLength
		return e
	}
	part := append(append([]byte(nil), d.buf...), d.in...)
	h, need, err := d.look(part)
	if err != nil {
		return err
	}
	e.PacketNum, e.Value, e.Limit = h.PacketNum, uint64(len(part)), uint64(need)
	if h.EntireLength > 0 {
		e.Limit = h.EntireLength
	}
	return e
}
