//go:build linux

package i2c_test

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usbip"
)

// station exports simulated adapters with simulated chips over USB/IP, in a world of its own.
type station struct {
	t      *testing.T
	w      *sim.World
	server *usbip.Server
	listen net.Listener
}

func newStation(t *testing.T) *station {
	w := sim.New(sim.RealTime())
	s := &station{t: t, w: w, server: usbip.NewServer(w, usbip.Options{})}
	var err error
	s.listen, err = usbip.Open("tcp:127.0.0.1:0")
	require.NoError(t, err)
	s.server.Serve(s.listen)
	stop, ended := make(chan struct{}), make(chan error)
	go func() { ended <- w.Run(func() { w.Outside("the end of the test", func() { <-stop }) }) }()
	t.Cleanup(func() {
		close(stop)
		assert.NoError(t, <-ended)
	})
	return s
}

// tcpPort is where clients reach the station.
func (s *station) tcpPort() string {
	_, port, _ := net.SplitHostPort(s.listen.Addr().String())
	return port
}

// do does something inside of the world.
func (s *station) do(fn func()) {
	s.t.Helper()
	require.NoError(s.t, s.w.Call("test", fn))
}

// exported is one adapter of the station.
type exported struct {
	s       *station
	bus     *chip.Bus
	port    *usbip.Port
	adapter *tinyusb.Adapter
	wire    []chip.Transaction // inside of the world
}

// export attaches an adapter with chips to a port of its own.
func (s *station) export(busid string, chips ...*chip.Chip) *exported {
	s.t.Helper()
	e := &exported{s: s}
	s.do(func() {
		e.bus = chip.NewBus(s.w, chips...)
		e.bus.Trace = func(t chip.Transaction) { e.wire = append(e.wire, t) }
		e.adapter = tinyusb.New(s.w, e.bus, tinyusb.Config{Name: "adapter " + busid, Serial: busid})
		var err error
		e.port, err = s.server.Port(busid, usbip.PortOptions{Device: e.adapter.Name()})
		require.NoError(s.t, err)
		require.NoError(s.t, e.port.Attach(e.adapter))
	})
	return e
}

// transactions takes what passed on the I2C bus since the last call.
func (e *exported) transactions() (list []chip.Transaction) {
	e.s.t.Helper()
	e.s.do(func() { list, e.wire = e.wire, nil })
	return list
}

// text is the lines of transactions without their times.
func text(list []chip.Transaction) string {
	var b strings.Builder
	for _, t := range list {
		t.Start = 0
		b.WriteString(strings.TrimPrefix(t.String(), "0s ") + "\n")
	}
	return b.String()
}

func newChip(t *testing.T, g mfi.Generation, rstHigh bool) *chip.Chip {
	c, err := chip.New(chip.Config{Model: chip.ForGeneration(g), Identity: testca.Test().MustIssue(g, 1), RSTHigh: rstHigh})
	require.NoError(t, err)
	return c
}
