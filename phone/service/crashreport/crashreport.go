package crashreport

import (
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceCrashReportMover

// moving is how long the move takes.
const moving = 100 * time.Millisecond

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("3.0")}, Serve: Serve}
}

// Serve moves the reports, says so, and waits for the host to hang up.
func Serve(s *service.Session) error {
	s.World.Sleep(moving)
	if err := s.Phone.MoveCrashes(); err != nil {
		return err
	}
	if _, err := s.Write([]byte("ping")); err != nil {
		return err
	}
	_, err := s.Read(make([]byte, 1))
	return err
}
