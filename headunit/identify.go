package headunit

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Component ids.
const (
	componentUSBHost  = 0
	componentVehicle  = 1
	componentStatus   = 2
	componentLocation = 3
	componentRoute    = 42 // as lvalen91/CPC200-CCPA_resources saw it
)

// identify sends 1D01.
func (a *accessory) identify() error {
	a.attempts++
	return a.s.Send(a.h.identification(a.attempts > 1))
}

// identification builds 1D01. A reduced one leaves out the components that a
// phone may have refused, as f-io/LIVI does.
func (h *HeadUnit) identification(reduced bool) ([]byte, error) {
	m, id := h.m.Identity, h.m.Ident
	b := &identBuilder{noNUL: id.NoNUL}
	b.Begin(nil, control.MsgIdentificationInformation)
	b.text(0, m.Name)
	b.text(1, m.Model)
	b.text(2, m.Manufacturer)
	b.text(3, m.Serial)
	b.text(4, m.Firmware)
	b.text(5, m.Hardware)
	sends, receives := h.messages(reduced)
	b.IDs(6, sends...)
	b.IDs(7, receives...)
	b.Uint8(8, id.Power)
	b.Uint16(9, id.Current)
	for i, p := range h.m.Protocols {
		b.Open(10).Uint8(0, uint8(i))
		b.text(1, p.Name)
		b.Uint8(2, p.Match)
		if p.Native {
			b.Uint16(3, componentUSBHost)
		}
		b.Close()
	}
	b.text(12, m.Language)
	for _, l := range m.Languages {
		b.text(13, l)
	}
	h.transports(b)
	if !reduced {
		h.components(b)
	}
	return b.Finish()
}

// identBuilder writes strings as the model's mistakes have it.
type identBuilder struct {
	control.Builder
	noNUL bool
}

func (b *identBuilder) text(param uint16, s string) {
	if b.noNUL {
		b.Blob(param, []byte(s))
		return
	}
	b.Text(param, s)
}

func (h *HeadUnit) transports(b *identBuilder) {
	id := h.m.Ident
	if id.NoTransport {
		return
	}
	b.Open(16).Uint16(0, componentUSBHost)
	b.text(1, id.Transport)
	b.Flag(2)
	if id.CarPlay {
		b.Uint8(3, h.m.CarPlay.Interface).Flag(4)
	}
	b.Close()
	if id.DoubleID {
		b.Open(16).Uint16(0, componentUSBHost)
		b.text(1, id.Transport+" again")
		b.Close()
	}
}

func (h *HeadUnit) components(b *identBuilder) {
	id, v, r := h.m.Ident, h.m.Vehicle, h.m.RouteDisplay
	if id.VehicleStatus {
		engine, _ := engineTypes.ValueOf(v.Engine)
		b.Open(20).Uint16(0, componentVehicle)
		b.text(1, "Vehicle")
		b.Uint8(2, engine)
		b.text(6, v.Name)
		b.Close()
		b.Open(21).Uint16(0, componentStatus)
		b.text(1, "Vehicle status")
		b.Flag(3).Flag(4).Flag(6).Close()
	}
	if id.Location {
		b.Open(22).Uint16(0, componentLocation)
		b.text(1, "Location")
		b.Flag(17).Flag(18).Close()
	}
	if id.RouteGuidance {
		b.Open(30).Uint16(0, componentRoute)
		b.text(1, "Route guidance")
		for i, limit := range []uint16{r.Road, r.Destination, r.AfterRoad, r.Description, r.Maneuvers, r.LaneText, r.Lanes} {
			b.Uint16(uint16(2+i), limit)
		}
		b.Close()
	}
}

// messages lists what the head unit sends and receives: what its protocols, its
// launch and its components need, and what the model adds, each once.
func (h *HeadUnit) messages(reduced bool) (sends, receives []uint16) {
	id := h.m.Ident
	add := func(wanted bool, s, r []uint16) {
		if !wanted {
			return
		}
		for _, m := range s {
			if !slices.Contains(sends, m) {
				sends = append(sends, m)
			}
		}
		for _, m := range r {
			if !slices.Contains(receives, m) {
				receives = append(receives, m)
			}
		}
	}
	ids := func(m ...uint16) []uint16 { return m }
	add(h.m.Launch.Bundle != "" && !id.Undeclared, ids(control.MsgRequestAppLaunch), nil)
	add(slices.ContainsFunc(h.m.Protocols, func(p Protocol) bool { return !p.Native }),
		ids(control.MsgStatusExternalAccessoryProtocolSession),
		ids(control.MsgStartExternalAccessoryProtocolSession, control.MsgStopExternalAccessoryProtocolSession))
	add(id.Location && !reduced,
		ids(control.MsgLocationInformation),
		ids(control.MsgStartLocationInformation, control.MsgStopLocationInformation))
	add(id.VehicleStatus && !reduced,
		ids(control.MsgVehicleStatusUpdate),
		ids(control.MsgStartVehicleStatusUpdates, control.MsgStopVehicleStatusUpdates))
	add(id.RouteGuidance && !reduced,
		ids(control.MsgStartRouteGuidanceUpdates, control.MsgStopRouteGuidanceUpdates),
		ids(control.MsgRouteGuidanceUpdate, control.MsgRouteGuidanceManeuverUpdate))
	add(id.WiFi,
		ids(control.MsgAccessoryWiFiConfigurationInformation),
		ids(control.MsgRequestAccessoryWiFiConfigurationInformation))
	add(id.CarPlay, ids(control.MsgCarPlayStartSession), ids(control.MsgCarPlayAvailability))
	add(id.ListAuth, ids(control.MsgAuthenticationCertificate), nil)
	add(true, id.Sends, id.Receives)
	return sends, receives
}

// rejected takes 1D03: once, the head unit tries again without what is optional.
func (a *accessory) rejected(m control.Message) error {
	var params []uint16
	for p := range m.Params.All() {
		params = append(params, p.ID)
	}
	a.h.state("identification rejected", sim.Text("parameters", fmt.Sprint(params)))
	if !a.h.m.Ident.Retry || a.attempts > 1 {
		return nil
	}
	return a.identify()
}
