package pcap_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

// chip is a coprocessor that is asked for its certificate's length while it
// sleeps, and again.
func chip(sink func(*sim.Event)) {
	at := time.Duration(0)
	message := func(kind string, ack int, data string) {
		at += 500 * time.Microsecond
		sink(&sim.Event{Seq: uint64(at / (500 * time.Microsecond)), At: at, Who: "headunit", Layer: "i2c", Kind: kind, Data: script.Hex(data),
			Fields: []sim.Field{sim.Int("addr", 0x10), sim.Int("ack", ack), sim.Text("peer", "chip")}})
	}
	message("write", 0, "")
	message("write", 1, "30")
	message("read", 1, "025f")
}

func writeI2C(t testing.TB, events []sim.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcap.NewI2CWriter(&b, sim.Epoch)
	for i := range events {
		w.Observe(&events[i])
	}
	require.NoError(t, w.Flush())
	return b.Bytes()
}

func TestI2CGolden(t *testing.T) {
	b := writeI2C(t, record(chip))
	golden(t, "chip.pcapng", b)
	require.Equal(t, [][]byte{
		script.Hex("00 00000000 20"),
		script.Hex("00 00000000 20 30"),
		script.Hex("00 00000001 21 025f"),
	}, packets(t, b))
}

func TestI2CRoundTrip(t *testing.T) {
	want := record(chip)
	got, err := pcap.ReadAll(bytes.NewReader(writeI2C(t, want)))
	require.NoError(t, err)
	for i := range want {
		if len(want[i].Data) == 0 {
			want[i].Data = nil
		}
	}
	require.Equal(t, want, got)
}

func TestI2CPacketTooShort(t *testing.T) {
	b := classic(t, pcap.LinkI2CLinux, []byte{0, 0, 0, 0, 0})
	_, err := pcap.ReadAll(bytes.NewReader(b))
	require.EqualError(t, err, "pcap: packet 1, before offset 45: I2C packet is 5; want a bus, flags and an address, 6 bytes")
}
