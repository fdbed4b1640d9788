package trace_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

func readAll(t testing.TB, r io.Reader) []sim.Event {
	t.Helper()
	var out []sim.Event
	for j := trace.NewJSONLReader(r); ; {
		e, err := j.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		out = append(out, e)
	}
}

func TestJSONLGolden(t *testing.T) {
	var b bytes.Buffer
	w := trace.NewJSONLWriter(&b)
	events := fixture(t, "connect.events")
	for i := range events {
		w.Observe(&events[i])
	}
	require.NoError(t, w.Flush())
	golden(t, "connect.jsonl", b.Bytes())
	require.Equal(t, events, readAll(t, &b))
}

func TestJSONForm(t *testing.T) {
	for _, tt := range []struct {
		e    sim.Event
		want string
	}{
		{sim.Event{}, `{"seq":0,"at":0,"who":"","layer":"","kind":""}`},
		{sim.Event{Seq: math.MaxUint64, At: -5, Who: "a\"\\\n\x7f", Layer: "é"},
			`{"seq":18446744073709551615,"at":-5,"who":"a\"\\\u000a\u007f","layer":"é","kind":""}`},
		{sim.Event{Fields: []sim.Field{sim.Int("n", math.MinInt64), sim.Text("n", "1"), sim.Text("raw", "\xff\x00")}, Data: []byte{0xFF, 0}},
			`{"seq":0,"at":0,"who":"","layer":"","kind":"","fields":{"n":-9223372036854775808,"n":"1","raw":{"hex":"ff00"}},"data":"ff00"}`},
	} {
		require.Equal(t, tt.want, string(trace.AppendJSON(nil, &tt.e)))
		require.Equal(t, []sim.Event{tt.e}, readAll(t, strings.NewReader(tt.want)))
	}
}

func anyEvent(t *rapid.T) sim.Event {
	text := func(name string) string {
		return string(rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 8), rapid.Map(rapid.StringN(0, 8, -1), func(s string) []byte { return []byte(s) })).Draw(t, name))
	}
	e := sim.Event{Seq: rapid.Uint64().Draw(t, "seq"), At: time.Duration(rapid.Int64().Draw(t, "at")),
		Who: text("who"), Layer: text("layer"), Kind: text("kind")}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		key := rapid.String().Draw(t, "key")
		if rapid.Bool().Draw(t, "number") {
			e.Fields = append(e.Fields, sim.Int(key, rapid.Int64().Draw(t, "value")))
		} else {
			e.Fields = append(e.Fields, sim.Text(key, text("value")))
		}
	}
	if b := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data"); len(b) > 0 {
		e.Data = b
	}
	return e
}

func TestJSONLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := trace.AppendJSON(nil, &e)
		if bytes.ContainsRune(line, '\n') {
			t.Fatalf("more than one line: %q", line)
		}
		got, err := trace.NewJSONLReader(bytes.NewReader(line)).Next()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !bytes.Equal(trace.AppendCanonical(nil, &e), trace.AppendCanonical(nil, &got)) {
			t.Fatalf("wrote %+v, read %+v", e, got)
		}
	})
}

func TestJSONLErrors(t *testing.T) {
	for line, want := range map[string]string{
		`{"seq":1`:                         "trace: line 2: unexpected EOF",
		`[]`:                               "trace: line 2: [ where { should be",
		`{"seq":-1}`:                       `trace: line 2: field seq: strconv.ParseUint: parsing "-1": invalid syntax`,
		`{"seq":"1"}`:                      "trace: line 2: field seq: 1 where a number should be",
		`{"at":1.5}`:                       `trace: line 2: field at: strconv.ParseInt: parsing "1.5": invalid syntax`,
		`{"who":7}`:                        "trace: line 2: field who: 7 where a text should be",
		`{"who":{"hex":"f"}}`:              "trace: line 2: field who: encoding/hex: odd length hex string",
		`{"who":{"dec":"1"}}`:              `trace: line 2: field who: an object where {"hex":...} should be`,
		`{"who":{"hex":1}}`:                "trace: line 2: field who: 1 where hexadecimal text should be",
		`{"who":null}`:                     "trace: line 2: field who: <nil> where a number or text should be",
		`{"data":"xx"}`:                    "trace: line 2: field data: encoding/hex: invalid byte: U+0078 'x'",
		`{"fields":[]}`:                    "trace: line 2: field fields: [ where { should be",
		`{"fields":{"x":true}}`:            "trace: line 2: field fields.x: true where a number or text should be",
		`{"colour":"red"}`:                 "trace: line 2: field colour: unknown key",
		`{"seq":1}{"seq":2}`:               "trace: line 2: text after the event",
		`{"seq":1,"fields":{"a":1},"at":[`: "trace: line 2: field at: [ where a number should be",
	} {
		r := trace.NewJSONLReader(strings.NewReader(`{"seq":1}` + "\n" + line + "\n\n" + `{"seq":3}`))
		_, err := r.Next()
		require.NoError(t, err)
		_, err = r.Next()
		require.EqualError(t, err, want, line)
		require.ErrorAs(t, err, new(*trace.LineError))
		e, err := r.Next()
		require.NoError(t, err, "what is good after a bad line is read")
		require.Equal(t, uint64(3), e.Seq)
		_, err = r.Next()
		require.Equal(t, io.EOF, err)
	}
}

func TestJSONLWriterReportsWriteErrors(t *testing.T) {
	w := trace.NewJSONLWriter(brokenWriter{})
	e := numbered(1)
	e.Data = make([]byte, 1<<20)
	w.Observe(&e)
	w.Observe(&e)
	require.EqualError(t, w.Flush(), "disk full")
}

func TestJSONLReaderReportsReadErrors(t *testing.T) {
	broken := errors.New("bus error")
	_, err := trace.NewJSONLReader(io.MultiReader(strings.NewReader(`{"seq`), &failing{broken})).Next()
	require.ErrorIs(t, err, broken)
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzJSONL(f *testing.F) {
	b, err := os.ReadFile("testdata/connect.jsonl")
	require.NoError(f, err)
	for i, line := range bytes.SplitAfter(b, []byte("\n")) {
		if i%8 == 0 && len(line) < 400 {
			f.Add(line)
		}
	}
	f.Add([]byte(`{"seq":1,"fields":{"n":-1,"t":{"hex":"ff"}},"data":"00"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := trace.NewJSONLReader(bytes.NewReader(b))
		for {
			e, err := r.Next()
			if err == io.EOF {
				return
			}
			if err == nil {
				again, err := trace.NewJSONLReader(bytes.NewReader(trace.AppendJSON(nil, &e))).Next()
				require.NoError(t, err)
				require.Equal(t, trace.AppendCanonical(nil, &e), trace.AppendCanonical(nil, &again))
			}
		}
	})
}

func BenchmarkJSONL(b *testing.B) {
	e := numbered(1)
	w := trace.NewJSONLWriter(io.Discard)
	b.ReportAllocs()
	for b.Loop() {
		w.Observe(&e)
	}
}

func ExampleJSONLWriter() {
	w := trace.NewJSONLWriter(os.Stdout)
	w.Observe(&sim.Event{Seq: 7, At: 5 * time.Millisecond, Who: "phone", Layer: "iap2.link", Kind: "ack",
		Fields: []sim.Field{sim.Int("seq", 12), sim.Int("ack", 7)}})
	w.Flush()
	// Output: {"seq":7,"at":5000000,"who":"phone","layer":"iap2.link","kind":"ack","fields":{"seq":12,"ack":7}}
}

// Long data is cut to its beginning, length and hash; what is not longer stands
// whole, and a reader gets the beginning.
func TestJSONLCutsData(t *testing.T) {
	long := bytes.Repeat([]byte{0xAB}, 5)
	events := []sim.Event{
		{Seq: 1, Who: "phone", Layer: "usb", Kind: "complete", Data: long},
		{Seq: 2, Who: "phone", Layer: "usb", Kind: "complete", Data: long[:4]},
		{Seq: 3, Who: "phone", Layer: "usb", Kind: "complete"},
	}
	var b bytes.Buffer
	w := trace.NewJSONLWriter(&b)
	w.CutData(4)
	for i := range events {
		w.Observe(&events[i])
	}
	require.NoError(t, w.Flush())
	sum := sha256.Sum256(long)
	require.Equal(t, `{"seq":1,"at":0,"who":"phone","layer":"usb","kind":"complete","data":"abababab","data_len":5,"data_sha256":"`+hex.EncodeToString(sum[:])+`"}
{"seq":2,"at":0,"who":"phone","layer":"usb","kind":"complete","data":"abababab"}
{"seq":3,"at":0,"who":"phone","layer":"usb","kind":"complete"}
`, b.String())

	r := trace.NewJSONLReader(&b)
	for i := range events {
		got, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, events[i].Seq, got.Seq)
		require.Equal(t, events[i].Data[:min(4, len(events[i].Data))], got.Data)
		require.Empty(t, got.Fields)
	}
}
