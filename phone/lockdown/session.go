package lockdown

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// startSession: HostID, SystemBUID -> SessionID, EnableSessionSSL. TLS follows at
// once, with the phone as the server.
func (c *conn) startSession(r *request, reply map[string]any) error {
	if c.id != "" {
		return wire.SessionActive
	}
	id, ok := r.text("HostID")
	if !ok {
		return wire.MissingHostID
	}
	host := c.phone.Host(id)
	if host == nil || c.tls != nil {
		return wire.InvalidHostID
	}
	c.s.sessions++
	c.id = state.UUID(c.phone.Identity.Bytes(fmt.Sprint("session ", c.s.sessions), 16))
	c.trusted = host
	reply["SessionID"] = c.id
	reply["EnableSessionSSL"] = true
	c.after = c.secure
	return nil
}

// secure does the TLS handshake. A host that cannot is hung up on.
func (c *conn) secure() {
	t, err := service.Accept(c.phone, c.trusted, c.base, c.s.config.Limits)
	if err != nil {
		c.s.emit("TLS failed", sim.Text("why", err.Error()))
		c.hangUp = true
		return
	}
	c.s.emit("TLS", sim.Int("version", t.Version()))
	c.tls = t
	c.frames.Conn = t
}

// stopSession: SessionID. The reply has a Result, as pymobiledevice3 wants one.
func (c *conn) stopSession(r *request, reply map[string]any) error {
	id, ok := r.text("SessionID")
	switch {
	case c.id == "":
		return wire.SessionInactive
	case !ok:
		return wire.MissingSessionID
	case id != c.id:
		return wire.InvalidSessionID
	}
	reply["Result"] = "Success"
	c.id, c.trusted = "", nil
	c.stopped = true
	return nil
}
