package carlife

import "encoding/binary"

// MuxDecoder reads mux frames off a byte pipe.
//
//	0  u32  channel 1..6
//	4  u32  length of what follows: message header and payload
//	8       one message with its own header
//
// Heads and bodies may be split anywhere; feeding no bytes means "nothing yet",
// never the end. Source: Baidu CarLife head-unit application (EAP and AOA).
//
// The zero value decodes with no limits but the headers' own; use
// [NewMuxDecoder].
type MuxDecoder struct{ d decoder }

// NewMuxDecoder returns a decoder that refuses lengths over l.
func NewMuxDecoder(l Limits) *MuxDecoder { return &MuxDecoder{decoder{limits: l}} }

// Feed hands over the next bytes of the pipe. The decoder reads them in place:
// they must stay unchanged until Next has returned false or another Feed has
// been called.
func (m *MuxDecoder) Feed(p []byte) { m.d.feed(p) }

// Next returns the next whole message, false when more bytes are needed, or a
// [*FrameError], which is final. The payload is borrowed: it is valid until the
// next call of Feed or Next.
func (m *MuxDecoder) Next() (Message, bool, error) { return m.d.next(0) }

// Finish reports ErrTruncated if the pipe ended inside a frame.
func (m *MuxDecoder) Finish() error { return m.d.finish(0) }

// Offset returns how many bytes whole messages have taken up so far.
func (m *MuxDecoder) Offset() int64 { return m.d.off }

// Buffered returns how many bytes are held that are no whole message yet.
func (m *MuxDecoder) Buffered() int { return m.d.buffered() }

// ChannelDecoder reads the messages of one channel from a connection of its
// own, as over TCP or usbmux. Its methods behave as those of [MuxDecoder].
type ChannelDecoder struct {
	d  decoder
	ch Channel
}

// NewChannelDecoder returns a decoder for channel c that refuses payloads over
// l. A c outside of 1..6 makes the first Next fail with [ErrChannel].
func NewChannelDecoder(c Channel, l Limits) *ChannelDecoder {
	d := &ChannelDecoder{decoder{limits: l}, c}
	if !c.Valid() {
		d.d.err = &FrameError{Channel: c, Field: "channel", Value: uint64(c), Err: ErrChannel}
	}
	return d
}

// Feed hands over the next bytes, see [MuxDecoder.Feed].
func (c *ChannelDecoder) Feed(p []byte) { c.d.feed(p) }

// Next returns the next whole message, see [MuxDecoder.Next].
func (c *ChannelDecoder) Next() (Message, bool, error) { return c.d.next(c.ch) }

// Finish reports ErrTruncated if the connection ended inside a message.
func (c *ChannelDecoder) Finish() error { return c.d.finish(c.ch) }

// Offset returns how many bytes whole messages have taken up so far.
func (c *ChannelDecoder) Offset() int64 { return c.d.off }

// Buffered returns how many bytes are held that are no whole message yet.
func (c *ChannelDecoder) Buffered() int { return c.d.buffered() }

// decoder serves both: ch zero means that mux heads tell the channel.
//
// A frame that lies whole in the fed bytes is returned in place. Only a frame
// cut by the end of them is copied, into buf, which grows with the bytes that
// have arrived and never with a length that was merely announced.
type decoder struct {
	limits Limits
	in     []byte // fed, not yet taken
	buf    []byte // start of a cut frame
	spent  bool   // buf was handed out by the last next
	off    int64  // stream offset of the current frame
	err    error
}

func (d *decoder) feed(p []byte) {
	d.release()
	if len(d.in) > 0 { // fed again without draining: keep what is left
		d.buf = append(d.buf, d.in...)
	}
	d.in = p
}

func (d *decoder) release() {
	if d.spent {
		d.buf, d.spent = d.buf[:0], false
	}
}

func (d *decoder) buffered() int {
	d.release()
	return len(d.buf) + len(d.in)
}

func (d *decoder) next(ch Channel) (Message, bool, error) {
	d.release()
	if d.err != nil {
		return Message{}, false, d.err
	}
	if len(d.buf) == 0 {
		f, need, err := d.parse(d.in, ch)
		switch {
		case err != nil:
			return d.fail(err)
		case need <= len(d.in):
			m := f.message(d.in[:need])
			d.in = d.in[need:]
			d.off += int64(need)
			return m, true, nil
		}
		d.buf, d.in = append(d.buf, d.in...), nil
		return Message{}, false, nil
	}
	for {
		f, need, err := d.parse(d.buf, ch)
		if err != nil {
			return d.fail(err)
		}
		if need <= len(d.buf) {
			if need < len(d.buf) { // only after feeding without draining
				d.in = append(append([]byte(nil), d.buf[need:]...), d.in...)
				d.buf = d.buf[:need]
			}
			d.spent = true
			d.off += int64(need)
			return f.message(d.buf), true, nil
		}
		n := min(need-len(d.buf), len(d.in))
		if n == 0 {
			d.in = nil
			return Message{}, false, nil
		}
		d.buf, d.in = append(d.buf, d.in[:n]...), d.in[n:]
	}
}

func (d *decoder) fail(err error) (Message, bool, error) {
	d.err, d.in, d.buf = err, nil, nil
	return Message{}, false, err
}

func (d *decoder) finish(ch Channel) error {
	if d.err != nil {
		return d.err
	}
	if d.buffered() == 0 {
		return nil
	}
	part := append(d.buf, d.in...)
	_, need, err := d.parse(part, ch)
	if err == nil {
		err = &FrameError{Offset: d.off, Channel: ch, Field: "frame", Value: uint64(len(part)), Limit: uint64(need), Err: ErrTruncated}
	}
	return err
}

// frame is what the heads say.
type frame struct {
	ch      Channel
	head    int // bytes before the payload, mux head included
	id      ID
	stamp   uint32
	reserve uint16
}

func (f frame) message(b []byte) Message {
	return Message{ID: f.id, Channel: f.ch, Reserved: f.reserve, Timestamp: f.stamp, Payload: b[f.head:len(b):len(b)]}
}

// parse reads as much of the heads as b holds and refuses each field as soon
// as it is there. need is the size of the frame, or of the next head while that
// is all that can be told.
func (d *decoder) parse(b []byte, ch Channel) (f frame, need int, err error) {
	f.ch = ch
	base, muxLen := 0, uint64(0)
	if ch == 0 {
		base = MuxHeadLen
		if len(b) < 4 {
			return f, base, nil
		}
		f.ch = Channel(binary.BigEndian.Uint32(b))
		if !f.ch.Valid() {
			return f, 0, &FrameError{Offset: d.off, Field: "mux channel", Value: uint64(f.ch), Err: ErrChannel}
		}
		if len(b) < base {
			return f, base, nil
		}
		muxLen = uint64(binary.BigEndian.Uint32(b[4:]))
		if err := d.checkMux(f.ch, muxLen); err != nil {
			return f, 0, err
		}
	}
	f.head = base + f.ch.HeaderLen()
	h := b[base:]
	lenSize := 4
	if f.ch.Short() {
		lenSize = 2
	}
	if len(h) < lenSize {
		return f, f.head, nil
	}
	n := f.payloadLen(h)
	if limit := d.limits.payload(f.ch); n > limit {
		return f, 0, &FrameError{Offset: d.off + int64(base), Channel: f.ch, Field: "payload length", Value: n, Limit: limit, Err: ErrTooLong}
	}
	if want := muxLen - uint64(f.ch.HeaderLen()); ch == 0 && n != want {
		return f, 0, &FrameError{Offset: d.off + int64(base), Channel: f.ch, Field: "payload length", Value: n, Limit: want, Err: ErrMismatch}
	}
	if len(b) < f.head {
		return f, f.head, nil
	}
	if f.ch.Short() {
		f.reserve = binary.BigEndian.Uint16(h[2:])
	} else {
		f.stamp = binary.BigEndian.Uint32(h[4:])
	}
	f.id = ID(binary.BigEndian.Uint32(b[f.head-4:]))
	if f.id.Channel() != f.ch {
		return f, 0, &FrameError{Offset: d.off + int64(f.head) - 4, Channel: f.ch, Field: "message id", Value: uint64(f.id), Err: ErrChannel}
	}
	return f, f.head + int(n), nil
}

func (f frame) payloadLen(h []byte) uint64 {
	if f.ch.Short() {
		return uint64(binary.BigEndian.Uint16(h))
	}
	return uint64(binary.BigEndian.Uint32(h))
}

func (d *decoder) checkMux(ch Channel, n uint64) error {
	head := uint64(ch.HeaderLen())
	if n < head {
		return &FrameError{Offset: d.off + 4, Channel: ch, Field: "mux length", Value: n, Limit: head, Err: ErrTooShort}
	}
	limit := d.limits.payload(ch) + head
	if m := uint64(d.limits.Mux); m > 0 && m < limit {
		limit = m
	}
	if n > limit {
		return &FrameError{Offset: d.off + 4, Channel: ch, Field: "mux length", Value: n, Limit: limit, Err: ErrTooLong}
	}
	return nil
}
