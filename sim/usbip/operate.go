package usbip

import (
	"io"
	"net"
	"time"

	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// operate serves the OP layer of a connection, outside of the world, and goes on
// with the URB layer if there was an import.
func (s *Server) operate(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(s.o.Patience))
	var b [wire.BusIDLen]byte
	if _, err := io.ReadFull(c, b[:wire.OpLen]); err != nil {
		return
	}
	op, err := wire.ParseOp(b[:])
	if err == nil {
		switch op.Code {
		case wire.ReqDevlist:
			s.list(c)
			return
		case wire.ReqImport:
			if _, err = io.ReadFull(c, b[:]); err != nil {
				return
			}
			var busid string
			if busid, err = wire.ParseBusID(b[:]); err == nil {
				s.export(c, busid)
				return
			}
		default:
			err = op.Unknown(wire.ReqImport)
		}
	}
	from, reason := addressOf(c), err.Error()
	s.inside(func() { s.tell("refuse", sim.Text("client", from), sim.Text("reason", reason)) })
}

// list answers OP_REQ_DEVLIST with the devices that nobody has imported.
func (s *Server) list(c net.Conn) {
	var all []byte
	n := 0
	if !s.inside(func() {
		for _, p := range s.ports {
			if p.dev == nil || p.session != nil {
				continue
			}
			n++
			d := p.describe()
			all = d.AppendTo(all)
			for _, i := range interfaces(p.dev.Descriptors()) {
				all = i.AppendTo(all)
			}
		}
	}) {
		return
	}
	head := wire.Op{Code: wire.RepDevlist}.AppendTo(make([]byte, 0, 12+len(all)))
	_, _ = c.Write(append(append(head, 0, 0, byte(n>>8), byte(n)), all...))
}

// export answers OP_REQ_IMPORT, and serves the device then.
func (s *Server) export(c net.Conn, busid string) {
	var e *session
	status := wire.StatusNoDevice
	var device wire.Device
	from := addressOf(c)
	if !s.inside(func() {
		p := s.port(busid)
		if p != nil {
			if e, status = p.begin(c); e != nil {
				device = p.describe()
				return
			}
		}
		s.tell("refuse", sim.Text("busid", busid), sim.Text("client", from), sim.Text("reason", status.String()))
	}) {
		return
	}
	b := wire.Op{Code: wire.RepImport, Status: status}.AppendTo(make([]byte, 0, wire.OpLen+wire.DeviceLen))
	if e == nil {
		_, _ = c.Write(b)
		return
	}
	_, _ = c.Write(device.AppendTo(b)) // an error shows when run reads
	_ = c.SetDeadline(time.Time{})
	e.run()
}
