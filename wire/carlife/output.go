package carlife

import "encoding/binary"

// Output is a message that a session wants sent. Encode it with AppendTo or
// AppendMux of this type, not of the embedded message: they obey the session's
// framing faults. Payload is borrowed until the next NextOutput.
type Output struct {
	Message
	framing Fault
}

// AppendTo appends header and payload, for a carrier with one connection for
// each channel. See [Message.AppendTo] for errors.
func (o Output) AppendTo(dst []byte) ([]byte, error) {
	if o.framing == 0 {
		return o.Message.AppendTo(dst)
	}
	return o.appendFaulty(dst, false)
}

// AppendMux appends the mux frame. See [Message.AppendMux] for errors.
func (o Output) AppendMux(dst []byte) ([]byte, error) {
	if o.framing == 0 {
		return o.Message.AppendMux(dst)
	}
	return o.appendFaulty(dst, true)
}

func (o Output) appendFaulty(dst []byte, mux bool) ([]byte, error) {
	m, n := o.Message, len(o.Payload)
	if o.framing.Has(FaultLengthWrap) && m.Carrier().Short() {
		m.Payload = m.Payload[:n&MaxShortPayload] // for the header's length
	}
	if err := m.check(); err != nil {
		return dst, err
	}
	var head [LongHeaderLen]byte
	h := m.appendHeader(head[:0])
	if o.framing.Has(FaultShortVRHeader) && m.Carrier() == ChannelVR {
		h = binary.BigEndian.AppendUint16(head[:0], uint16(n))
		h = binary.BigEndian.AppendUint16(h, 0)
		h = binary.BigEndian.AppendUint32(h, uint32(m.ID))
	}
	if mux {
		size := len(h) + n
		if o.framing.Has(FaultBareMuxLength) {
			size = n
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(m.Carrier()))
		dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	}
	body := o.Payload
	if o.framing.Has(FaultTruncatedFrame) {
		body = body[:n/2]
	}
	return append(append(dst, h...), body...), nil
}
