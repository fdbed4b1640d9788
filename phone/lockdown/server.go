package lockdown

import (
	"net"
	"slices"
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Config says what a [Server] offers.
type Config struct {
	// Services that it can start; package catalogue has all of them.
	Services []service.Service
	// Limits bound what a host may cost.
	Limits service.Limits
	// PortWait is how long the port of a started service waits for its connection:
	// 30 s if it is zero.
	PortWait time.Duration
}

// Server is the lockdownd of one phone.
type Server struct {
	phone    *state.State
	w        *sim.World
	config   Config
	ports    *Ports
	sessions int // how many there were, for their ids
}

// New makes a server. It answers on its [Ports] from now on.
func New(phone *state.State, c Config) *Server {
	c.Limits = c.Limits.WithDefaults()
	if c.PortWait <= 0 {
		c.PortWait = 30 * time.Second
	}
	s := &Server{phone: phone, w: phone.World(), config: c, ports: newPorts(phone)}
	s.ports.listen(wire.Port, "lockdownd", s.serve)
	phone.OnPower(s.power)
	return s
}

// Ports returns the ports of the phone, for the mux.
func (s *Server) Ports() *Ports { return s.ports }

// Phone returns the state that the server works on.
func (s *Server) Phone() *state.State { return s.phone }

// Serve speaks lockdown on a connection until either side hangs up. It is for tests
// that have no use for ports.
func (s *Server) Serve(conn net.Conn) { s.serve(conn, false) }

// power ends all connections of a phone that leaves the bus.
func (s *Server) power(p state.Power) {
	switch p {
	case state.Restart, state.Shutdown, state.Recovery:
		s.ports.shut()
	case state.Boot:
		s.ports.down = false
	}
}

// find returns a service that this phone has.
func (s *Server) find(name string) *service.Service {
	i := slices.IndexFunc(s.config.Services, func(v service.Service) bool { return v.Name == name && v.Offered(s.phone) })
	if i < 0 {
		return nil
	}
	return &s.config.Services[i]
}

func (s *Server) emit(kind string, fields ...sim.Field) {
	if s.w.Observed() {
		s.w.Emit(sim.Event{Who: s.phone.Name(), Layer: "state.lockdown", Kind: kind, Fields: fields})
	}
}
