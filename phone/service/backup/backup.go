package backup

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/devicelink"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Names that a host asks for.
const (
	Name = wire.ServiceMobileBackup2
	Old  = wire.ServiceMobileBackup // before iOS 4
	Sync = wire.ServiceMobileSync
)

// ErrorCode of what is refused.
const (
	MultiFailure = 105 // any request to back up or restore
	BadHello     = 1   // no version in common
)

// Services returns the services.
func Services() []service.Service {
	four := state.MustVersion("4.0")
	return []service.Service{
		{Name: Name, IOS: state.Range{Since: four}, Serve: Serve},
		{Name: Old, IOS: state.Range{Until: four}, Serve: greet},
		{Name: Sync, Serve: greet},
	}
}

// version is that of DeviceLink: 400 from iOS 15.4 on (inferred), 300 before.
func version(v state.Version) int {
	if v.AtLeast(15, 4) {
		return 400
	}
	return 300
}

// greet exchanges versions, and waits for the host to hang up.
func greet(s *service.Session) error {
	l, err := devicelink.Open(s, 300, 0)
	for err == nil {
		_, _, err = l.ReceiveMessage()
	}
	return err
}

// Serve speaks until the host hangs up.
func Serve(s *service.Session) error {
	l, err := devicelink.Open(s, version(s.Phone.Version), 0)
	if err != nil {
		return err
	}
	for {
		m, err := l.ReceiveProcess()
		if err != nil {
			return err
		}
		if err := l.Process(answer(m)); err != nil {
			return err
		}
	}
}

func answer(m map[string]any) map[string]any {
	if m["MessageName"] == "Hello" {
		if best := highest(m["SupportedProtocolVersions"]); best > 0 {
			return response(0, "", map[string]any{"ProtocolVersion": best})
		}
		return response(BadHello, "No protocol version in common", nil)
	}
	return response(MultiFailure, fmt.Sprintf("This simulated phone does not do %v", m["MessageName"]), nil)
}

func response(code int, why string, more map[string]any) map[string]any {
	r := map[string]any{"MessageName": "Response", "ErrorCode": code}
	if why != "" {
		r["ErrorDescription"] = why
	}
	for key, v := range more { // one at most
		r[key] = v
	}
	return r
}

// highest returns the highest version of 2.x that the host offers, 0 if there is none.
func highest(v any) float64 {
	best := 0.0
	list, _ := v.([]any)
	for _, x := range list {
		f := 0.0
		switch x := x.(type) {
		case float64:
			f = x
		case float32:
			f = float64(x)
		}
		if f >= 2 && f < 3 {
			best = max(best, f)
		}
	}
	return min(best, 2.1)
}
