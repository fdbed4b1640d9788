package gadget

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// Setups of the requests that are made up.
const (
	setConfig1 = "0009010000000000"
	setConfig0 = "0009000000000000"
)

func setInterface1(setting string) string { return "010b" + setting + "0001000000" }

// What the kernel tells becomes the requests that the host has made.
func TestWhatTheHostDid(t *testing.T) {
	again := []report{enabled(0, 0), enabled(1, 0)}
	for name, c := range map[string]struct {
		tell []report
		want []string
	}{
		"setting 1":                       {[]report{enabled(1, 1)}, []string{setInterface1("01")}},
		"setting 0":                       {[]report{enabled(1, 0)}, []string{setInterface1("00")}},
		"the same setting":                {[]report{enabled(1, 1), enabled(1, 1)}, []string{setInterface1("01"), setInterface1("01")}},
		"configured again":                {again, []string{setConfig1}},
		"in the other order":              {[]report{enabled(1, 0), enabled(0, 0)}, []string{setConfig1}},
		"again, and setting 1":            {[]report{enabled(0, 0), enabled(1, 1)}, []string{"010b000000000000", setInterface1("01")}},
		"again, not told which":           {[]report{enabled(0, 0), enabled(1, unknownSetting)}, []string{setConfig1}},
		"not told which":                  {[]report{enabled(1, unknownSetting)}, []string{setInterface1("01")}},
		"not told which, twice":           {[]report{enabled(1, -1), enabled(1, -1)}, []string{setInterface1("01"), setInterface1("01")}},
		"interface 0":                     {[]report{enabled(0, unknownSetting)}, []string{"010b000000000000"}},
		"unconfigured":                    {[]report{disabled(0), disabled(1), state(stateAddressed)}, []string{setConfig0}},
		"unconfigured, or gone":           {[]report{disabled(0), disabled(1), state(stateConfigured)}, nil},
		"unconfigured and configured":     {[]report{disabled(0), disabled(1), enabled(0, 0), enabled(1, 0)}, []string{setConfig1}},
		"again, each in its turn":         {[]report{enabled(0, 0), disabled(1), enabled(1, 0)}, []string{setConfig1}},
		"one after the other":             {[]report{disabled(0), enabled(0, 0), disabled(1), enabled(1, 0)}, []string{setConfig1}},
		"configured at once, setting 1":   {[]report{disabled(0), disabled(1), enabled(0, 0), enabled(1, 1)}, []string{setConfig1, setInterface1("01")}},
		"reset":                           {[]report{disabled(0), disabled(1), state(stateDefault)}, []string{"0005020000000000"}},
		"reset, told of first":            {[]report{state(stateDefault), disabled(0), disabled(1)}, []string{"0005020000000000"}},
		"reset and configured":            {[]report{state(stateDefault), disabled(0), disabled(1), state(stateConfigured), enabled(0, 0), enabled(1, 0)}, []string{"0005020000000000", setConfig1}},
		"state without consequence":       {[]report{state(stateConfigured), state(stateSuspended), state("?")}, nil},
		"suspended and resumed":           {[]report{{kind: reportSuspended}, {kind: reportResumed}}, nil},
		"setting that a device has not":   {[]report{enabled(1, 7)}, []string{setInterface1("07")}},
		"setting of interface 0 it lacks": {[]report{enabled(0, 3)}, []string{"010b030000000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, Options{Gone: time.Hour}, func(s *stage) {
				s.configured()
				s.requests()
				s.tell(c.tell...)
				require.Equal(s, c.want, s.requests())
				require.Zero(s, s.dev.unplugs)
			})
		})
	}
}

// A host that has gone is told of, however the controller tells it.
func TestHostGone(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		tell []report
		wait time.Duration // until it counts as gone
	}{
		"not attached":              {Options{}, []report{disabled(0), disabled(1), state(stateNotAttached)}, 0},
		"powered":                   {Options{}, []report{state(statePowered)}, 0},
		"no controller":             {Options{}, []report{state(stateGone)}, 0},
		"unbound":                   {Options{}, []report{disabled(0), {kind: reportUnbound}}, 0},
		"failed":                    {Options{}, []report{{kind: reportFailed, err: errTest}}, 0},
		"unconfigured for a second": {Options{}, []report{disabled(0), disabled(1), state(stateConfigured)}, time.Second},
		"for as long as it says":    {Options{Gone: time.Minute}, []report{disabled(0), disabled(1)}, time.Minute},
		"suspended":                 {Options{Suspended: 2 * time.Second}, []report{{kind: reportSuspended}, {kind: reportSuspended, function: 1}}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, c.o, func(s *stage) {
				s.configured()
				at := s.w.Now()
				var failed error
				s.w.Go("device", func() { _, failed = s.dev.g.Endpoint(0x01).Read(make([]byte, 1)) })
				s.tell(c.tell...)
				if c.wait > 0 {
					require.Zero(s, s.dev.unplugs)
					require.True(s, s.dev.g.WaitUnplugged(at+2*c.wait))
					require.Equal(s, c.wait, s.w.Now()-at)
				}
				s.w.Yield()
				require.Equal(s, 1, s.dev.unplugs)
				require.Equal(s, usb.Disconnected, failed, "what waits ends for the right reason")
				s.tell(state(stateNotAttached))
				require.Equal(s, 1, s.dev.unplugs, "once")
				s.configured()
				require.Equal(s, usb.StateConfigured, s.dev.g.State(), "and it may come back")
			})
		})
	}
}

// A host that has unconfigured the device and stays is not gone.
func TestHostStays(t *testing.T) {
	for name, tell := range map[string][]report{
		"configured again": {enabled(0, 0), enabled(1, 0)},
		"addressed":        {state(stateAddressed)},
		"reset":            {state(stateDefault)},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, Options{}, func(s *stage) {
				s.configured()
				s.tell(disabled(0), disabled(1))
				s.tell(tell...)
				s.w.Sleep(time.Minute)
				require.Zero(s, s.dev.unplugs)
			})
		})
	}
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(report{kind: reportSuspended})
		s.w.Sleep(time.Hour)
		require.Zero(s, s.dev.unplugs, "a suspended bus counts only where one says so")
	})
	onStage(t, Options{Suspended: time.Second}, func(s *stage) {
		s.configured()
		s.tell(report{kind: reportSuspended})
		s.tell(report{kind: reportResumed})
		s.w.Sleep(time.Hour)
		require.Zero(s, s.dev.unplugs)
		s.tell(report{kind: reportSuspended})
		s.w.Sleep(time.Hour)
		require.Equal(s, 1, s.dev.unplugs)
		s.tell(report{kind: reportResumed})
		require.Equal(s, uint8(1), s.dev.g.Configuration(), "the host has never noticed")
	})
}

// Events tell where a selection is guessed.
func TestGuessIsTold(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(enabled(1, unknownSetting))
		require.Contains(s, strings.Join(s.events, "\n"), "device > state.gadget alternate guessed interface=1 alternate=1")
	})
}

// A device with one interface: what is enabled again is configured again, unless
// it has settings to select from.
func TestOneInterface(t *testing.T) {
	for name, c := range map[string]struct {
		keep int // interface
		want string
	}{
		"one setting": {0, setConfig1},
		"settings":    {1, "010b010000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, Options{}, func(s *stage) {
				s.port.Detach()
				d := testDescriptors()
				f := d.Configs[0].Interfaces[c.keep]
				f.Number = 0
				d.Configs[0].Interfaces = []usb.Interface{f}
				g := usb.NewGadget(s.w, "device", d, nil)
				require.NoError(s, s.port.Attach(g))
				s.tell(state(stateDefault), enabled(0, unknownSetting))
				s.requests()
				s.tell(enabled(0, unknownSetting))
				require.Equal(s, []string{c.want}, s.requests())
				s.port.Detach()
				require.NoError(s, s.port.Attach(s.dev.g))
			})
		})
	}
}

// A device that refuses what the host was granted is left as it is.
func TestRefusals(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(enabled(1, 7))
		require.Equal(s, uint8(0), s.dev.g.Alternate(1))
		s.tell(enabled(1, 1))
		require.Equal(s, uint8(1), s.dev.g.Alternate(1))
	})
}

// mute never answers a request.
type mute struct{ *usb.Gadget }

func (m mute) Submit(t *usb.Transfer) {
	if !t.Control() {
		m.Gadget.Submit(t)
	}
}
func (m mute) Cancel(*usb.Transfer) {}

// A device that does not answer does not hold the port up for ever.
func TestMuteDevice(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.port.Detach()
		require.NoError(s, s.port.Attach(mute{s.dev.g}))
		at := s.w.Now()
		s.tell(state(stateDefault))
		s.w.Sleep(time.Minute)
		require.Contains(s, strings.Join(s.events, "\n"), "host > usb enumeration failed bus=1 dev=0 reason=SET_ADDRESS: timed out")
		s.tell(state(stateNotAttached))
		require.Equal(s, 1, s.dev.unplugs-0)
		require.Less(s, s.w.Now()-at, 2*time.Minute)
		s.port.Detach()
		require.NoError(s, s.port.Attach(s.dev.g))
	})
}
