package screenshot

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/devicelink"
	"github.com/plugfest/plugfest/phone/service/picture"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceScreenshotr

// Service returns the service.
func Service() service.Service {
	return service.Service{
		Name: Name, Developer: true, Serve: Serve,
		IOS: state.Range{Since: state.MustVersion("3.1"), Until: state.MustVersion("17.0")},
	}
}

// Serve takes pictures until the host hangs up.
func Serve(s *service.Session) error {
	l, err := devicelink.Open(s, 300, 0)
	if err != nil {
		return err
	}
	for {
		m, err := l.ReceiveProcess()
		if err != nil {
			return err
		}
		if m["MessageType"] != "ScreenShotRequest" {
			return fmt.Errorf("screenshot: message of type %v, want ScreenShotRequest", m["MessageType"])
		}
		data, err := shoot(s.Phone)
		if err != nil {
			return err
		}
		if err := l.Process(map[string]any{"MessageType": "ScreenShotReply", "ScreenShotData": data}); err != nil {
			return err
		}
	}
}

func shoot(p *state.State) ([]byte, error) {
	c := picture.Screen(p)
	if !p.Version.AtLeast(9, 0) {
		return c.TIFF(), nil
	}
	return c.PNG()
}
