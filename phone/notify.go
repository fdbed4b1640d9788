package phone

import (
	"time"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// notify sends the device notifications that the accessory lists among the
// messages it receives; there is no start message for them. They go out once,
// in the order in which a phone was seen to send them
// (lvalen91/CPC200-CCPA_resources).
func (a *accessory) notify() error {
	p := &a.p.p
	if p.Ident.NoNotifications {
		return nil
	}
	for _, n := range []struct {
		id     uint16
		fields []control.Field
	}{
		{control.MsgDeviceInformationUpdate, []control.Field{control.F("DeviceName", p.Name)}},
		{control.MsgDeviceLanguageUpdate, []control.Field{control.F("Language", p.Language)}},
		{control.MsgDeviceTimeUpdate, p.Clock.fields(a.w.Time())},
		{control.MsgDeviceUUIDUpdate, []control.Field{control.F("UUID", p.UUID)}},
		{control.MsgWirelessCarPlayUpdate, []control.Field{control.F("Status", availability(p.CarPlay.Wireless))}},
		{control.MsgDeviceTransportIdentifierNotification, []control.Field{
			control.F("BluetoothTransportID", p.Bluetooth), control.F("USBTransportID", p.SerialNumber)}},
	} {
		if !a.id.Receives(n.id) {
			continue
		}
		if err := a.send(control.Name(n.id), n.fields...); err != nil {
			return err
		}
	}
	return nil
}

func availability(ok bool) string {
	if ok {
		return "available"
	}
	return "unavailable"
}

// Clock is how the phone tells the time in 4E0B.
type Clock struct {
	Zone int16 `yaml:"zone"` // minutes east of Greenwich, without daylight saving
	DST  int8  `yaml:"dst"`  // minutes of daylight saving
	// Epoch is the year whose first day is second 0. Sources disagree: 1970
	// (JoeyEamigh/bridgething) or 2001 (f-io/LIVI).
	Epoch int `yaml:"epoch"`
}

func (c Clock) fields(now time.Time) []control.Field {
	reference := time.Date(c.Epoch, time.January, 1, 0, 0, 0, 0, time.UTC)
	return []control.Field{
		control.F("SecondsSinceReferenceDate", int64(now.Sub(reference)/time.Second)),
		control.F("TimeZoneOffset", c.Zone), control.F("DSTOffset", c.DST),
	}
}
