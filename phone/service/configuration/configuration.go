package configuration

import (
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceMCInstall

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("4.0")}, Serve: Serve}
}

// Serve answers requests until the host hangs up.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		reply := map[string]any{"Status": "Acknowledged"}
		switch m["RequestType"] {
		case "GetProfileList":
			reply["OrderedIdentifiers"] = []any{}
			reply["ProfileManifest"] = map[string]any{}
			reply["ProfileMetadata"] = map[string]any{}
		case "GetCloudConfiguration":
			reply["CloudConfiguration"] = cloud(s.Phone)
		case "Flush", "HelloHostIdentifier":
		default:
			reply["Status"] = "Error"
		}
		if err := s.Send(reply); err != nil {
			return err
		}
	}
}

func cloud(p *state.State) map[string]any {
	c := map[string]any{"AllowPairing": !p.PairingOff(), "IsSupervised": p.Supervisor() != nil}
	if cert := p.Supervisor(); cert != nil {
		c["SupervisorHostCertificates"] = []any{cert}
	}
	return c
}
