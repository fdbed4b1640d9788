package heartbeat

import (
	"errors"
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceHeartbeat

// Interval is the time between two beats.
const Interval = 10 * time.Second

// ErrNoPolo says that the host let an interval pass without an answer.
var ErrNoPolo = errors.New("heartbeat: no Polo within the interval")

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("5.0")}, Open: true, Serve: Serve}
}

// Serve beats until the host hangs up, is silent for an interval, or the phone
// sleeps.
func Serve(s *service.Session) error {
	sleeping := false
	stop := s.Phone.OnPower(func(p state.Power) {
		if p == state.Sleep {
			sleeping = true
			_ = s.Conn.SetReadDeadline(s.World.Time()) // wakes the reader
		}
	})
	defer stop()
	for next := s.World.Now() + Interval; ; next += Interval {
		if err := s.Send(map[string]any{"Command": "Marco", "Interval": uint64(Interval / time.Second)}); err != nil {
			return err
		}
		alive, err := listen(s, next, &sleeping)
		switch {
		case err != nil:
			return err
		case sleeping:
			return s.Send(map[string]any{"Command": "SleepyTime"})
		case !alive:
			return ErrNoPolo
		}
	}
}

// listen takes what comes in until the next beat, and reports whether there was a
// Polo among it.
func listen(s *service.Session, next time.Duration, sleeping *bool) (alive bool, err error) {
	for !*sleeping {
		_ = s.Conn.SetReadDeadline(s.Until(next))
		m, err := s.ReceiveDict()
		switch {
		case service.TimedOut(err):
			return alive, nil
		case err != nil:
			return alive, err
		}
		alive = alive || m["Command"] == "Polo"
	}
	return alive, nil
}
