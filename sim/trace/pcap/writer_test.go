package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/trace/pcap"
	"github.com/plugfest/plugfest/sim/usb"
)

func TestWriterGolden(t *testing.T) {
	golden(t, "connection.pcapng", write(t, record(connection)))
}

func TestEqualEventsMakeEqualBytes(t *testing.T) {
	first := write(t, record(connection))
	require.Equal(t, first, write(t, record(connection)))
	for _, name := range []string{"HOSTNAME", "USER"} {
		if v := os.Getenv(name); v != "" {
			require.NotContains(t, string(first), v)
		}
	}
	require.NotContains(t, string(first), "go1.")
}

// packets cuts a pcapng file into the data of its enhanced packet blocks.
func packets(t *testing.T, b []byte) (out [][]byte) {
	t.Helper()
	for len(b) > 0 {
		kind, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		if kind == 6 {
			out = append(out, b[28:28+binary.LittleEndian.Uint32(b[20:])])
		}
		b = b[size:]
	}
	return out
}

// Every field of the header, in a submission and in a completion.
func TestHeader(t *testing.T) {
	submit := sim.Event{At: 1234567890 * time.Nanosecond, Who: "headunit", Layer: "usb", Kind: "submit", Fields: []sim.Field{
		sim.Int("urb", 0x0102030405060708), sim.Int("bus", 0x0203), sim.Int("dev", 5), sim.Int("ep", 0x80), sim.Text("type", "control"),
		sim.Int("len", 0x12), sim.Text("peer", "phone"), sim.Text("setup", "8006000100001200")}}
	complete := submit
	complete.Kind, complete.Who, complete.Data = "complete", "phone", []byte{0x12, 0x01}
	complete.Fields = append(append([]sim.Field{}, submit.Fields[:5]...), sim.Int("len", 2), sim.Text("peer", "headunit"),
		sim.Text("setup", "8006000100001200"), sim.Int("errno", -121), sim.Text("result", "short"))
	out := complete
	out.Data = nil
	out.Fields = []sim.Field{sim.Int("urb", 9), sim.Int("ep", 0x02), sim.Text("type", "bulk"), sim.Int("len", 512), sim.Int("zero", 1), sim.Int("errno", 0)}
	outSubmit := out
	outSubmit.Kind, outSubmit.Data = "submit", []byte{0xAA}

	const zeroes = "0000000000000000"
	const when = "01b9556900000000" + "47940300" // 2026-01-01T00:00:01Z, 234567 us
	got := packets(t, write(t, []sim.Event{submit, complete, out, outSubmit}))
	for i, want := range []string{
		"0807060504030201" + "53" + "02" + "80" + "05" + "0302" + "00" + "3c" + when + "8dffffff" + "12000000" + "00000000" + "8006000100001200" +
			"00000000" + "00000000" + "00020000" + "00000000",
		"0807060504030201" + "43" + "02" + "80" + "05" + "0302" + "2d" + "00" + when + "87ffffff" + "02000000" + "02000000" + zeroes +
			"00000000" + "00000000" + "00020000" + "00000000" + "1201",
		"0900000000000000" + "43" + "03" + "02" + "00" + "0000" + "2d" + "3e" + when + "00000000" + "00020000" + "00000000" + zeroes +
			"00000000" + "00000000" + "40000000" + "00000000",
		"0900000000000000" + "53" + "03" + "02" + "00" + "0000" + "2d" + "00" + when + "8dffffff" + "00020000" + "01000000" + zeroes +
			"00000000" + "00000000" + "40000000" + "00000000" + "aa",
	} {
		require.Equal(t, script.Hex(want), got[i], "packet %d", i+1)
	}
}

// An interrupt endpoint's interval is that of its descriptor: at high speed
// 2^(10-1) microframes.
func TestIntervalComesFromTheDescriptor(t *testing.T) {
	interval := func(speed string) (found []uint32) {
		events := record(connection)
		for i := range events {
			for j, f := range events[i].Fields {
				if f.Key == "speed" {
					events[i].Fields[j].Text = speed
				}
			}
		}
		for _, p := range packets(t, write(t, events)) {
			if p[10] == 0x83 {
				found = append(found, binary.LittleEndian.Uint32(p[48:]))
			}
		}
		return found
	}
	require.Equal(t, []uint32{512, 512}, interval("high"))
	require.Equal(t, []uint32{10, 10}, interval("full"))
}

func TestSnapCutsPayload(t *testing.T) {
	events := []sim.Event{{Who: "h", Layer: "usb", Kind: "submit", Data: make([]byte, 1000),
		Fields: []sim.Field{sim.Int("ep", 1), sim.Text("type", "bulk"), sim.Int("len", 1000), sim.Text("peer", "d")}}}
	whole, cut := packets(t, write(t, events))[0], packets(t, write(t, events, pcap.Snap(10)))[0]
	require.Len(t, whole, 1064)
	require.Len(t, cut, 74)
	require.Equal(t, uint32(1000), binary.LittleEndian.Uint32(cut[32:]))
	require.Equal(t, uint32(10), binary.LittleEndian.Uint32(cut[36:]))

	r, err := pcap.NewReader(bytes.NewReader(write(t, events, pcap.Snap(10))))
	require.NoError(t, err)
	e, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, "1000", e.Get("len"))
	require.Len(t, e.Data, 10)
}

func TestEmptyFile(t *testing.T) {
	r, err := pcap.NewReader(bytes.NewReader(write(t, nil)))
	require.NoError(t, err)
	_, err = r.Next()
	require.Equal(t, io.EOF, err)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsComeOutOfFlush(t *testing.T) {
	w := pcap.NewWriter(brokenWriter{}, sim.Epoch)
	i2c := pcap.NewI2CWriter(brokenWriter{}, sim.Epoch)
	events := append(record(connection), record(chip)...)
	for range 100 {
		for i := range events {
			w.Observe(&events[i])
			i2c.Observe(&events[i])
		}
	}
	require.EqualError(t, w.Flush(), "disk full")
	require.EqualError(t, i2c.Flush(), "disk full")
}

func TestWriterDoesNotAllocate(t *testing.T) {
	events := record(connection)
	w := pcap.NewWriter(io.Discard, sim.Epoch)
	e := &events[len(events)-20]
	w.Observe(e)
	require.Zero(t, testing.AllocsPerRun(100, func() { w.Observe(e) }))
}

func BenchmarkWriter(b *testing.B) {
	e := sim.Event{Who: "headunit", Layer: "usb", Kind: "submit", Data: make([]byte, 16384), Fields: []sim.Field{
		sim.Int("urb", 1), sim.Int("bus", 1), sim.Int("dev", 1), sim.Int("ep", 1), sim.Text("type", "bulk"), sim.Int("len", 16384), sim.Text("peer", "phone")}}
	w := pcap.NewWriter(io.Discard, sim.Epoch)
	b.SetBytes(int64(len(e.Data)))
	b.ReportAllocs()
	for b.Loop() {
		w.Observe(&e)
	}
}

func ExampleWriter() {
	world := sim.New()
	var file bytes.Buffer
	out := pcap.NewWriter(&file, sim.Epoch)
	world.Observe(out.Observe)
	world.Run(func() {
		bus := script.New("headunit", "phone", func(e *sim.Event) { world.Emit(*e) })
		bus.Control("4051000000000000", usb.OK, nil)
	})
	if err := out.Flush(); err != nil {
		panic(err)
	}
	fmt.Printf("%d bytes, to be opened with Wireshark\n", file.Len())
	// Output: 344 bytes, to be opened with Wireshark
}
