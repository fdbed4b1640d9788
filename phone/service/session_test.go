package service_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func session(t testing.TB) (*sim.World, *service.Session, net.Conn) {
	t.Helper()
	w := sim.New()
	phone, err := state.New(w, "phone", state.Options{})
	require.NoError(t, err)
	near, far := w.Pipe("service")
	return w, service.NewSession(phone, nil, "com.example", far, service.Limits{}), near
}

// A watch ends with the host, whatever the host said before; and only once.
func TestWatch(t *testing.T) {
	w, s, near := session(t)
	ends := 0
	run(t, w, func() {
		watch := service.NewWatch(s, func() { ends++ })
		_, _ = io.WriteString(near, "chatter that does not matter")
		w.Sleep(second)
		require.False(t, watch.Over())
		require.NoError(t, near.Close())
		w.Sleep(second)
		require.True(t, watch.Over())
		watch.End()
		require.Equal(t, 1, ends)
	})
}

func TestSessionEvents(t *testing.T) {
	w, s, _ := session(t)
	s.Emit("nobody listens")
	var got []string
	w.Observe(func(e *sim.Event) {
		got = append(got, fmt.Sprint(e.Who, e.Layer, e.Kind, e.Get("service"), e.Get("n")))
	})
	s.Emit("count", sim.Int("n", 3))
	require.Equal(t, []string{"phonestate.servicecountcom.example3"}, got)
}

func TestUntil(t *testing.T) {
	w, s, _ := session(t)
	run(t, w, func() {
		w.Sleep(3 * second)
		require.Equal(t, sim.Epoch.Add(10*second), s.Until(10*second))
		require.Equal(t, sim.Epoch.Add(second), s.Until(second))
	})
}

func TestHungUp(t *testing.T) {
	for _, err := range []error{io.EOF, net.ErrClosed, io.ErrClosedPipe, sim.ErrUnplugged, fmt.Errorf("read: %w", io.EOF)} {
		require.True(t, service.HungUp(err), err)
	}
	for _, err := range []error{nil, io.ErrUnexpectedEOF, errors.New("x")} {
		require.False(t, service.HungUp(err))
		require.False(t, service.TimedOut(err))
	}
}

func TestOffered(t *testing.T) {
	phone := func(model, ios string) *state.State {
		p, err := state.New(sim.New(), "phone", state.Options{ProductType: model, ProductVersion: ios})
		require.NoError(t, err)
		return p
	}
	s := service.Service{Classes: []string{"iPad", "iPod"}, IOS: state.Range{Since: state.MustVersion("12.0"), Until: state.MustVersion("17.0")}}
	require.True(t, s.Offered(phone("iPad13,1", "16.0")))
	require.False(t, s.Offered(phone("iPad13,1", "17.0")))
	require.False(t, s.Offered(phone("iPad13,1", "11.4")))
	require.False(t, s.Offered(phone("iPhone14,7", "16.0")))
	require.True(t, (&service.Service{}).Offered(phone("iPhone14,7", "16.0")))
}

func TestClearFor(t *testing.T) {
	s := service.Service{Clear: true, ClearUntil: state.MustVersion("14.0")}
	require.True(t, s.ClearFor(state.MustVersion("13.7")))
	require.False(t, s.ClearFor(state.MustVersion("14.0")))
	s.ClearUntil = state.Version{}
	require.True(t, s.ClearFor(state.MustVersion("26.0")))
	require.False(t, (&service.Service{}).ClearFor(state.MustVersion("13.0")))
}

// A service of one's own: it sends back what it gets.
func Example() {
	echo := service.Service{
		Name: "com.example.echo",
		Serve: func(s *service.Session) error {
			for {
				m, err := s.ReceiveDict()
				if err != nil {
					return err
				}
				if err := s.Send(m); err != nil {
					return err
				}
			}
		},
	}
	w := sim.New()
	phone, _ := state.New(w, "phone", state.Options{})
	near, far := w.Pipe("usbmux")
	w.Go("echo", func() { _ = echo.Serve(service.NewSession(phone, nil, echo.Name, far, service.Limits{})) })
	_ = w.Run(func() {
		host := service.NewFrames(w, near, service.Limits{})
		_ = host.Send(map[string]any{"hello": "phone"})
		fmt.Println(host.ReceiveDict())
	})
	// Output: map[hello:phone] <nil>
}
