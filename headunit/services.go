package headunit

import (
	"fmt"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// launch asks for the app with EA02, and again while no session opens if the
// model says so.
func (a *accessory) launch() error {
	l := a.h.m.Launch
	if l.Bundle == "" {
		return nil
	}
	a.launches++
	if l.Retry > 0 && a.launches < max(l.Times, 1) {
		a.launching.Set(a.w.Now() + l.Retry)
	}
	method := "without-alert"
	if l.Ask {
		method = "ask"
	}
	return a.send("RequestAppLaunch", control.F("BundleID", l.Bundle), control.F("LaunchMethod", method))
}

// relaunch runs between processes.
func (a *accessory) relaunch() {
	if a.identified && a.sessions == 0 {
		a.w.Go(a.h.name+" launch", func() { a.launch() })
	}
}

// startSession takes EA00.
func (a *accessory) startSession(m control.Message) error {
	protocol, err := m.Params.Find(0).Uint8()
	if err != nil {
		return nil
	}
	id, err := m.Params.Find(1).Uint16()
	if err != nil {
		return nil
	}
	if int(protocol) >= len(a.h.m.Protocols) {
		a.h.state("session refused", sim.Text("why", fmt.Sprintf("protocol %d was not declared", protocol)))
		return a.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", id), control.F("Status", "close"))
	}
	p := &a.h.m.Protocols[protocol]
	c := a.s.OpenEA(id)
	a.sessions++
	if err := a.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", id), control.F("Status", "ok")); err != nil {
		return err
	}
	a.h.state("session open", sim.Text("protocol", p.Name))
	a.w.Go(a.h.name+" "+p.Name, func() {
		err := a.h.runProtocol(p, c)
		a.h.state("session closed", sim.Text("protocol", p.Name), sim.Text("why", reason(err)))
		if a.s.HasEA(id) { // we end it, not the phone
			c.Close()
			a.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", id), control.F("Status", "close"))
		}
	})
	return nil
}

// stopSession takes EA01.
func (a *accessory) stopSession(m control.Message) {
	if id, err := m.Params.Find(0).Uint16(); err == nil {
		a.s.CloseEA(id)
	}
}

// subscribe starts a service of the phone that the model lists among the
// messages it sends.
func (a *accessory) subscribe(id uint16) error {
	switch id {
	case control.MsgStartPowerUpdates:
		return a.send("StartPowerUpdates", control.F("MaximumCurrentDrawnFromAccessory", true),
			control.F("BatteryWillChargeIfPowerPresent", true), control.F("BatteryLevel", true))
	case control.MsgStartNowPlayingUpdates:
		var b control.Builder
		b.Begin(nil, id).Open(0).Flag(1).Flag(6).Flag(12).Close().Open(1).Flag(0).Flag(1).Flag(7).Close()
		return a.s.Send(b.Finish())
	case control.MsgStartCallStateUpdates, control.MsgStartCommunicationsUpdates:
		b := new(control.Builder).Begin(nil, id).Flag(0).Flag(1).Flag(2).Flag(4)
		return a.s.Send(b.Finish())
	}
	return nil
}

// service answers the phone's requests for what the car knows, and takes note
// of the rest.
func (a *accessory) service(m control.Message) error {
	switch m.ID {
	case control.MsgStartLocationInformation:
		if a.h.m.Ident.Location {
			return a.send("LocationInformation", control.F("NMEASentence", position))
		}
	case control.MsgStartVehicleStatusUpdates:
		return a.send("VehicleStatusUpdate", control.F("Range", 420))
	default:
		a.h.state("message", sim.Text("name", control.Name(m.ID)))
	}
	return nil
}

// position is a made-up fix, as one NMEA 0183 sentence.
const position = "$GPGGA,120000.00,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*69"
