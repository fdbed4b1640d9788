package headunit

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Component ids. Each must be unique across all components.
const (
	componentUSBHost  = 0
	componentLocation = 1
)

// identify sends 1D01.
func (a *accessory) identify() error {
	a.attempts++
	return a.s.Send(a.h.identification(a.attempts > 1))
}

// identification builds 1D01. A reduced one leaves out what is optional.
func (h *HeadUnit) identification(reduced bool) ([]byte, error) {
	m, id := h.m.Identity, h.m.Ident
	b := new(control.Builder).Begin(nil, control.MsgIdentificationInformation)
	text := b.Text
	if id.NoNUL {
		text = func(param uint16, s string) *control.Builder { return b.Blob(param, []byte(s)) }
	}
	text(0, m.Name)
	text(1, m.Model)
	text(2, m.Manufacturer)
	text(3, m.Serial)
	text(4, m.Firmware)
	text(5, m.Hardware)
	sends, receives := h.messages(reduced)
	b.IDs(6, sends...)
	b.IDs(7, receives...)
	b.Uint8(8, id.Power)
	b.Uint16(9, id.Current)
	for i, p := range h.m.Protocols {
		b.Open(10).Uint8(0, uint8(i))
		text(1, p.Name)
		b.Uint8(2, p.Match)
		if p.Native {
			b.Uint16(3, componentUSBHost)
		}
		b.Close()
	}
	text(12, m.Language)
	for _, l := range m.Languages {
		text(13, l)
	}
	if !id.NoTransport {
		b.Open(16).Uint16(0, componentUSBHost)
		text(1, id.Transport)
		b.Flag(2).Close()
	}
	if id.DoubleID {
		b.Open(16).Uint16(0, componentUSBHost)
		text(1, id.Transport+" again")
		b.Close()
	}
	if id.Location && !reduced {
		b.Open(22).Uint16(0, componentLocation)
		text(1, "Location")
		b.Flag(17).Flag(18).Close()
	}
	return b.Finish()
}

// messages lists what the head unit sends and receives: what its protocols,
// its launch and its components need, and what the model adds.
func (h *HeadUnit) messages(reduced bool) (sends, receives []uint16) {
	id := h.m.Ident
	if h.m.Launch.Bundle != "" {
		sends = append(sends, control.MsgRequestAppLaunch)
	}
	if slices.ContainsFunc(h.m.Protocols, func(p Protocol) bool { return !p.Native }) {
		sends = append(sends, control.MsgStatusExternalAccessoryProtocolSession)
		receives = append(receives, control.MsgStartExternalAccessoryProtocolSession, control.MsgStopExternalAccessoryProtocolSession)
	}
	if id.Location && !reduced {
		sends = append(sends, control.MsgLocationInformation)
		receives = append(receives, control.MsgStartLocationInformation, control.MsgStopLocationInformation)
	}
	if id.ListAuth {
		sends = append(sends, control.MsgAuthenticationCertificate)
	}
	return append(sends, id.Sends...), append(receives, id.Receives...)
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
