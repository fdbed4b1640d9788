package headunit

import (
	"errors"
	"net"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// iap2OverMux speaks iAP2 over a lockdown service, until its connection ends, and
// reports whether another attempt may do better. (f-io/LIVI,
// redline-labs/digital_dashboard: wired CarPlay without a role switch.)
func (h *HeadUnit) iap2OverMux(dev usbmuxd.Device) (again bool) {
	conn, err := h.startService(dev)
	if err != nil {
		h.state("service not started", sim.Text("why", err.Error()))
		return !errors.Is(err, wire.UserDeniedPairing) && !errors.Is(err, wire.InvalidService)
	}
	h.state("service started", sim.Text("name", h.m.USBMux.Service))
	h.talk(conn)
	return true
}

// startService pairs, if it has to, and has the phone start the service. The
// session is of no use after that.
func (h *HeadUnit) startService(dev usbmuxd.Device) (net.Conn, error) {
	c, err := h.lockdown.Connect(lockdown.Via(h.daemon, dev))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.Establish(); err != nil {
		return nil, err
	}
	if h.m.USBMux.Forgets {
		defer h.lockdown.Forget(dev.Serial)
	}
	conn, err := c.StartService(h.m.USBMux.Service)
	if err != nil {
		return nil, err
	}
	if err := c.StopSession(); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
