package lockdown

import (
	"bytes"
	"net"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// startService: Service, EscrowBag? -> Service, Port, EnableServiceSSL. The port
// is a fresh one, for one connection.
func (c *conn) startService(r *request, reply map[string]any) error {
	name, ok := r.text("Service")
	if !ok {
		return wire.MissingService
	}
	v := c.s.find(name)
	if c.id == "" && (v == nil || !v.Insecure) {
		return wire.SessionInactive
	}
	switch {
	case v == nil, v.Developer && !c.phone.Images.Developer():
		return wire.InvalidService
	case c.trusted != nil && c.phone.Host(c.trusted.HostID) == nil:
		return wire.InvalidHostID
	}
	if err := c.escrow(r, v); err != nil {
		return err
	}
	host := c.trusted
	if v.Insecure {
		host = nil
	}
	port, ok := c.s.ports.once(name, c.s.config.PortWait, func(raw net.Conn, _ bool) { c.s.run(v, host, raw) })
	if !ok {
		return wire.ServiceLimit
	}
	reply["Service"] = name
	reply["Port"] = port
	if c.phone.Version.AtLeast(5, 0) {
		reply["EnableServiceSSL"] = host != nil
	}
	return nil
}

// escrow keeps services of a phone that was not unlocked since it was switched on
// for hosts that show the escrow bag of their pairing.
func (c *conn) escrow(r *request, v *service.Service) error {
	if !c.phone.Sealed() || v.Open || v.Insecure {
		return nil
	}
	bag, ok := r.Dict["EscrowBag"].([]byte)
	switch {
	case !ok:
		return wire.PasswordProtected
	case !bytes.Equal(bag, c.trusted.EscrowBag):
		return wire.EscrowLocked
	}
	return nil
}

// run serves one connection to a started service.
func (s *Server) run(v *service.Service, host *state.Host, raw net.Conn) {
	conn := raw
	if host != nil && s.phone.Version.AtLeast(5, 0) {
		t, err := service.Accept(s.phone, host, raw, s.config.Limits)
		if err != nil {
			s.emit("TLS failed", sim.Text("service", v.Name), sim.Text("why", err.Error()))
			return
		}
		if !v.ClearFor(s.phone.Version) {
			conn = t
		}
	}
	session := service.NewSession(s.phone, host, v.Name, conn, s.config.Limits)
	session.Emit("start")
	err := v.Serve(session)
	_ = conn.Close()
	if err == nil || service.HungUp(err) {
		session.Emit("end")
	} else {
		session.Emit("end", sim.Text("why", err.Error()))
	}
}
