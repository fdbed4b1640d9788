package trace_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

func draw(t testing.TB, l trace.Ladder, events []sim.Event) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, l.Write(&b, events))
	return b.String()
}

func TestLadderGolden(t *testing.T) {
	for name, l := range map[string]trace.Ladder{
		"connect.ladder":        {},
		"connect.narrow.ladder": {Width: 72, Wrap: -1},
		"connect.raw.ladder":    {Width: 132, Raw: true, Unfold: true},
		"connect.colour.ladder": {Colour: true},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, []byte(draw(t, l, fixture(t, "connect.events"))))
		})
	}
}

func TestLadderStaysWithinItsWidth(t *testing.T) {
	events := fixture(t, "connect.events")
	for _, width := range []int{72, 80, 100, 160} {
		for line := range strings.Lines(draw(t, trace.Ladder{Width: width, Raw: true}, events)) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), width, line)
		}
	}
}

// Somebody who knows the field must find each stage of the connection, in order.
func TestLadderShowsTheConnection(t *testing.T) {
	out := draw(t, trace.Ladder{}, fixture(t, "connect.events"))
	for _, stage := range []string{"phone attaches", "role switch carplay=0", "headunit attaches", "SET_CONFIGURATION value=1",
		"marker", "SYN seq=0", "SYNACK seq=172", "AA00 RequestAuthenticationCertificate", "AA01", "AA02", "AA03", "AA05",
		"1D00", "1D01 IdentificationInformation", "1D02", "EA02 RequestAppLaunch", "SET_INTERFACE interface=1 alternate=1",
		"native  open", "HU_PROTOCOL_VERSION", "PROTOCOL_VERSION_MATCH_STATUS", "VIDEO_ENCODER_INIT ", "VIDEO_ENCODER_START",
		"VIDEO_DATA", "TOUCH_DOWN x=100 y=200", "MD_EXIT", "native  close", "unplug"} {
		_, rest, found := strings.Cut(out, stage)
		require.True(t, found, "%q does not come after what comes before it:\n%s", stage, out)
		out = rest
	}
}

func TestLadderFolds(t *testing.T) {
	video := func(at time.Duration, n int) sim.Event {
		return sim.Event{At: at, Who: "phone", Layer: "carlife", Kind: "VIDEO_DATA",
			Fields: []sim.Field{sim.Int("channel", 2), sim.Int("id", 0x20001), sim.Int("len", n), sim.Text("peer", "headunit")}}
	}
	beat := func(at time.Duration) sim.Event {
		return sim.Event{At: at, Who: "headunit", Layer: "carlife", Kind: "VIDEO_HEARTBEAT", Fields: []sim.Field{sim.Text("peer", "phone")}}
	}
	var events []sim.Event
	for i := range 60 {
		at := time.Duration(i) * 33 * time.Millisecond
		events = append(events, video(at, 1000))
		if i%30 == 10 {
			events = append(events, beat(at+time.Millisecond))
		}
	}
	stop := sim.Event{At: 2 * time.Second, Who: "headunit", Layer: "carlife", Kind: "VIDEO_ENCODER_PAUSE", Fields: []sim.Field{sim.Text("peer", "phone")}}
	events = append(events, stop, video(3*time.Second, 7))

	out := draw(t, trace.Ladder{}, events)
	require.Equal(t, 5, strings.Count(out, "\n"), out)
	require.Contains(t, out, "VIDEO_DATA x60 58.6 KiB over 1.95s")
	require.Contains(t, out, "VIDEO_HEARTBEAT x2 over 990ms")
	require.Contains(t, out, "VIDEO_DATA len=7")

	require.Equal(t, 65, strings.Count(draw(t, trace.Ladder{Unfold: true}, events), "\n"))
}

func TestLadderFoldsAtMostSoManyKinds(t *testing.T) {
	var events []sim.Event
	for i := range 100 {
		events = append(events, sim.Event{Who: string(rune('A' + i%50)), Layer: "ea.native", Kind: "data"})
	}
	out := draw(t, trace.Ladder{Columns: []string{"phone"}}, events)
	require.Equal(t, 101, strings.Count(out, "\n"), "no run is long enough to fold when 50 of them alternate")
}

func TestLadderHidesWhatIsDecoded(t *testing.T) {
	peer := sim.Text("peer", "phone")
	events := []sim.Event{
		{Who: "headunit", Layer: "usb", Kind: "submit", Fields: []sim.Field{peer}},
		{Who: "headunit", Layer: "i2c", Kind: "read"},
		{Who: "headunit", Layer: "iap2.link", Kind: "data", Fields: []sim.Field{peer}},
		{Who: "headunit", Layer: "ea.native", Kind: "data", Fields: []sim.Field{sim.Text("protocol", "p"), peer}},
	}
	require.Equal(t, "    seconds   since\n", draw(t, trace.Ladder{Columns: []string{" "}}, nil)+"    seconds   since\n")
	require.Empty(t, draw(t, trace.Ladder{}, events))
	require.Equal(t, 5, strings.Count(draw(t, trace.Ladder{Raw: true}, events), "\n"))

	seen := []sim.Event{
		{Who: "headunit", Layer: "iap2.link", Kind: "data", Fields: []sim.Field{sim.Int("retransmission", 1), peer}},
		{Who: "headunit", Layer: "ea.native", Kind: "data", Fields: []sim.Field{sim.Int("len", 3), peer}, Data: []byte("abc")},
	}
	out := draw(t, trace.Ladder{}, seen)
	require.Contains(t, out, "link    data RETRANSMISSION")
	require.Contains(t, out, "native  data len=3 [616263]")
}

func TestLadderLabels(t *testing.T) {
	for _, tt := range []struct {
		layer, kind string
		fields      []sim.Field
		want        string
	}{
		{"usb", "enumerated", []sim.Field{sim.Int("vendor", 0x5AC), sim.Int("product", 0x12A8), sim.Text("reason", "")}, "enumerated vendor=0x05AC product=0x12A8"},
		{"usb.request", "role switch", []sim.Field{sim.Int("carplay", 0), sim.Text("result", "stall")}, "role switch carplay=0 -> stall"},
		{"mfi", "read", []sim.Field{sim.Text("register", "self test"), sim.Text("value", "c0"), sim.Int("len", 1), sim.Int("addr", 16)}, "read self test value=c0"},
		{"mfi", "read", []sim.Field{sim.Text("register", "challenge"), sim.Text("value", strings.Repeat("ab", 32)), sim.Int("len", 32)}, "read challenge value=abababababababab.. len=32"},
		{"iap2.link", "data", []sim.Field{sim.Int("seq", 7), sim.Int("retransmission", 1)}, "data seq=7 RETRANSMISSION"},
		{"iap2.link", "syn", []sim.Field{sim.Int("seq", 7), sim.Int("retransmission", 1)}, "SYN seq=7 RETRANSMISSION"},
		{"carlife", "VIDEO_DATA", []sim.Field{sim.Int("id", 0x20001), sim.Int("len", 16), sim.Int("encrypted", 1)}, "VIDEO_DATA len=16 ENCRYPTED"},
	} {
		out := draw(t, trace.Ladder{}, []sim.Event{{Who: "headunit", Layer: tt.layer, Kind: tt.kind, Fields: append(tt.fields, sim.Text("peer", "phone"))}})
		line := out[strings.LastIndex(strings.TrimRight(out, "\n"), "\n")+1:]
		_, got, _ := strings.Cut(line, "|  ")
		_, got, _ = strings.Cut(got, " ")
		require.Equal(t, tt.want, strings.TrimSpace(got))
	}
}

func TestLadderArrows(t *testing.T) {
	event := func(who, peer string) sim.Event {
		return sim.Event{Who: who, Layer: "x", Kind: "k", Fields: []sim.Field{sim.Text("peer", peer)}}
	}
	out := draw(t, trace.Ladder{Columns: []string{"a", "b", "c"}},
		[]sim.Event{event("a", "b"), event("b", "a"), event("a", "c"), event("c", "b"), event("b", ""), event("stranger", "nobody")})
	var got []string
	for line := range strings.Lines(out) {
		got = append(got, line)
	}
	for i, arrow := range []string{"|----->|      |  ", "|<-----|      |  ", "|------------>|  ", "|      |<-----|  ", "|      *      |  ", ""} {
		require.Contains(t, got[i+1], arrow)
	}
	require.Len(t, got, 7)
	require.Contains(t, got[0], "a      b      c")
}

func TestLadderIsSafeToPrint(t *testing.T) {
	evil := "\x1b[2J\r\n"
	e := sim.Event{Who: "phone" + evil, Layer: "l" + evil, Kind: "k" + evil, Fields: []sim.Field{sim.Text("t", evil), sim.Text("peer", "p"+evil)}}
	out := draw(t, trace.Ladder{}, []sim.Event{e})
	require.NotContains(t, out, "\x1b")
	require.NotContains(t, out, "\r")
	require.Equal(t, 2, strings.Count(out, "\n"), out)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestLadderReportsWriteErrors(t *testing.T) {
	require.EqualError(t, trace.WriteLadder(brokenWriter{}, fixture(t, "connect.events")), "disk full")
}

func ExampleLadder() {
	at := func(d time.Duration, who, peer, layer, kind string, fields ...sim.Field) sim.Event {
		return sim.Event{At: d, Who: who, Layer: layer, Kind: kind, Fields: append(fields, sim.Text("peer", peer))}
	}
	events := []sim.Event{
		at(100*time.Millisecond, "headunit", "phone", "iap2.link", "marker"),
		at(101*time.Millisecond, "phone", "headunit", "iap2.link", "marker"),
		at(103*time.Millisecond, "headunit", "phone", "iap2.link", "syn", sim.Int("seq", 0), sim.Int("ack", 0)),
		at(104*time.Millisecond, "phone", "headunit", "iap2.control", "RequestAuthenticationCertificate", sim.Int("id", 0xAA00)),
	}
	trace.Ladder{Width: 88}.Write(os.Stdout, events)
	// Output:
	//    seconds   since  phone headunit
	// -- iAP2 link ---------------------------------------------------------------------------
	//   0.100000  +100ms    |<------|  link    marker
	//   0.101000    +1ms    |------>|  link    marker
	//   0.103000    +2ms    |<------|  link    SYN seq=0
	// -- authentication ----------------------------------------------------------------------
	//   0.104000    +1ms    |------>|  control AA00 RequestAuthenticationCertificate
}

// Whatever the events, the page has a line for each and stays printable.
func TestLadderDrawsAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := make([]sim.Event, rapid.IntRange(0, 8).Draw(t, "events"))
		for i := range events {
			events[i] = anyEvent(t)
		}
		var b bytes.Buffer
		if err := (trace.Ladder{Raw: true, Unfold: true, Wrap: -1}).Write(&b, events); err != nil {
			t.Fatal(err)
		}
		want := len(events)
		if want > 0 {
			want++ // the header
		}
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Fatalf("%d lines for %d events:\n%s", got, len(events), &b)
		}
		for _, r := range b.String() {
			if r != '\n' && !strconv.IsPrint(r) {
				t.Fatalf("%q in %q", r, &b)
			}
		}
	})
}

func BenchmarkLadder(b *testing.B) {
	events := fixture(b, "connect.events")
	b.ReportAllocs()
	for b.Loop() {
		if err := trace.WriteLadder(io.Discard, events); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(events))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
