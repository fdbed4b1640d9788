package companion

import (
	"slices"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceCompanionProxy

// Service returns the service; only iPhones have it.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("11.0")}, Classes: []string{"iPhone"}, Serve: Serve}
}

// Serve answers commands until the host hangs up.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		if err := s.Send(answer(s.Phone, m)); err != nil {
			return err
		}
	}
}

func failed(name string) map[string]any { return map[string]any{"Error": name} }

func answer(p *state.State, m map[string]any) map[string]any {
	watches := p.Watches()
	switch m["Command"] {
	case "GetDeviceRegistry", "StartListeningForDevices":
		if len(watches) == 0 {
			return failed("NoPairedWatches")
		}
		list := []any{}
		for _, w := range watches {
			list = append(list, w.UDID)
		}
		return map[string]any{"PairedDevicesArray": list}
	case "GetValueFromRegistry":
		udid, _ := m["GetValueGizmoUDIDKey"].(string)
		key, _ := m["GetValueKeyKey"].(string)
		i := slices.IndexFunc(watches, func(w state.Watch) bool { return w.UDID == udid })
		if i < 0 {
			return failed("NoPairedWatches")
		}
		v, ok := watches[i].Values[key]
		if !ok {
			return failed("UnsupportedWatchKey")
		}
		return map[string]any{"RetrievedValueDictionary": map[string]any{key: v}}
	case "StopForwardingServicePort":
		return map[string]any{"Command": "ComandSuccess"} // so spelled by the device
	case "StartForwardingServicePort":
		return failed("TimeoutReply")
	}
	return failed("UnknownCommand") // inferred
}
