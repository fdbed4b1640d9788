package phone

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// handle answers one message of an identified accessory. A real iPhone
// acknowledges and ignores what it does not know (exrector).
func (a *accessory) handle(m control.Message) error {
	switch m.ID {
	case control.MsgRequestAppLaunch:
		a.launch(m)
	case control.MsgStatusExternalAccessoryProtocolSession:
		a.sessionStatus(m)
	case control.MsgStartPowerUpdates:
		return a.power(m)
	case control.MsgStartNowPlayingUpdates:
		a.nowPlaying()
	case control.MsgStopNowPlayingUpdates:
		a.stopServices()
	case control.MsgStartCallStateUpdates, control.MsgStopCallStateUpdates:
		// No call is going on: nothing to tell.
	case control.MsgStartCommunicationsUpdates:
		return a.communications(m)
	case control.MsgRequestWiFiInformation:
		return a.send("WiFiInformation", control.F("Status", "unavailable"))
	default:
		a.p.state("message ignored", sim.Text("message", control.Name(m.ID)))
	}
	return nil
}

// notify sends the device notifications that the accessory lists among the
// messages it receives; there is no start message for them.
func (a *accessory) notify() {
	p := a.p.p
	for _, id := range a.receives {
		switch id {
		case control.MsgDeviceInformationUpdate:
			a.send("DeviceInformationUpdate", control.F("DeviceName", p.Name))
		case control.MsgDeviceLanguageUpdate:
			a.send("DeviceLanguageUpdate", control.F("Language", p.Language))
		case control.MsgDeviceTimeUpdate:
			a.send("DeviceTimeUpdate",
				control.F("SecondsSinceReferenceDate", a.w.Time().Unix()),
				control.F("TimeZoneOffset", 0), control.F("DSTOffset", 0))
		case control.MsgStartLocationInformation:
			a.send("StartLocationInformation", control.F("GGA", true), control.F("RMC", true))
		case control.MsgStartVehicleStatusUpdates:
			a.send("StartVehicleStatusUpdates", control.F("Range", true))
		}
	}
}

// power answers AE00 with what was asked for.
func (a *accessory) power(m control.Message) error {
	b := new(control.Builder).Begin(nil, control.MsgPowerUpdate)
	if m.Params.Has(0) {
		b.Uint16(0, 0)
	}
	if m.Params.Has(1) {
		b.Bool(1, true)
	}
	if m.Params.Has(2) {
		b.Uint8(2, 0)
	}
	if m.Params.Has(4) {
		b.Bool(4, false)
	}
	if m.Params.Has(5) {
		b.Uint8(5, 0)
	}
	if m.Params.Has(6) {
		b.Uint16(6, uint16(a.p.p.Battery))
	}
	return a.s.Send(b.Finish())
}

// communications answers 4157 with a phone in its home network.
func (a *accessory) communications(m control.Message) error {
	b := new(control.Builder).Begin(nil, control.MsgCommunicationsUpdate)
	if m.Params.Has(0) {
		b.Uint8(0, 4) // bars
	}
	if m.Params.Has(1) {
		b.Uint8(1, 4) // home
	}
	if m.Params.Has(2) {
		b.Bool(2, false)
	}
	if m.Params.Has(4) {
		b.Text(4, "Plugfest Mobile")
	}
	if m.Params.Has(9) {
		b.Bool(9, false)
	}
	if m.Params.Has(10) {
		b.Uint8(10, 0)
	}
	if m.Params.Has(11) {
		b.Uint8(11, 0)
	}
	return a.s.Send(b.Finish())
}

// nowPlayingEvery is how often an iPhone repeats its playback state: about
// twice a second (redline-labs/digital_dashboard, on hardware).
const nowPlayingEvery = 500 * time.Millisecond

// nowPlaying sends the current title, then ticks.
func (a *accessory) nowPlaying() {
	if len(a.services) > 0 {
		return
	}
	elapsed := uint32(0)
	first := new(control.Builder).Begin(nil, control.MsgNowPlayingUpdate)
	first.Open(0).Uint64(0, 1).Text(1, "A Song").Uint32(4, 180_000).Text(6, "An Album").Text(12, "An Artist").Close()
	first.Open(1).Uint8(0, 1).Uint32(1, 0).Text(7, "Music").Close()
	a.s.Send(first.Finish())

	kick := a.w.NewCond(a.p.name + ": next playback tick")
	timer := a.w.NewTimer(kick.Signal)
	a.services = append(a.services, timer)
	ups := a.s.Ups()
	a.w.Go(a.p.name+" now playing", func() {
		for {
			timer.Set(a.w.Now() + nowPlayingEvery)
			kick.WaitUntil(a.w.Now() + 2*nowPlayingEvery)
			if len(a.services) == 0 || a.s.Ups() != ups || !a.s.Up() {
				return
			}
			elapsed += uint32(nowPlayingEvery / time.Millisecond)
			var b control.Builder
			b.Begin(nil, control.MsgNowPlayingUpdate).Open(1).Uint32(1, elapsed).Close()
			if a.s.Send(b.Finish()) != nil {
				return
			}
		}
	})
}

func (a *accessory) stopServices() {
	for _, t := range a.services {
		t.Stop()
	}
	a.services = nil
}
