package afc

import (
	"github.com/plugfest/plugfest/phone/service"
)

// Names of the services whose whole protocol is AFC.
const (
	Name             = "com.apple.afc"
	NameCrashReports = "com.apple.crashreportcopymobile"
)

// Service returns com.apple.afc: the phone's media.
func Service() service.Service {
	return service.Service{Name: Name, Serve: func(s *service.Session) error {
		return Serve(s.World, s.Conn, s.Phone.Media(), OptionsFor(s))
	}}
}

// CrashReports returns com.apple.crashreportcopymobile: the reports that
// crashreportmover has put there. idevicecrashreport reads, renames and removes
// them.
func CrashReports() service.Service {
	return service.Service{Name: NameCrashReports, Serve: func(s *service.Session) error {
		return Serve(s.World, s.Conn, s.Phone.Crashes(), OptionsFor(s))
	}}
}

// OptionsFor returns the options that follow from the phone of a session.
func OptionsFor(s *service.Session) Options {
	return Options{Who: s.Phone.Name(), Model: s.Phone.Model.ProductType}
}
