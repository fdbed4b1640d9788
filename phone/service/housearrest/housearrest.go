package housearrest

import (
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceHouseArrest

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("3.2")}, Serve: Serve}
}

// Serve vends what the host asks for, once.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		tree, refusal := vend(s.Phone, m)
		if refusal == "" {
			if err := s.Send(map[string]any{"Status": "Complete"}); err != nil {
				return err
			}
			return afc.Serve(s.World, s.Conn, tree, afc.OptionsFor(s))
		}
		if err := s.Send(map[string]any{"Error": refusal}); err != nil {
			return err
		}
	}
}

// vend returns the tree that the host may have, or an error name.
func vend(p *state.State, m map[string]any) (files.Tree, string) {
	id, _ := m["Identifier"].(string)
	app := p.Apps.Find(id)
	if app == nil || app.System {
		return nil, "ApplicationLookupFailed"
	}
	switch m["Command"] {
	case "VendContainer":
		if !app.Developer && p.Version.AtLeast(8, 3) {
			return nil, "InstallationLookupFailed"
		}
		return p.Container(app), ""
	case "VendDocuments":
		if !app.Sharing {
			return nil, "InstallationLookupFailed"
		}
		return newDocuments(p.Container(app)), ""
	}
	return nil, "InvalidCommand" // inferred
}
