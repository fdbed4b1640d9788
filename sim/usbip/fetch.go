package usbip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	wire "github.com/plugfest/plugfest/wire/usbip"
)

// imported is a connection after its import.
type imported struct {
	conn   net.Conn
	device wire.Device
}

// A Listing is a device that a server has to give.
type Listing struct {
	wire.Device
	Interfaces []wire.Interface
}

// maxListed bounds what a server can have.
const maxListed = 4096

// List asks a server what it exports. It is for goroutines outside of worlds.
func List(ctx context.Context, server string) ([]Listing, error) {
	return ClientOptions{Server: server}.withDefaults().list(ctx)
}

// connect dials, and bounds what is said until the import by Patience.
func (o ClientOptions) connect(ctx context.Context, request ...[]byte) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	c, err := o.Dial(ctx)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(o.Patience))
	v := net.Buffers(request)
	if _, err := v.WriteTo(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// list is OP_REQ_DEVLIST.
func (o ClientOptions) list(ctx context.Context) ([]Listing, error) {
	c, err := o.connect(ctx, wire.Op{Code: wire.ReqDevlist}.AppendTo(nil))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if err := reply(c, wire.RepDevlist); err != nil {
		return nil, err
	}
	var b [wire.DeviceLen]byte
	if _, err := io.ReadFull(c, b[:4]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n > maxListed {
		return nil, fmt.Errorf("usbip: OP_REP_DEVLIST, offset 8: number of devices is %d, want at most %d", n, maxListed)
	}
	var list []Listing
	for range n {
		var l Listing
		if _, err := io.ReadFull(c, b[:]); err != nil {
			return list, err
		}
		if l.Device, err = wire.ParseDevice(b[:]); err != nil {
			return list, err
		}
		for range l.NumInterfaces {
			if _, err := io.ReadFull(c, b[:wire.InterfaceLen]); err != nil {
				return list, err
			}
			i, _ := wire.ParseInterface(b[:])
			l.Interfaces = append(l.Interfaces, i)
		}
		list = append(list, l)
	}
	return list, nil
}

// reply reads the header of an answer.
func reply(c net.Conn, want wire.Code) error {
	var b [wire.OpLen]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("usbip: the server says nothing to %v: %w", want|0x8000, io.ErrUnexpectedEOF)
		}
		return err
	}
	op, err := wire.ParseOp(b[:])
	switch {
	case err != nil:
		return err
	case op.Code != want:
		return op.Unknown(want)
	case op.Status != wire.StatusOK:
		return op.Status
	}
	return nil
}

// fetch is OP_REQ_IMPORT. Without a busid it asks for one first.
func (o ClientOptions) fetch(ctx context.Context) (i imported, err error) {
	busid := o.BusID
	if busid == "" {
		list, err := o.list(ctx)
		if err != nil {
			return i, err
		}
		if len(list) == 0 {
			return i, fmt.Errorf("usbip: the server exports nothing: %w", wire.StatusNoDevice)
		}
		busid = list[0].BusID
	}
	if err := wire.CheckBusID(busid); err != nil {
		return i, err
	}
	i.conn, err = o.connect(ctx, wire.Op{Code: wire.ReqImport}.AppendTo(nil), wire.AppendBusID(nil, busid))
	if err != nil {
		return i, err
	}
	stop := context.AfterFunc(ctx, func() { _ = i.conn.Close() })
	defer stop()
	if i.device, err = i.receive(busid); err != nil {
		_ = i.conn.Close()
		return i, fmt.Errorf("usbip: import of %q: %w", busid, err)
	}
	return i, i.conn.SetDeadline(time.Time{})
}

func (i *imported) receive(busid string) (d wire.Device, err error) {
	if err = reply(i.conn, wire.RepImport); err != nil {
		return d, err
	}
	var b [wire.DeviceLen]byte
	if _, err = io.ReadFull(i.conn, b[:]); err != nil {
		return d, err
	}
	if d, err = wire.ParseDevice(b[:]); err == nil && d.BusID != busid {
		err = fmt.Errorf("the server gives %q", d.BusID)
	}
	return d, err
}
