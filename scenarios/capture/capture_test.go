package capture_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/capture"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

// file is a scenario with transfers and a transaction on the I2C bus.
const file = `
id: usb/transfer
title: One transfer
phone:
  start:
    - +1ms phone > usb attach bus=1 speed=high peer=headunit
    - +1ms headunit > usb submit urb=1 bus=1 dev=5 ep=0x81 type=bulk len=512 peer=phone
    - +1ms phone > usb complete urb=1 bus=1 dev=5 ep=0x81 type=bulk len=2 peer=headunit errno=0 result=ok data=ff55
    - +1ms headunit > i2c write addr=0x10 ack=1 restart=0 stretch_us=0 peer=chip data=30
    - +1ms phone > usb detach bus=1
script:
  - within 1s phone > usb detach
`

func run(t *testing.T, observe capture.Observe, text string) scenarios.Result {
	t.Helper()
	s, err := scenarios.Parse("t.yaml", []byte(text))
	require.NoError(t, err)
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: scenariotest.Playback, Seeds: []uint64{7}, Observe: observe})
	return sum.Results[0]
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func TestDir(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	r := run(t, capture.Dir(a), file)
	require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
	base := filepath.Join(a, "usb", "transfer.seed7")
	require.Equal(t, []string{base + ".pcapng", base + ".i2c.pcapng", base + ".ladder.txt", base + ".jsonl"}, r.Files)

	f, err := os.Open(base + ".pcapng")
	require.NoError(t, err)
	defer f.Close()
	events, err := pcap.ReadAll(f)
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, []byte{0xFF, 0x55}, events[1].Data)
	require.Equal(t, 5, strings.Count(read(t, base+".jsonl"), "\n"))

	// The same seed gives the same files.
	r2 := run(t, capture.Dir(b), file)
	require.Len(t, r2.Files, len(r.Files))
	for i := range r.Files {
		require.Equal(t, read(t, r.Files[i]), read(t, r2.Files[i]), r.Files[i])
	}
}

// Long data stands in full where that is asked for, and transfers are snapped
// where that is.
func TestDirOptions(t *testing.T) {
	long := strings.Replace(file, "len=2 peer", "len=100 peer", 1)
	long = strings.Replace(long, "data=ff55", "data="+strings.Repeat("ff55", 50), 1)
	contents := func(options ...capture.DirOption) (usb, events string) {
		r := run(t, capture.Dir(t.TempDir(), options...), long)
		require.Equal(t, scenarios.Pass, r.Verdict, r.Detail())
		return read(t, r.Files[0]), read(t, r.Files[3])
	}
	usb, events := contents()
	again, _ := contents()
	require.Equal(t, usb, again)
	require.Contains(t, usb, strings.Repeat("\xFF\x55", 50))
	require.Contains(t, events, `"data":"`+strings.Repeat("ff55", 32)+`","data_len":100,"data_sha256":"`)

	full, events := contents(capture.Full())
	require.Equal(t, usb, full)
	require.Contains(t, events, `"data":"`+strings.Repeat("ff55", 50)+`"}`)

	snapped, events := contents(capture.Snap(10))
	require.Contains(t, snapped, strings.Repeat("\xFF\x55", 5))
	require.NotContains(t, snapped, strings.Repeat("\xFF\x55", 6))
	require.Contains(t, events, `"data_len":100`)
}

func TestNothingSeenNoFiles(t *testing.T) {
	dir := t.TempDir()
	r := run(t, capture.Dir(dir), "id: a\ntitle: b\nscript: [quiet 1s phone > usb]\n")
	require.Equal(t, scenarios.Pass, r.Verdict)
	for _, f := range r.Files {
		require.NotEmpty(t, read(t, f), f)
	}
	require.NotContains(t, r.Files, filepath.Join(dir, "a.seed7.jsonl"))
}

func TestDirThatCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	r := run(t, capture.Dir(path), file)
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.ErrorContains(t, r.Err, path)
}

func TestLadder(t *testing.T) {
	r := run(t, capture.Ladder(trace.Ladder{}, false), file)
	require.Contains(t, r.Ladder, "attach")
	require.Empty(t, run(t, capture.Ladder(trace.Ladder{}, true), file).Ladder, "it passes")
	r = run(t, capture.Ladder(trace.Ladder{}, true), strings.Replace(file, "within 1s", "within 1ms", 1))
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Contains(t, r.Ladder, "attach")
}

type counter struct {
	n    int
	ends *int
}

func (c *counter) Observe(*sim.Event)          { c.n++ }
func (c *counter) End(*scenarios.Result) error { *c.ends++; return nil }

func TestAll(t *testing.T) {
	require.Nil(t, capture.All())
	require.Nil(t, capture.All(nil, nil))

	ends := 0
	var made []*counter
	count := func(*sim.World, scenarios.Trial) (scenarios.Observer, error) {
		made = append(made, &counter{ends: &ends})
		return made[len(made)-1], nil
	}
	none := func(*sim.World, scenarios.Trial) (scenarios.Observer, error) { return nil, nil }
	r := run(t, capture.All(count, nil, none, count), file)
	require.Equal(t, scenarios.Pass, r.Verdict)
	require.Len(t, made, 2)
	require.Equal(t, r.Events, uint64(made[0].n))
	require.Equal(t, made[0].n, made[1].n)
	require.Equal(t, 2, ends)

	// One that cannot be made ends those that were.
	bad := errors.New("no")
	r = run(t, capture.All(count, func(*sim.World, scenarios.Trial) (scenarios.Observer, error) { return nil, bad }), file)
	require.ErrorIs(t, r.Err, bad)
	require.Equal(t, 3, ends)
}

func ExampleDir() {
	dir, err := os.MkdirTemp("", "capture")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := scenarios.Parse("t.yaml", []byte(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{
		Bench:   scenariotest.Playback,
		Observe: capture.Dir(dir),
	})
	for _, f := range sum.Results[0].Files {
		fmt.Println(strings.TrimPrefix(f, dir))
	}
	// Output:
	// /usb/transfer.seed1.pcapng
	// /usb/transfer.seed1.i2c.pcapng
	// /usb/transfer.seed1.ladder.txt
	// /usb/transfer.seed1.jsonl
}
