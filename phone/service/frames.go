package service

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// ErrTooLong is a frame whose length is over the limit.
var ErrTooLong = errors.New("frame is too long")

// Frames reads and writes property lists with their length in front, on a
// connection of the world. Only one process may receive at a time, and one send.
type Frames struct {
	Conn   net.Conn
	Limits Limits
	// Format is how the next property list is sent. Receive sets it to the form in
	// which the host speaks.
	Format plist.Format

	w   *sim.World
	in  []byte
	out []byte
}

// NewFrames makes frames on a connection; they begin with XML.
func NewFrames(w *sim.World, conn net.Conn, l Limits) *Frames {
	return &Frames{Conn: conn, Limits: l.WithDefaults(), Format: plist.XML, w: w}
}

// keep is how large a buffer may be that is kept from one frame to the next.
const keep = 4 << 10

// step is how much memory is taken at once for a frame that is still to come.
const step = 64 << 10

// Receive waits for a frame and returns its property list. The error is io.EOF if
// the host hung up between two frames.
func (f *Frames) Receive() (any, error) {
	body, err := f.receive()
	if err != nil {
		return nil, err
	}
	v, err := plist.Decode(body, f.Limits.Plist)
	if err != nil {
		return nil, err
	}
	f.Format = plist.Detect(body)
	if cap(f.in) > keep {
		f.in = nil
	}
	return v, nil
}

// ReceiveDict is Receive for a dictionary.
func (f *Frames) ReceiveDict() (map[string]any, error) {
	v, err := f.Receive()
	if err != nil {
		return nil, err
	}
	d, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("message is %s, want dictionary", plist.TypeName(v))
	}
	return d, nil
}

func (f *Frames) receive() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(f.Conn, head[:1]); err != nil {
		return nil, err
	}
	_ = f.Conn.SetReadDeadline(f.w.Time().Add(f.Limits.Frame))
	defer func() { _ = f.Conn.SetReadDeadline(time.Time{}) }()
	if _, err := io.ReadFull(f.Conn, head[1:]); err != nil {
		return nil, unexpected(err)
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	if n > f.Limits.Plist.Size {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLong, n, f.Limits.Plist.Size)
	}
	f.in = f.in[:0]
	for len(f.in) < n {
		have := len(f.in)
		f.in = append(f.in, make([]byte, min(n-have, step))...)
		if _, err := io.ReadFull(f.Conn, f.in[have:]); err != nil {
			return nil, unexpected(err)
		}
	}
	return f.in, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Send sends a property list, in one write: clients read the length with one call.
func (f *Frames) Send(v any) error {
	out, err := wire.AppendFrame(f.out[:0], f.Format, v)
	if err != nil {
		return err
	}
	if f.out = out; cap(out) > keep {
		f.out = nil
	}
	_, err = f.Conn.Write(out)
	return err
}
