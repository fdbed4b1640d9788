package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/plugfest/plugfest/sim"
)

// interrupted is what the user or the system ends a command by.
func interrupted() (stop chan os.Signal, done func()) {
	stop = make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	return stop, func() { signal.Stop(stop) }
}

// failure is why a command cannot go on: the first reason counts.
type failure chan error

func newFailure() failure { return make(failure, 1) }

func (f failure) set(err error) {
	select {
	case f <- err:
	default:
	}
}

// live lets a station's device live until the command is interrupted, or a carrier
// has broken. begin plugs it in, end takes it away; both are called inside the
// world.
func (s *station) live(x *watch, begin func() error, end func()) error {
	stop, done := interrupted()
	defer done()
	broken := newFailure()
	s.broken = broken.set
	var err error
	ended := s.w.Run(func() {
		if err = begin(); err == nil {
			s.w.Outside("an interrupt", func() {
				select {
				case <-stop:
				case err = <-broken:
				}
			})
			end()
		}
		s.close()
	})
	return errors.Join(err, ended, x.close())
}

// newStation makes a station in a world of its own.
func (a *app) newStation(me, peer string, seed whole) *station {
	return &station{app: a, w: sim.New(sim.RealTime(), sim.Seed(uint64(seed))), me: me, peer: peer, seed: seed}
}
