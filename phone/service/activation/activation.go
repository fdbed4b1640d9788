package activation

import (
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceMobileActivation

// Service returns the service; before iOS 10 lockdownd does it.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("10.0")}, Open: true, Serve: Serve}
}

// Serve answers one request.
func Serve(s *service.Session) error {
	m, err := s.ReceiveDict()
	if err != nil {
		return err
	}
	return s.Send(answer(s.Phone, m))
}

func answer(p *state.State, m map[string]any) map[string]any {
	switch m["Command"] {
	case "GetActivationStateRequest":
		return value(p.Value("", "ActivationState"))
	case "CreateTunnel1SessionInfoRequest":
		return value(map[string]any{"HandshakeRequestMessage": p.NewChallenge(), "UniqueDeviceID": p.Identity.UDID})
	case "CreateActivationInfoRequest", "CreateTunnel1ActivationInfoRequest":
		return value(info(p))
	case "HandleActivationInfoRequest", "HandleActivationInfoWithSessionRequest":
		if m["Value"] == nil {
			return map[string]any{"Error": "MissingActivationRecord"} // inferred
		}
		p.SetActivated(true)
		return value(true)
	case "DeactivateRequest":
		p.SetActivated(false)
		return value(true)
	}
	return map[string]any{"Error": "UnknownCommand"} // inferred
}

func value(v any) map[string]any { return map[string]any{"Value": v} }

func info(p *state.State) map[string]any {
	return map[string]any{
		"ActivationInfoComplete": true,
		"ActivationInfoXML":      []byte("Plugfest test activation info of " + p.Identity.UDID),
		"FairPlaySignature":      []byte("Plugfest test signature"),
	}
}
