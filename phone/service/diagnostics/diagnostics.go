package diagnostics

import (
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Names that a host asks for.
const (
	Name = wire.ServiceDiagnosticsRelay
	Old  = wire.ServiceDiagnosticsRelayOld // before iOS 5
)

// leave is how long the phone takes to go after it has said that it will.
const leave = time.Second

// Services returns the service under both names.
func Services() []service.Service {
	five := state.MustVersion("5.0")
	return []service.Service{
		{Name: Name, IOS: state.Range{Since: five}, Open: true, Serve: Serve},
		{Name: Old, IOS: state.Range{Until: five}, Open: true, Serve: Serve},
	}
}

// powers by request.
var powers = map[string]state.Power{"Restart": state.Restart, "Shutdown": state.Shutdown, "Sleep": state.Sleep}

// Serve answers requests until Goodbye.
func Serve(s *service.Session) error {
	then := state.Power(0) // what happens when the host hangs up
	defer func() {
		if then != 0 {
			s.World.After(leave, func() { s.Phone.Power(then) })
		}
	}()
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		request, _ := m["Request"].(string)
		reply := map[string]any{"Status": "Success"}
		if p := powers[request]; p != 0 {
			if wait, _ := m["WaitForDisconnect"].(bool); wait {
				then = p
			} else {
				s.World.After(leave, func() { s.Phone.Power(p) })
			}
		} else if found := answer(s.Phone, request, m); found != nil {
			reply["Diagnostics"] = found
		} else if request != "Goodbye" {
			reply["Status"] = status(request)
		}
		if err := s.Send(reply); err != nil {
			return err
		}
		if request == "Goodbye" {
			return nil
		}
	}
}

// status is what a request without an answer gets.
func status(request string) string {
	if request == "IORegistry" || request == "MobileGestalt" {
		return "Failure"
	}
	return "UnknownRequest"
}

// answer returns the Diagnostics of a request, nil if there are none.
func answer(p *state.State, request string, m map[string]any) map[string]any {
	switch request {
	case "All":
		return map[string]any{"GasGauge": gasGauge(p), "HDMI": map[string]any{}, "NAND": nand(p), "WiFi": wifi()}
	case "GasGauge":
		return map[string]any{"GasGauge": gasGauge(p)}
	case "HDMI":
		return map[string]any{"HDMI": map[string]any{}}
	case "NAND":
		return map[string]any{"NAND": nand(p)}
	case "WiFi":
		return map[string]any{"WiFi": wifi()}
	case "MobileGestalt":
		keys, ok := m["MobileGestaltKeys"].([]any)
		if !ok {
			return nil
		}
		return map[string]any{"MobileGestalt": gestalt(p, keys)}
	case "IORegistry":
		if entry := registry(p, m); entry != nil {
			return map[string]any{"IORegistry": entry}
		}
	}
	return nil
}

func gasGauge(p *state.State) map[string]any {
	return map[string]any{
		"CycleCount":         cycles(p),
		"DesignCapacity":     designCapacity,
		"FullChargeCapacity": fullCapacity(p),
		"Status":             "Success",
	}
}

func nand(p *state.State) map[string]any {
	return map[string]any{"Size": p.Capacity(), "Status": "Success"}
}

func wifi() map[string]any {
	return map[string]any{"Active": true, "Status": "Success"}
}

const designCapacity = uint64(3279) // mAh

// cycles and fullCapacity are those of a phone in its second year.
func cycles(p *state.State) uint64 { return 100 + uint64(p.Identity.Bytes("battery cycles", 1)[0]) }

func fullCapacity(p *state.State) uint64 { return designCapacity * (1000 - cycles(p)/2) / 1000 }
