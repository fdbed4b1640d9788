package phone

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
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
	a     *accessory
	name  string
	moved sim.Cond
	over  bool
}

// startService starts a service; one of that name that runs is stopped.
func (a *accessory) startService(name string, run func(*service)) {
	a.stopService(name)
	s := &service{a: a, name: name}
	s.moved.Init(a.w, a.p.name+": next step of "+name)
	a.services = append(a.services, s)
	a.w.Go(a.p.name+" "+name, func() {
		run(s)
		s.over = true
		a.services = slices.DeleteFunc(a.services, func(o *service) bool { return o == s })
	})
}

// stopService stops a service and reports whether there was one.
func (a *accessory) stopService(name string) bool {
	s := a.service(name)
	if s == nil {
		return false
	}
	s.end()
	a.services = slices.DeleteFunc(a.services, func(o *service) bool { return o == s })
	return true
}

func (a *accessory) service(name string) *service {
	i := slices.IndexFunc(a.services, func(s *service) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return a.services[i]
}

// end makes the service end at its next step. It does not wait.
func (s *service) end() {
	s.over = true
	s.moved.Broadcast()
}

// sleep lets d pass and reports whether the service is to go on.
func (s *service) sleep(d time.Duration) bool {
	s.moved.WaitFor(s.a.w.Now()+d, func() bool { return s.over })
	return !s.over
}

// tell sends a message and reports whether the service is to go on.
func (s *service) tell(message string, fields ...control.Field) bool {
	return !s.over && s.a.tell(message, fields...) == nil && !s.over
}
