package phone

import (
	lockdownd "github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/lockdown"
)

// CarKit is the lockdown service over which a CarPlay accessory that stays the USB
// host speaks iAP2: the link runs on the service's connection, without
// acknowledgements if the accessory asks for that. One that comes while another is
// served takes its place (inferred).
//
// Source: f-io/LIVI and redline-labs/digital_dashboard, on real phones. That iPhones
// have it since the first iOS with CarPlay is inferred.
func (p *Phone) CarKit() lockdownd.Service {
	return lockdownd.Service{
		Name: lockdown.ServiceCarKit, Classes: []string{"iPhone"}, IOS: state.Range{Since: state.MustVersion("7.1")},
		Serve: func(s *lockdownd.Session) error {
			if p.session != nil {
				p.state("accessory replaced", sim.Text("by", s.Name))
				p.session.Close()
			}
			p.state("accessory", sim.Text("on", s.Name))
			p.Serve(carKitStream{s}, control.USBHostTransport)
			return nil
		},
	}
}

// carKitStream is a service's connection as a stream.
type carKitStream struct{ *lockdownd.Session }

// Close ends TLS and the connection.
func (c carKitStream) Close() error { return c.Conn.Close() }
