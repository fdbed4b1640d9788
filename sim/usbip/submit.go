package usbip

import (
	"bufio"
	"io"

	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// readSubmit reads what belongs to a CMD_SUBMIT. An error ends the connection;
// what is refused alone has its answer already.
func (e *session) readSubmit(r *bufio.Reader, q *wire.Request) (*urb, error) {
	kind, packets := e.settings.kind(q.Address()), 0
	if kind == usb.TypeIsochronous {
		if err := q.CheckPackets(); err != nil {
			return nil, err
		}
		packets = int(q.Packets) * wire.PacketLen
	}
	u := e.take(int(q.Length) + packets)
	if u == nil {
		return e.refuse(r, q, packets, wire.ErrnoNoMemory)
	}
	u.command, u.seq, u.kind, u.interval = q.Command, q.Seq, kind, q.Interval
	t := &u.t
	t.Endpoint, t.Setup = q.Address(), usb.Setup{}
	t.ZeroPacket = !q.In && q.Flags&wire.FlagZeroPacket != 0
	t.ShortNotOK = q.In && q.Flags&wire.FlagShortNotOK != 0
	n := int(q.Length)
	if kind == usb.TypeControl {
		var ok bool
		if t.Setup, ok = setup(q); !ok {
			e.drop(u)
			return e.refuse(r, q, 0, wire.ErrnoProtocol)
		}
	}
	if q.In {
		t.Data = u.room(n)
	} else if err := u.read(r, n); err != nil {
		return nil, err
	}
	if kind == usb.TypeControl {
		t.Data = t.Data[:t.Setup.Length]
	}
	if packets > 0 {
		u.iso = make([]byte, packets)
		if _, err := io.ReadFull(r, u.iso); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// setup returns the setup packet of a control transfer, whose wLength fits its
// data then. Linux sends no other ones (5.15 on); a device model may count on
// it.
func setup(q *wire.Request) (usb.Setup, bool) {
	s := usb.ParseSetup(q.Setup)
	n := uint16(min(q.Length, 0xFFFF))
	switch {
	case s.Length == 0:
		return s, true
	case s.In() != q.In, !q.In && n < s.Length:
		return s, false
	}
	s.Length = min(s.Length, n)
	return s, true
}

// refuse answers a CMD_SUBMIT with an error, and passes over its data.
func (e *session) refuse(r *bufio.Reader, q *wire.Request, packets int, errno int32) (*urb, error) {
	n := packets
	if !q.In {
		n += int(q.Length)
	}
	if _, err := r.Discard(n); err != nil {
		return nil, err
	}
	u := e.plain()
	u.command, u.seq = wire.RetSubmit, q.Seq
	u.reply(wire.Reply{Status: errno})
	return u, nil
}

// trust is how much memory a client has for what it only says that it will send.
const trust = 1 << 20

// read reads the data of an OUT transfer.
func (u *urb) read(r io.Reader, n int) error {
	have := 0
	if n > trust && cap(u.buf) < n {
		for size := trust; size < n; size *= 2 {
			u.buf = append(make([]byte, 0, 2*size), u.buf...)[:size]
			if _, err := io.ReadFull(r, u.buf[have:]); err != nil {
				return err
			}
			have = size
		}
	}
	u.t.Data = u.room(n)
	_, err := io.ReadFull(r, u.t.Data[have:])
	return err
}
