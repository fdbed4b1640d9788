package trace_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		e    sim.Event
		want string
	}{
		{sim.Event{At: 5 * time.Millisecond, Who: "phone", Layer: "iap2.link", Kind: "ack",
			Fields: []sim.Field{sim.Int("seq", 12), sim.Int("ack", 7), sim.Text("peer", "headunit")}},
			`+5ms phone > iap2.link ack seq=12 ack=7`},
		{sim.Event{At: 1500 * time.Microsecond, Who: "headunit", Layer: "usb.request", Kind: "role switch", Fields: []sim.Field{sim.Int("carplay", 0), sim.Text("result", "ok")}},
			`+1.5ms headunit > usb.request role switch carplay=0 result=ok`},
		{sim.Event{Who: "head unit", Layer: "usb", Kind: "submit", Fields: []sim.Field{sim.Int("ep", 0x81), sim.Int("len", 16384)}},
			`+0s "head unit" > usb submit ep=0x81 len=16384`},
		{sim.Event{Who: "phone", Layer: "iap2.control", Kind: "AuthenticationSucceeded", Fields: []sim.Field{sim.Int("id", 0xAA05)}, Data: make([]byte, 6)},
			`+0s phone > iap2.control AuthenticationSucceeded id=0xAA05`},
		{sim.Event{Who: "phone", Layer: "carlife", Kind: "MD_EXIT", Fields: []sim.Field{sim.Int("id", 0x10059)}},
			`+0s phone > carlife MD_EXIT id=0x00010059`},
		{sim.Event{Who: "phone", Layer: "ea.native", Kind: "data", Data: []byte{0xFF, 0x55, 2, 0, 0xEE, 0x10}},
			`+0s phone > ea.native data data=ff550200ee10`},
		{sim.Event{Who: "phone", Layer: "ea.native", Kind: "data", Data: bytes.Repeat([]byte{0xAB}, 619)},
			`+0s phone > ea.native data data=abababababababababababab..619`},
		{sim.Event{Who: "", Layer: "x=y", Kind: "a  b", Fields: []sim.Field{sim.Text("t", ""), sim.Text("u", "a b"), sim.Text("data", "00"), sim.Text("id", "0x1")}},
			`+0s "" > "x=y" "a  b" t="" u="a b" data="00" id="0x1"`},
		{sim.Event{Who: "p", Layer: "l", Kind: "k", Fields: []sim.Field{sim.Int("id", -1), sim.Int("ep", 1<<40), sim.Text("e", "\x1b\xff")}},
			`+0s p > l k id=-1 ep=0x0000010000000000 e="\x1b\xff"`},
	} {
		require.Equal(t, tt.want, trace.Describe(&tt.e))
	}
	e := sim.Event{At: 7 * time.Second, Who: "phone", Layer: "l", Kind: "k"}
	require.Equal(t, "+2s phone > l k", trace.DescribeSince(&e, 5*time.Second))
	require.Equal(t, "-1s phone > l k", trace.DescribeSince(&e, 8*time.Second))
}

func TestDescribeDoesNotAllocate(t *testing.T) {
	e := numbered(1)
	buf := make([]byte, 0, 256)
	// The duration's text is the one allocation.
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { buf = trace.AppendLine(buf[:0], &e, 0) }), 1.0)
}

func TestParseLine(t *testing.T) {
	l, err := trace.ParseLine(`+5ms phone > usb.request role switch carplay=0 setup=4051000000000000 name="a b" ep=0x81 x=0x81 z=-3 n=007 data=ff5a..300`)
	require.NoError(t, err)
	require.Equal(t, trace.Line{
		Offset: 5 * time.Millisecond, Who: "phone", Layer: "usb.request", Kind: "role switch",
		Fields: []sim.Field{sim.Int("carplay", 0), sim.Int("setup", 4051000000000000), sim.Text("name", "a b"), sim.Int("ep", 0x81),
			sim.Text("x", "0x81"), sim.Int("z", -3), sim.Text("n", "007")},
		Data: []byte{0xFF, 0x5A}, Length: 300,
	}, l)
}

func TestParseLineErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "column 1: a time such as +5ms is missing",
		"5ms phone > l k":                 `column 1: "5ms" is not a time such as +5ms`,
		"+5 phone > l k":                  `column 1: "+5" is not a time such as +5ms`,
		"+5ms":                            "column 5: an endpoint is missing",
		"+5ms phone l k":                  `column 12: no ">" after the endpoint`,
		"+5ms phone >":                    "column 13: a layer is missing",
		"+5ms phone > l":                  "column 15: what happened is missing",
		"+5ms phone > l seq=1":            "column 16: a field where the kind of event should be",
		"+5ms phone > l k seq=":           "column 22: a value for seq is missing",
		"+5ms phone > l k seq=1 ack":      `column 24: "ack" where key=value should be`,
		`+5ms phone > l k seq="1`:         "column 22: quote is not closed",
		`+5ms phone > l k seq="1"2`:       "column 25: one space should be between words",
		"+5ms  phone > l k":               "column 5: one space should be between words",
		"+5ms phone > l k ":               "column 17: one space should be between words",
		"+5ms phone > l k data=0":         `column 23: data is not hexadecimal: "0"`,
		"+5ms phone > l k data=00..1":     `column 27: length "1" of data is not a number above 1`,
		"+5ms phone > l k data=00 seq=1":  "column 26: field seq after data",
		"+5ms phone > l k data=00 data=0": "column 26: field data after data",
	} {
		_, err := trace.ParseLine(line)
		require.EqualError(t, err, want, line)
		require.ErrorAs(t, err, new(*trace.SyntaxError))
	}
}

// equalButForPeer compares what a line shows of an event.
func equalButForPeer(e sim.Event, l trace.Line) error {
	if e.At != l.Offset || e.Who != l.Who || e.Layer != l.Layer || e.Kind != l.Kind {
		return fmt.Errorf("%+v is not %+v", e, l)
	}
	i := 0
	for _, f := range e.Fields {
		if f.Key == "peer" {
			continue
		}
		if i == len(l.Fields) || l.Fields[i].Key != f.Key || l.Fields[i].Value() != f.Value() {
			return fmt.Errorf("field %d is not %+v in %+v", i, f, l.Fields)
		}
		i++
	}
	if i != len(l.Fields) {
		return fmt.Errorf("%d fields, not %d", len(l.Fields), i)
	}
	if len(e.Data) != l.Length || !bytes.HasPrefix(e.Data, l.Data) {
		return fmt.Errorf("data %x of %d, not %x", l.Data, l.Length, e.Data)
	}
	return nil
}

// Whatever happened, its line says it again.
func TestLinesCanBeReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := trace.Describe(&e)
		if strings.ContainsAny(line, "\n\r") {
			t.Fatalf("more than one line: %q", line)
		}
		l, err := trace.ParseLine(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := equalButForPeer(e, l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	f.Add(`+5ms phone > iap2.link ack seq=12 ack=7`)
	f.Add(`+0s "a b" > l "k  k" t="" ep=0x81 data=ff5a..300`)
	f.Fuzz(func(t *testing.T, line string) {
		l, err := trace.ParseLine(line)
		if err != nil {
			var at *trace.SyntaxError
			require.ErrorAs(t, err, &at)
			require.LessOrEqual(t, at.Column, len(line)+1)
			return
		}
		e := l.Event(0)
		if l.Length != len(l.Data) {
			e.Data = append(bytes.Clone(l.Data), make([]byte, min(l.Length-len(l.Data), 100))...)
		}
		again, err := trace.ParseLine(trace.Describe(&e))
		require.NoError(t, err)
		require.NoError(t, equalButForPeer(e, again))
	})
}

func BenchmarkDescribe(b *testing.B) {
	e := numbered(1)
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = trace.AppendLine(buf[:0], &e, 0)
	}
}

func ExampleDescribe() {
	fmt.Println(trace.Describe(&sim.Event{At: 5 * time.Millisecond, Who: "phone", Layer: "iap2.link", Kind: "ack",
		Fields: []sim.Field{sim.Int("seq", 12), sim.Int("ack", 7)}}))
	// Output: +5ms phone > iap2.link ack seq=12 ack=7
}
