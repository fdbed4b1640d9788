package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestDescriptorsAreWellFormed(t *testing.T) {
	for _, b := range [][]byte{script.PhoneDevice, script.AccessoryDevice} {
		_, err := usb.ParseDevice(b)
		require.NoError(t, err)
	}
	for _, b := range [][]byte{script.PhoneConfig, script.AccessoryConfig} {
		_, err := usb.ParseConfig(b)
		require.NoError(t, err)
	}
	s, err := usb.ParseString(script.String("iAP Interface"))
	require.NoError(t, err)
	require.Equal(t, "iAP Interface", s)
}

// The events have the fields that the event stream promises, in their order.
func TestEventsAreAsTheCableWouldEmitThem(t *testing.T) {
	var got []sim.Event
	b := script.New("headunit", "phone", func(e *sim.Event) { got = append(got, e.Clone()) })
	b.Control("4051000000000000", usb.OK, nil)
	keys := func(e sim.Event) (out []string) {
		for _, f := range e.Fields {
			out = append(out, f.Key)
		}
		return out
	}
	require.Len(t, got, 2)
	require.Equal(t, []string{"urb", "bus", "dev", "ep", "type", "len", "peer", "setup"}, keys(got[0]))
	require.Equal(t, []string{"urb", "bus", "dev", "ep", "type", "len", "peer", "setup", "errno", "result"}, keys(got[1]))
	require.Equal(t, "headunit", got[0].Who)
	require.Equal(t, "phone", got[1].Who)
	require.Equal(t, b.Step, got[1].At)
}
