package headunit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// behaviours are what a head unit can do with a session.
var behaviours = []string{"carlife", "echo", "source", "sink", "duplex"}

var wifiSecurity = control.ByName("AccessoryWiFiConfigurationInformation").ParamByName("Security").Enum

// Check reports the first thing that a model says and no head unit can do.
func (m *Model) Check() error {
	for _, check := range []func() error{m.checkTransport, m.checkLink, m.checkProtocols, m.checkPosition, m.checkNames} {
		if err := check(); err != nil {
			return fmt.Errorf("headunit: model: %w", err)
		}
	}
	return nil
}

func (m *Model) checkTransport() error {
	for _, c := range []struct {
		key, value string
		want       []string
	}{
		{"transport", m.Transport, []string{transportNative, transportMux}},
		{"usbmux.ports", m.USBMux.Ports, []string{"phone", "forwarded", "hu"}},
	} {
		if !slices.Contains(c.want, c.value) {
			return fmt.Errorf("%s is %q; want %s", c.key, c.value, alternatives(c.want))
		}
	}
	if m.USBMux.Mode > 5 {
		return fmt.Errorf("usbmux.mode is %d; want 1 to 5, or 0", m.USBMux.Mode)
	}
	if m.USBMux.Retry <= 0 || m.USBMux.Patience <= 0 {
		return fmt.Errorf("usbmux.retry is %v and usbmux.patience %v; want more than 0", m.USBMux.Retry, m.USBMux.Patience)
	}
	return nil
}

func (m *Model) checkLink() error {
	for _, s := range m.Link.Sessions {
		if _, ok := sessionTypes[s.Type]; !ok {
			return fmt.Errorf("link session %d has type %q; want control, file-transfer or external-accessory", s.ID, s.Type)
		}
	}
	return nil
}

func (m *Model) checkProtocols() error {
	native := 0
	for _, p := range m.Protocols {
		if !slices.Contains(behaviours, p.Behaviour) {
			return fmt.Errorf("protocol %s: behaviour is %q; want %s", p.Name, p.Behaviour, alternatives(behaviours))
		}
		if p.Bytes < 0 {
			return fmt.Errorf("protocol %s: bytes is %d; want 0 or more", p.Name, p.Bytes)
		}
		if _, err := carlife.ParseFault(p.CarLife.Faults); err != nil {
			return fmt.Errorf("protocol %s: carlife.faults: %w", p.Name, err)
		}
		if p.Native {
			native++
		}
	}
	if native > maxNative {
		return fmt.Errorf("%d protocols are native; a gadget has endpoints for %d", native, maxNative)
	}
	return nil
}

// maxNative is how many endpoint pairs USB leaves beside that of iAP2.
const maxNative = 14

func (m *Model) checkPosition() error {
	p := m.Position
	switch {
	case p.Every <= 0:
		return fmt.Errorf("position.every is %v; want more than 0", p.Every)
	case !(p.Latitude >= -85 && p.Latitude <= 85): // NaN too
		return fmt.Errorf("position.latitude is %v; want -85 to 85 degrees", p.Latitude)
	case !(p.Longitude >= -180 && p.Longitude <= 180):
		return fmt.Errorf("position.longitude is %v; want -180 to 180 degrees", p.Longitude)
	case !(p.Course >= 0 && p.Course < 360):
		return fmt.Errorf("position.course is %v; want 0 up to 360 degrees", p.Course)
	case !(p.Speed >= 0 && p.Speed <= 200):
		return fmt.Errorf("position.speed is %v; want 0 to 200 metres a second", p.Speed)
	}
	return nil
}

func (m *Model) checkNames() error {
	if err := named("vehicle.engine", m.Vehicle.Engine, engineTypes); err != nil {
		return err
	}
	return named("wifi.security", m.WiFi.Security, wifiSecurity)
}

func named(key, value string, enum *control.EnumSpec) error {
	if _, ok := enum.ValueOf(value); ok {
		return nil
	}
	var names []string
	for _, v := range enum.Values {
		names = append(names, v.Name)
	}
	return fmt.Errorf("%s is %q; want %s", key, value, alternatives(names))
}

func alternatives(want []string) string {
	return strings.Join(want[:len(want)-1], ", ") + " or " + want[len(want)-1]
}
