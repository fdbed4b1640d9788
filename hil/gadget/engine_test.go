package gadget

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// fakeEngine is a controller that does what a test says, and notes what is asked
// of it.
type fakeEngine struct {
	p      *plan
	sink   func([]report)
	memory map[[2]int][]byte
	calls  []string
	data   map[int][]byte // what was written to each endpoint
	hold   bool           // the host does not read: reportWritten is up to the test
	closed int
	err    error // of close
}

func (e *fakeEngine) note(f string, a ...any) { e.calls = append(e.calls, fmt.Sprintf(f, a...)) }

func (e *fakeEngine) free(ep, n int) { e.note("free %d %d", ep, n) }

func (e *fakeEngine) write(ep, slot, n int, zero bool) {
	e.note("write %d %d %v", ep, n, zero)
	e.data[ep] = append(e.data[ep], e.buffer(ep, slot)[:n]...)
	if !e.hold {
		e.tell(report{kind: reportWritten, ep: ep, slot: slot, ok: true})
	}
}

func (e *fakeEngine) halt(ep int) { e.note("halt %d", ep) }

func (e *fakeEngine) answer(function int, data []byte, stall bool) {
	if stall {
		e.note("stall %d", function)
		return
	}
	e.note("answer %d %q", function, data)
}

func (e *fakeEngine) buffer(ep, slot int) []byte {
	k := [2]int{ep, slot}
	if e.memory[k] == nil {
		e.memory[k] = make([]byte, slotSize)
	}
	return e.memory[k]
}

func (e *fakeEngine) close() error { e.closed++; return e.err }

func (e *fakeEngine) tell(list ...report) { e.sink(list) }

// took returns the calls since the last time.
func (e *fakeEngine) took() []string {
	c := e.calls
	e.calls = nil
	return c
}

// fakeSystem makes them.
type fakeSystem struct {
	e       *fakeEngine
	openErr error
	stuck   bool // until nobody wants it any more
}

func (s *fakeSystem) open(ctx context.Context, p *plan, _ *Options, sink func([]report)) (engine, error) {
	if s.stuck {
		<-ctx.Done()
	}
	if s.openErr != nil {
		return nil, s.openErr
	}
	s.e = &fakeEngine{p: p.on("udc"), sink: sink, memory: map[[2]int][]byte{}, data: map[int][]byte{}}
	return s.e, nil
}

// stage is a port on a fake controller, with the test device attached.
type stage struct {
	*testing.T
	w      *sim.World
	sys    *fakeSystem
	port   *Port
	dev    *testDevice
	events []string
}

// Endpoints of the test device in its plan.
const (
	epIn0 = iota
	epOut0
	epIn1
	epOut1
)

// onStage runs a test in a world of virtual time.
func onStage(t *testing.T, o Options, test func(s *stage)) {
	t.Helper()
	s := &stage{T: t, w: sim.New(), sys: &fakeSystem{}}
	s.w.Observe(func(e *sim.Event) { s.events = append(s.events, eventLine(e)) })
	s.run(o, test)
}

func (s *stage) run(o Options, test func(s *stage)) {
	s.Helper()
	t := s.T
	s.port = newPort(s.w, o, s.sys)
	s.dev = newTestDevice(s.w)
	for _, address := range []uint8{0x81, 0x01, 0x84, 0x04} { // a port holds its world open: nothing else ends a wait for nothing
		s.dev.g.Endpoint(address).SetReadDeadline(24 * time.Hour)
		s.dev.g.Endpoint(address).SetWriteDeadline(24 * time.Hour)
	}
	require.NoError(t, s.w.Run(func() {
		require.NoError(t, s.port.Attach(s.dev.g))
		test(s)
		s.port.Detach()
	}))
	require.Equal(t, 1, s.sys.e.closed)
	require.Equal(t, usb.StateDetached, s.dev.g.State())
}

func eventLine(e *sim.Event) string {
	s := fmt.Sprintf("%v %s > %s %s", e.At, e.Who, e.Layer, e.Kind)
	for _, f := range e.Fields {
		s += " " + f.Key + "=" + f.Value()
	}
	if len(e.Data) > 0 {
		s += fmt.Sprintf(" data=%x", e.Data[:min(len(e.Data), 32)])
	}
	return s
}

// tell has the controller tell, and lets the world settle.
func (s *stage) tell(list ...report) {
	s.sys.e.tell(list...)
	s.w.Sleep(20 * time.Millisecond)
}

func state(name string) report {
	return report{kind: reportState, state: name, speed: usb.High}
}

func enabled(function, setting int) report {
	return report{kind: reportEnabled, function: function, setting: setting, addresses: []uint8{0x8A, 0x0B}}
}

func disabled(function int) report { return report{kind: reportDisabled, function: function} }

// configured has the host configure the device.
func (s *stage) configured() {
	s.Helper()
	s.tell(state(stateDefault), state(stateConfigured), enabled(0, 0), enabled(1, 0))
	require.Equal(s, uint8(1), s.dev.g.Configuration())
	s.sys.e.took()
}

// requests are the setups of the control transfers that were made up, without
// those that read descriptors.
func (s *stage) requests() []string {
	var list []string
	for _, e := range s.events {
		var at, setup string
		if _, err := fmt.Sscanf(e, "%s host > usb submit urb", &at); err != nil {
			continue
		}
		for _, f := range splitFields(e) {
			if f[0] == "setup" {
				setup = f[1]
			}
		}
		if setup != "" && setup[:4] != "8006" {
			list = append(list, setup)
		}
	}
	s.events = nil
	return list
}

func splitFields(line string) [][2]string {
	var list [][2]string
	key, from := "", 0
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || line[i] == ' ':
			if key != "" {
				list = append(list, [2]string{key, line[from:i]})
			}
			key, from = "", i+1
		case line[i] == '=' && key == "":
			key, from = line[from:i], i+1
		}
	}
	return list
}

var errTest = errors.New("test")
