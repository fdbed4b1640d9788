package lockdowntest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// Bench is a phone with lockdownd, and a computer, in a world of their own.
type Bench struct {
	T      testing.TB
	World  *sim.World
	Phone  *state.State
	Server *lockdown.Server
	Host   *Host
	Events []sim.Event // all that happened
}

// NewBench makes a bench. What fails, fails the test.
func NewBench(t testing.TB, o state.Options, services ...service.Service) *Bench {
	t.Helper()
	l, err := state.Load()
	require.NoError(t, err)
	return NewBenchFrom(t, l, o, services...)
}

// NewBenchFrom is NewBench for tests that make many, which load the data once.
func NewBenchFrom(t testing.TB, l *state.Library, o state.Options, services ...service.Service) *Bench {
	t.Helper()
	b := &Bench{T: t, World: sim.New(), Host: NewHost("desk")}
	b.World.Observe(func(e *sim.Event) { b.Events = append(b.Events, e.Clone()) })
	var err error
	b.Phone, err = l.New(b.World, "phone", o)
	require.NoError(t, err)
	b.Server = lockdown.New(b.Phone, lockdown.Config{Services: services})
	return b
}

// Run runs main in the bench's world.
func (b *Bench) Run(main func()) {
	b.T.Helper()
	require.NoError(b.T, b.World.Run(main))
}

// Connect connects to lockdownd.
func (b *Bench) Connect() *Client {
	b.T.Helper()
	c, err := Connect(b.Server)
	require.NoError(b.T, err)
	return c
}

// Session connects, pairs if the phone does not know the host, and starts a session.
func (b *Bench) Session() *Client {
	b.T.Helper()
	c := b.Connect()
	if b.Phone.Host(b.Host.HostID) == nil {
		require.NoError(b.T, c.Pair(b.Host))
	}
	require.NoError(b.T, c.StartSession(b.Host))
	return c
}

// Service starts a service in a new session, which ends at once, as with most host
// tools.
func (b *Bench) Service(name string) *Service {
	b.T.Helper()
	c := b.Session()
	s, err := c.StartService(name)
	require.NoError(b.T, err)
	require.NoError(b.T, c.StopSession())
	require.NoError(b.T, c.Close())
	return s
}

// Serve runs fn in the bench's world, with a connection to the service, and lets the
// phone notice its end.
func (b *Bench) Serve(name string, fn func(*Service)) {
	b.T.Helper()
	b.Run(func() {
		s := b.Service(name)
		fn(s)
		_ = s.Close()
		b.World.Sleep(time.Second)
	})
}

// Has reports whether something of that layer and kind happened.
func (b *Bench) Has(layer, kind string) bool { return b.Find(layer, kind) != nil }

// Find returns the last event of that layer and kind, nil if there is none.
func (b *Bench) Find(layer, kind string) *sim.Event {
	for i := len(b.Events) - 1; i >= 0; i-- {
		if e := &b.Events[i]; e.Layer == layer && e.Kind == kind {
			return e
		}
	}
	return nil
}
