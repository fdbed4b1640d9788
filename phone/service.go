package phone

import (
	"slices"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Names of the services that run on.
const (
	playing   = "now playing"
	guiding   = "route guidance"
	transfers = "file transfer"
	asking    = "questions"
)

// service is what goes on in a process of its own until the accessory stops it
// or the link goes down.
type service struct {
	*session.Task
	a    *accessory
	name string
}

// startService starts a service; one of that name that runs is stopped.
func (a *accessory) startService(name string, run func(*service)) {
	a.stopService(name)
	s := &service{a: a, name: name}
	a.services = append(a.services, s)
	s.Task = session.Go(a.w, a.p.name+" "+name, func(*session.Task) {
		run(s)
		a.services = slices.DeleteFunc(a.services, func(o *service) bool { return o == s })
	})
}

// stopService stops a service, if it runs.
func (a *accessory) stopService(name string) {
	if s := a.service(name); s != nil {
		s.End()
		a.services = slices.DeleteFunc(a.services, func(o *service) bool { return o == s })
	}
}

func (a *accessory) service(name string) *service {
	i := slices.IndexFunc(a.services, func(s *service) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return a.services[i]
}

// tell sends a message and reports whether the service is to go on.
func (s *service) tell(message string, fields ...control.Field) bool {
	return !s.Over() && s.a.tell(message, fields...) == nil && !s.Over()
}
