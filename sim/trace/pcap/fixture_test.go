package pcap_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/trace/pcap"
	"github.com/plugfest/plugfest/sim/usb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var marker = script.Hex("ff550200ee10")

// connection is a role switch and the first bytes of a link, on two buses.
func connection(sink func(*sim.Event)) {
	phone := script.New("headunit", "phone", sink)
	phone.Wait(100 * time.Millisecond)
	phone.Dev = 5
	phone.Plug("attach")
	phone.Enumerate(script.PhoneDevice, script.PhoneConfig, "Apple Inc.", "iPhone", "0000")
	phone.Control("c053000000000400", usb.OK, script.Hex("01000000"))
	interrupt := phone.Submit(0x83, usb.TypeInterrupt, "", 64, nil)
	phone.Control("4051000000000000", usb.OK, nil)
	interrupt.Complete(usb.Shutdown, 0, nil)
	phone.Plug("detach")
	phone.Wait(200 * time.Millisecond)

	unit := phone.Swap()
	unit.Plug("attach")
	unit.Enumerate(script.AccessoryDevice, script.AccessoryConfig, "Plugfest", "head unit", "0001", "MFI", "iAP Interface", script.CarLifeProtocol)
	pending := unit.Submit(0x81, usb.TypeBulk, "", 16384, nil)
	unit.Out(0x01, marker)
	pending.Complete(usb.OK, len(marker), marker)
	unit.Out(0x01, nil)
	unit.Control("010b010001000000", usb.OK, nil)
	unit.Control("0201000081000000", usb.Stall, nil)
	unit.Submit(0x81, usb.TypeBulk, "", 16384, nil).Complete(usb.Canceled, 0, nil)
}

func record(run func(func(*sim.Event))) (events []sim.Event) {
	run(func(e *sim.Event) { events = append(events, e.Clone()) })
	return events
}

func write(t testing.TB, events []sim.Event, opts ...pcap.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcap.NewWriter(&b, sim.Epoch, opts...)
	for i := range events {
		w.Observe(&events[i])
	}
	require.NoError(t, w.Flush())
	return b.Bytes()
}

// transfers leaves only what a capture holds, numbered anew.
func transfers(events []sim.Event) (out []sim.Event) {
	for _, e := range events {
		if e.Layer == "usb" && (e.Kind == "submit" || e.Kind == "complete") {
			e.Seq = uint64(len(out) + 1)
			if len(e.Data) == 0 {
				e.Data = nil
			}
			out = append(out, e)
		}
	}
	return out
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run go test -update")
	require.True(t, bytes.Equal(want, got), "%s differs: look at it with tshark, then run go test -update", file)
}
