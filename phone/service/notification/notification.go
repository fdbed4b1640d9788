package notification

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Names that a host asks for.
const (
	Name     = wire.ServiceNotificationProxy
	Insecure = wire.ServiceInsecureNotificationProxy
)

// maxNames bounds how many notifications a host may observe, maxName their length.
const (
	maxNames = 1024
	maxName  = 1024
)

// Services returns both services.
func Services() []service.Service {
	return []service.Service{
		{Name: Name, Open: true, Serve: Serve},
		{Name: Insecure, IOS: state.Range{Since: state.MustVersion("7.0")}, Insecure: true, Serve: Serve},
	}
}

// proxy is one session.
type proxy struct {
	*service.Session
	names map[string]bool
	next  uint64 // position in the phone's notifications
	over  bool   // nothing is to be relayed any more
	gone  bool   // relay has ended
	done  sim.Cond
}

// Serve relays until the host hangs up or says Shutdown.
func Serve(s *service.Session) error {
	p := &proxy{Session: s, names: map[string]bool{}, next: s.Phone.Notifications.End()}
	p.done.Init(s.World, "the end of the relay")
	s.Go("relay", p.relay)
	shutdown, err := p.listen()
	if err != nil {
		_ = s.Conn.Close() // or relay might wait for the host to read
	}
	p.over = true
	s.Phone.Notifications.Wake()
	p.done.WaitFor(sim.Never, func() bool { return p.gone })
	if shutdown {
		return s.Send(map[string]any{"Command": "ProxyDeath"})
	}
	return err
}

// listen does what the host says.
func (p *proxy) listen() (shutdown bool, err error) {
	for {
		m, err := p.ReceiveDict()
		if err != nil {
			return false, err
		}
		name, _ := m["Name"].(string)
		switch command := m["Command"]; {
		case command == "Shutdown":
			return true, nil
		case name == "" || len(name) > maxName:
			return false, fmt.Errorf("notification: %v with the name %.64q", command, name)
		case command == "ObserveNotification":
			if p.names[name] = true; len(p.names) > maxNames {
				return false, errors.New("notification: too many names")
			}
		case command == "PostNotification":
			p.Phone.Notifications.Post(name)
		default:
			return false, fmt.Errorf("notification: unknown command %v", command)
		}
	}
}

// relay tells the host what it observes.
func (p *proxy) relay() {
	defer func() {
		p.gone = true
		p.done.Signal()
	}()
	feed := p.Phone.Notifications
	for !p.over {
		name, next, ok := feed.Read(p.next)
		if p.next = next; !ok {
			feed.Wait(p.next, sim.Never)
			continue
		}
		if p.names[name] && p.Send(map[string]any{"Command": "RelayNotification", "Name": name}) != nil {
			return
		}
	}
}
