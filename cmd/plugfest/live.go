package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/plugfest/plugfest/sim"
)

// interrupted is what the user or the system ends a command by: stop is closed then.
// Whoever asks a second time has the program ended at once, in the middle of its own
// end.
func interrupted() (stop <-chan struct{}, done func()) {
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	context.AfterFunc(ctx, func() {
		restore() // from here on signals do what they always do
		close(over)
	})
	return over, restore
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
