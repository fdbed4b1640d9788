package dissect_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

func TestConnectionGolden(t *testing.T) {
	var b strings.Builder
	for _, e := range derive(connection) {
		b.WriteString(trace.Describe(&e) + "\n")
	}
	golden(t, "connection.lines", b.String())
}

func TestConnectionLadderGolden(t *testing.T) {
	rec := trace.NewRecorder()
	connection(dissect.New(rec.Observe).Observe)
	var b bytes.Buffer
	require.NoError(t, trace.WriteLadder(&b, rec.Events()))
	golden(t, "connection.ladder", b.String())
}

// Raw events pass unchanged, and what was derived from one comes right after it.
func TestRawEventsPass(t *testing.T) {
	var raw []sim.Event
	connection(func(e *sim.Event) { raw = append(raw, e.Clone()) })
	var last sim.Event
	i := 0
	connection(dissect.New(func(e *sim.Event) {
		if e.Layer == "usb" || e.Layer == "i2c" {
			require.Equal(t, raw[i], e.Clone())
			last = e.Clone()
			i++
			return
		}
		require.Equal(t, last.Seq, e.Seq)
		require.Equal(t, last.At, e.At)
		require.Equal(t, "peer", e.Fields[len(e.Fields)-1].Key)
	}).Observe)
	require.Len(t, raw, i)
}

// A capture of the bus tells the same as the world did.
func TestACaptureTellsTheSame(t *testing.T) {
	var file bytes.Buffer
	w := pcap.NewWriter(&file, sim.Epoch)
	connection(w.Observe)
	require.NoError(t, w.Flush())
	captured, err := pcap.ReadAll(&file)
	require.NoError(t, err)

	want := derive(connection)
	for i := range want {
		want[i].Seq = 0
	}
	got := derive(func(sink func(*sim.Event)) {
		for i := range captured {
			sink(&captured[i])
		}
	})
	for i := range got {
		got[i].Seq = 0
	}
	usbLayers := []string{"usb.request", "iap2.link", "iap2.control", "ea.native", "carlife"}
	require.Equal(t, layers(want, usbLayers...), got)
}

// Twice the same events, twice the same derived ones.
func TestDissectorIsDeterministic(t *testing.T) {
	hash := func() string {
		h := trace.NewHash()
		connection(dissect.New(h.Observe).Observe)
		return h.String()
	}
	require.Equal(t, hash(), hash())
}
