package gadget

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func vendor(in bool, request uint8, length uint16) usb.Setup {
	s := usb.Setup{RequestType: usb.TypeVendor, Request: request, Length: length}
	if in {
		s.RequestType |= usb.DirIn
	}
	return s
}

// Requests that the kernel leaves to us reach the device, and its answers the
// host.
func TestRequests(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.dev.kept = []byte("kept by the device")
		for _, c := range []struct {
			name string
			r    report
			want []string
		}{
			{"an answer", report{setup: vendor(true, 2, 64)}, []string{`answer 0 "kept by the device"`}},
			{"as much as was asked for", report{setup: vendor(true, 2, 4)}, []string{`answer 0 "kept"`}},
			{"nothing asked for", report{setup: vendor(true, 2, 0)}, []string{`answer 0 ""`}},
			{"refused", report{setup: vendor(true, 3, 4)}, []string{"stall 0"}},
			{"no data", report{setup: vendor(false, 1, 0)}, []string{`answer 0 ""`}},
			{"no data, refused", report{setup: vendor(false, 3, 0)}, []string{"stall 0"}},
			{"data", report{setup: vendor(false, 1, 3), data: []byte("new")}, nil},
			{"less data than announced", report{setup: vendor(false, 1, 8), data: []byte("short")}, nil},
			{"data, refused too late", report{setup: vendor(false, 3, 3), data: []byte("bad")}, nil},
		} {
			c.r.kind = reportSetup
			s.tell(c.r)
			require.Equal(s, c.want, s.sys.e.took(), c.name)
		}
		require.Equal(s, "short", string(s.dev.kept))
	})
}

// FunctionFS counts interfaces and endpoints of its own.
func TestIndexIsTheDevices(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		for _, c := range []struct {
			to       uint8
			function int
			index    uint16
			want     uint16
		}{
			{usb.ToInterface, 0, 0, 0},
			{usb.ToInterface, 1, 0, 1},
			{usb.ToEndpoint, 0, 1, 0x81},
			{usb.ToEndpoint, 0, 2, 0x01},
			{usb.ToEndpoint, 1, 1, 0x84},
			{usb.ToEndpoint, 1, 2, 0x04},
			{usb.ToEndpoint, 1, 9, 9},
			{usb.ToDevice, 1, 0x1234, 0x1234},
			{3, 1, 0x1234, 0x1234},
		} {
			s.dev.late = nil
			s.tell(report{kind: reportSetup, function: c.function, setup: usb.Setup{RequestType: usb.TypeVendor | c.to, Request: 4, Index: c.index}})
			require.Len(s, s.dev.late, 1)
			require.Equal(s, c.want, s.dev.late[0].Setup.Index, "%+v", c)
			s.dev.late[0].Accept()
		}
	})
}

// A host asks one thing at a time: the next request takes the one before it back.
func TestRequestsWithdrawn(t *testing.T) {
	later := func(function int) report {
		return report{kind: reportSetup, function: function, setup: vendor(true, 4, 8)}
	}
	for name, tell := range map[string][]report{
		"withdrawn":                {{kind: reportWithdrawn, function: 1}},
		"another":                  {later(1)},
		"another to the other":     {later(0)},
		"unconfigured":             {disabled(0), disabled(1)},
		"reset":                    {state(stateDefault)},
		"the host has gone":        {state(stateNotAttached)},
		"another setting selected": {enabled(1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, Options{}, func(s *stage) {
				s.configured()
				s.tell(later(1))
				require.Len(s, s.dev.late, 1)
				require.True(s, s.dev.late[0].Pending())
				s.tell(tell...)
				require.False(s, s.dev.late[0].Pending())
				s.sys.e.took()
				s.dev.late[0].Reply([]byte("late"))
				require.Empty(s, s.sys.e.took())
			})
		})
	}
}

// A request to one interface and a selection on another may come in either order:
// both are done.
func TestRequestWhileSelecting(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(report{kind: reportSetup, function: 0, setup: vendor(true, 4, 8)})
		require.Len(s, s.dev.late, 1)
		at := s.w.Now()
		s.tell(enabled(1, 1))
		require.Equal(s, uint8(1), s.dev.g.Alternate(1))
		require.Less(s, s.w.Now()-at, requestTimeout)
		require.False(s, s.dev.late[0].Pending())
		require.Len(s, s.dev.late, 2, "the device has it again")
		s.dev.late[1].Reply([]byte("well"))
		require.Equal(s, []string{`answer 0 "well"`}, s.sys.e.took())
	})
}

// An answer may take its time.
func TestAnswersLater(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(report{kind: reportSetup, function: 1, setup: vendor(true, 4, 8)})
		s.w.Sleep(time.Hour)
		require.Empty(s, s.sys.e.took())
		s.dev.late[0].Reply([]byte("well"))
		require.Equal(s, []string{`answer 1 "well"`}, s.sys.e.took())
	})
}

// A request may come before the device is configured, and be the first sign of a
// host.
func TestRequestBeforeConfiguration(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.tell(report{kind: reportSetup, setup: vendor(false, 1, 0)})
		require.Equal(s, usb.StateAddress, s.dev.g.State())
		require.Equal(s, []string{`answer 0 ""`}, s.sys.e.took())
	})
}
