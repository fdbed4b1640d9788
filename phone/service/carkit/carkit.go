// Package carkit is com.apple.carkit.service, over which a CarPlay accessory that
// stays the USB host speaks iAP2. The service itself frames nothing: what talks to
// accessories on this phone, if anything does, is given the connection.
//
// Source: f-io/LIVI and redline-labs/digital_dashboard, on real phones.
package carkit

import (
	"errors"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what an accessory asks for.
const Name = wire.ServiceCarKit

// Service returns the service; only iPhones have it. That they have it since the
// first iOS with CarPlay is inferred.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("7.1")}, Classes: []string{"iPhone"}, Serve: Serve}
}

// ErrNobody says that nothing on this phone talks to accessories.
var ErrNobody = errors.New("carkit: nothing talks to accessories here")

// Serve hands the connection to whom [state.State.OnAccessory] names.
func Serve(s *service.Session) error {
	serve := s.Phone.Accessory()
	if serve == nil {
		return ErrNobody
	}
	serve(stream{s})
	return nil
}

// stream is a session as a stream of bytes.
type stream struct{ *service.Session }

// Close ends TLS and the connection.
func (s stream) Close() error { return s.Conn.Close() }
