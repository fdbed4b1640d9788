package lockdown

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// startSession: HostID, SystemBUID -> SessionID, EnableSessionSSL. TLS follows at
// once, with the phone as the server.
func (c *conn) startSession(r *request, reply map[string]any) error {
	if c.id != "" {
		return ErrSessionActive
	}
	id, ok := r.text("HostID")
	if !ok {
		return ErrMissingHostID
	}
	host := c.phone.Host(id)
	if host == nil || c.tls != nil {
		return ErrInvalidHostID
	}
	c.s.sessions++
	c.id = state.UUID(c.phone.Identity.Bytes(fmt.Sprint("session ", c.s.sessions), 16))
	c.host = host
	reply["SessionID"] = c.id
	reply["EnableSessionSSL"] = true
	c.after = c.secure
	return nil
}

// secure does the TLS handshake. A host that cannot is hung up on.
func (c *conn) secure() {
	t, err := service.Accept(c.phone, c.host, c.base, c.s.config.Limits)
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
		return ErrSessionInactive
	case !ok:
		return ErrMissingSessionID
	case id != c.id:
		return ErrInvalidSessionID
	}
	reply["Result"] = "Success"
	c.id, c.host = "", nil
	c.stopped = true
	return nil
}
