package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
)

// event makes an event out of a line as a trace has it.
func event(t require.TestingT, line string) *sim.Event {
	l, err := trace.ParseLine("+0s " + line)
	require.NoError(t, err)
	e := l.Event(0)
	return &e
}

func TestPatternMatches(t *testing.T) {
	const syn = `phone > iap2.link syn seq=200 ack=0 len=23 sessions="0A,0,1" peer=headunit`
	for _, c := range []struct {
		pattern string
		event   string
		want    bool
	}{
		{"phone > iap2.link syn", syn, true},
		{"* > iap2.link syn", syn, true},
		{"headunit > iap2.link syn", syn, false},
		{"phone > iap2.* syn", syn, true},
		{"phone > iap2.*", syn, true},
		{"phone > iap2.*", "phone > iap2 syn", true},
		{"phone > iap2.*", "phone > iap2x syn", false},
		{"phone > iap2.*", "phone > usb attach", false},
		{"phone > *", syn, true},
		{"phone > iap2.link *", syn, true},
		{"phone > iap2.link synack|syn", syn, true},
		{"phone > iap2.link synack|ack", syn, false},
		{"phone > iap2.link s*", syn, true},
		{"phone > iap2.link *ack", syn, false},
		{"phone > iap2.link seq=200", syn, true},
		{"phone > iap2.link syn seq=0xC8", syn, true},
		{"phone > iap2.link syn seq=201", syn, false},
		{"phone > iap2.link syn seq=199..201", syn, true},
		{"phone > iap2.link syn seq=201..", syn, false},
		{"phone > iap2.link syn seq=..200", syn, true},
		{"phone > iap2.link syn seq=-5..10", syn, false},
		{"phone > iap2.link syn seq=100|200", syn, true},
		{"phone > iap2.link syn seq=1..5|150..250", syn, true},
		{"phone > iap2.link syn seq!=200", syn, false},
		{"phone > iap2.link syn seq!=201", syn, true},
		{"phone > iap2.link syn seq!=201|200", syn, false},
		{"phone > iap2.link syn seq=*", syn, true},
		{"phone > iap2.link syn missing=*", syn, false},
		{"phone > iap2.link syn missing!=*", syn, true},
		{"phone > iap2.link syn seq!=*", syn, false},
		{"phone > iap2.link syn missing!=5", syn, false}, // a field that is not there has no value
		{`phone > iap2.link syn sessions="0A,0,1"`, syn, true},
		{`phone > iap2.link syn sessions=0A,0,1`, syn, true},
		{`phone > iap2.link syn sessions=0A*`, syn, true},
		{`phone > iap2.link syn sessions=*1`, syn, true},
		{`phone > iap2.link syn sessions=0*0*1`, syn, true},
		{`phone > iap2.link syn sessions=0*9*1`, syn, false},
		{`phone > iap2.link syn sessions="0A*"`, syn, false}, // quotes take it literally
		{"phone > iap2.link syn -- a note is for the reader", syn, true},

		{"headunit > usb.request role switch carplay=0", "headunit > usb.request role switch carplay=0 result=ok", true},
		{`headunit > usb.request "role switch" carplay=0`, "headunit > usb.request role switch carplay=0 result=ok", true},
		{`headunit > usb.request "get mode"|"role switch"`, "headunit > usb.request role switch carplay=0 result=ok", true},
		{`headunit > usb.request get mode | role switch`, "headunit > usb.request role switch carplay=0 result=ok", true},
		{"headunit > usb.request role", "headunit > usb.request role switch carplay=0", false},
		{"headunit > usb.request role *", "headunit > usb.request role switch carplay=0", true},

		// Numbers and texts.
		{"phone > x y n=500", `phone > x y n="500"`, true},
		{"phone > x y n=0x1F4", `phone > x y n="500"`, true},
		{"phone > x y n=400..600", `phone > x y n="500"`, true},
		{"phone > x y n=400..600", `phone > x y n=many`, false},
		{"phone > x y n=30820388..908", `phone > x y n="30820388..908"`, true}, // bytes cut short
		{"phone > x y n=00000100..908", `phone > x y n="00000100..908"`, true},
		{"phone > x y n=00000100..", `phone > x y n="00000100.."`, true},
		{"phone > x y n=10..20", `phone > x y n="10..21"`, false},
		{"phone > x y n=0", `phone > x y n="00"`, false}, // digits of an identifier
		{"phone > x y n=00", `phone > x y n="00"`, true},
		{"phone > x y id=0xAA00", "phone > x y id=0xAA00", true},
		{"phone > x y id=43520", "phone > x y id=0xAA00", true},
		{"phone > x y n=-3", "phone > x y n=-3", true},
		{"phone > x y n=340282366920938463463374607431768211456", `phone > x y n=340282366920938463463374607431768211456`, true},

		// A parameter may repeat.
		{"phone > x y lang=de", "phone > x y lang=en lang=de", true},
		{"phone > x y lang!=de", "phone > x y lang=en lang=de", false},
		{"phone > x y lang=en lang=de", "phone > x y lang=en lang=de", true},

		// The bytes.
		{"phone > x y data=4040*", "phone > x y data=40400006aa00", true},
		{"phone > x y data=40400006AA00", "phone > x y data=40400006aa00", true},
		{"phone > x y data=4040..6", "phone > x y data=40400006aa00", true},
		{"phone > x y data=4040..7", "phone > x y data=40400006aa00", false},
		{"phone > x y data=10..20", "phone > x y data=10", false},
		{"phone > x y data=*", "phone > x y", false},
		{"phone > x y data!=*", "phone > x y", true},
		{"phone > x y data=abc", `phone > x y data="abc"`, true}, // a field of that name goes first
	} {
		p, err := scenarios.ParsePattern(c.pattern)
		require.NoError(t, err, c.pattern)
		require.Equal(t, c.want, p.Matches(event(t, c.event), nil), "%s\n%s", c.pattern, c.event)
	}
}

func TestReferences(t *testing.T) {
	vars := scenarios.Vars{}
	match := func(pattern, line string) bool {
		p := scenarios.MustPattern(pattern)
		return p.Matches(event(t, line), vars)
	}
	require.False(t, match("phone > l data seq=$s+1", "phone > l data seq=1"), "not bound yet")
	require.False(t, match("phone > l data seq=$s kind=x", "phone > l data seq=254 kind=y"))
	require.Empty(t, vars, "a pattern that does not fit binds nothing")

	require.True(t, match("phone > l data seq=$s", "phone > l data seq=254"))
	require.True(t, match("phone > l data seq=$s", "phone > l data seq=254"))
	require.False(t, match("phone > l data seq=$s", "phone > l data seq=255"))
	require.True(t, match("phone > l data seq=$s+1", "phone > l data seq=255"))
	require.True(t, match("phone > l data seq=$s+2", "phone > l data seq=0"), "sequence numbers count modulo 256")
	require.True(t, match("phone > l data seq=$s-255", "phone > l data seq=255"))
	require.False(t, match("phone > l data seq!=$s", "phone > l data seq=254"))
	require.True(t, match("phone > l data seq!=$s", "phone > l data seq=3"))

	// Within one pattern, a field binds for those after it.
	require.False(t, match("phone > l syn seq=$a ack=$a", "phone > l syn seq=1 ack=2"))
	require.True(t, match("phone > l syn seq=$a ack=$a+1", "phone > l syn seq=1 ack=2"))

	require.True(t, match("phone > l hello name=$n", "phone > l hello name=car"))
	require.True(t, match("phone > l hello other=$n", "phone > l hello other=car"))
	require.False(t, match("phone > l hello name=$n+1", "phone > l hello name=car"), "a text has no successor")
	require.True(t, match("phone > l raw data=$d", "phone > l raw data=00ff"))
	require.True(t, match("phone > l raw data=$d", "phone > l raw data=00ff"))
	require.False(t, match("phone > l raw data=$d", "phone > l raw data=00fe"))
}

func TestResolve(t *testing.T) {
	vars := scenarios.Vars{"s": sim.Int("seq", 255), "n": sim.Text("name", "car")}
	p, unbound := scenarios.MustPattern("phone > l data seq=$s ack=$s+2 name=$n len=0x10").Resolve(vars)
	require.Empty(t, unbound)
	require.Equal(t, "phone > l data seq=255 ack=1 name=car len=0x10", p.String())
	ack, ok := p.Num("ack")
	require.True(t, ok)
	require.Equal(t, int64(1), ack)
	require.Equal(t, "car", p.Get("name"))
	require.Equal(t, "data", p.KindText())
	_, ok = p.Num("name")
	require.False(t, ok)
	require.Empty(t, p.Get("nothing"))

	_, unbound = scenarios.MustPattern("phone > l data seq=$t").Resolve(vars)
	require.Equal(t, "t", unbound)
}

// One text form for each pattern.
func TestPatternString(t *testing.T) {
	for in, want := range map[string]string{
		"phone > iap2.link *":                       "phone > iap2.link",
		"phone  >  iap2.link  syn  seq=1 ":          "phone > iap2.link syn seq=1",
		`phone > usb.request "role switch" a="b"`:   "phone > usb.request role switch a=b",
		`phone > x a | b|"c d"`:                     "phone > x a|b|c d",
		`phone > x "a=b"|"c|d"|"e*"`:                `phone > x "a=b"|"c|d"|"e*"`,
		`phone > x y a=""`:                          `phone > x y a=""`,
		`phone > x y a="10"|"1..2"|"$s"|"*"|"b:"`:   `phone > x y a="10"|"1..2"|"$s"|"*"|"b:"`,
		`phone > x y a=0x10|-3|1..|..0x10|a*b`:      `phone > x y a=0x10|-3|1..|..0x10|a*b`,
		`phone > x y a=$s b!=$s+1 c=$s-1 d!=*`:      `phone > x y a=$s b!=$s+1 c=$s-1 d!=*`,
		`phone > x y data=AB10..619 data="10"`:      `phone > x y data=ab10..619 data=10`,
		`phone > x y -- it   says why; a=b`:         `phone > x y -- it   says why; a=b`,
		`cable:1 > x y Component[0].Name="ä \n" `:   `cable:1 > x y Component[0].Name="ä \n"`,
		`phone > x 7 a="\x00\""`:                    `phone > x 7 a="\x00\""`,
		`phone > x "--" a=--`:                       `phone > x "--" a="--"`,
		`phone > x.y.* -- nothing of this family`:   `phone > x.y.* -- nothing of this family`,
		`* > * "" a=1`:                              `* > * "" a=1`,
		`phone > x y a=b=c`:                         `phone > x y a=b=c`,
		`phone > x role switch a=1..2|3 b!=x|"y z"`: `phone > x role switch a=1..2|3 b!=x|"y z"`,
	} {
		p, err := scenarios.ParsePattern(in)
		require.NoError(t, err, in)
		require.Equal(t, want, p.String())
		again, err := scenarios.ParsePattern(p.String())
		require.NoError(t, err, p.String())
		require.Equal(t, p, again)
	}
}

func TestPatternErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "nothing here; want WHO > LAYER KIND [KEY=VALUE ...]\n    \n    ^"},
		{"phone iap2.link syn", "want > after the endpoint phone: WHO > LAYER KIND [KEY=VALUE ...]\n    phone iap2.link syn\n          ^"},
		{"ph*ne > x y", "\"ph*ne\" is no name of an endpoint; write one such as phone or headunit, or *\n    ph*ne > x y\n    ^"},
		{"phone > iap2.l* y", "\"iap2.l*\" is no layer; write one such as iap2.link, iap2.* or *\n    phone > iap2.l* y\n            ^"},
		{"phone > ", "\"\" is no layer; write one such as iap2.link, iap2.* or *\n    phone > \n            ^"},
		{"phone > x y a=1 b", "\"b\" is no field; want KEY=VALUE, and quotes around a kind or value with blanks\n    phone > x y a=1 b\n                    ^"},
		{"phone > x y a=", "value missing; write \"\" for an empty text\n    phone > x y a=\n                  ^"},
		{"phone > x y a=1|", "value missing; write \"\" for an empty text\n    phone > x y a=1|\n                    ^"},
		{"phone > x y a=5..2", "range 5..2 is empty: its first number is the larger one\n    phone > x y a=5..2\n                  ^"},
		{"phone > x y a=1..99999999999999999999", "range 1..99999999999999999999 does not fit into 64 bits\n    phone > x y a=1..99999999999999999999\n                  ^"},
		{"phone > x y a=$1", "$1 is no reference: write $name, $name+1 or, for the text itself, quotes\n    phone > x y a=$1\n                  ^"},
		{"phone > x y a=$s|1", "$s among alternatives; a reference or * stands alone\n    phone > x y a=$s|1\n                ^"},
		{`phone > x y a="b`, "the quote that opens here is not closed, or holds a bad escape (in YAML, a line with \": \" or \" #\" in it needs single quotes around the whole)\n    phone > x y a=\"b\n                  ^"},
		{`phone > x y a="b"c`, "something follows the closing quote; put a blank before it\n    phone > x y a=\"b\"c\n                     ^"},
		{`phone > x y a=b"c"`, "quote inside of a word; put the whole of it in quotes\n    phone > x y a=b\"c\"\n                   ^"},
		{"phone > x $k", "a kind is a text, not a reference or range; put it in quotes if it is one\n    phone > x $k\n              ^"},
		{"phone > x a|*", "* among alternatives means any kind; leave the others out\n    phone > x a|*\n              ^"},
		{"phone > x a|", "kind missing\n    phone > x a|\n                ^"},
		{"phone > x a!b=c", "'=' inside of a kind; put the whole of it in quotes\n    phone > x a!b=c\n                 ^"},
		{"phone > x y --", "-- begins a note, and nothing follows it\n    phone > x y --\n                ^"},
		{"phone > x y a=ä ü=1", "\"ü\" is no name of a field\n    phone > x y a=ä ü=1\n                    ^"},
		{"phone > x y\ta=1", "unprintable character U+0009; in quotes write \\u0009\n    phone > x y\ta=1\n               ^"},
	} {
		_, err := scenarios.ParsePattern(c.in)
		require.EqualError(t, err, c.want, "%q", c.in)
		var syntax *scenarios.SyntaxError
		require.ErrorAs(t, err, &syntax)
	}
	require.Panics(t, func() { scenarios.MustPattern("phone") })
}

// What a trace prints can be pasted into a script, and fits the event.
func TestDescribedEventsFit(t *testing.T) {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"ok", "", "a b", "0A,0,1", `say "x"`, "a=b", "12", "00", "role switch", "ä€", "\x00\xff", "x:", "#1", "a..b", "--"}),
		rapid.StringMatching(`[ -#%-)+-{}~]{0,12}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		e := sim.Event{
			Who:   rapid.SampledFrom([]string{"phone", "headunit", "cable"}).Draw(t, "who"),
			Layer: rapid.SampledFrom([]string{"usb", "iap2.link", "ea.native"}).Draw(t, "layer"),
			Kind:  rapid.SampledFrom([]string{"syn", "role switch", "SET_CONFIGURATION", "a=b", "x"}).Draw(t, "kind"),
			Data:  rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			key := rapid.SampledFrom([]string{"seq", "id", "ep", "result", "name"}).Draw(t, "key")
			if rapid.Bool().Draw(t, "number") {
				e.Fields = append(e.Fields, sim.Int(key, rapid.Int64().Draw(t, "n")))
			} else {
				v := text.Draw(t, "text")
				e.Fields = append(e.Fields, sim.Text(key, v))
			}
		}
		line := trace.Describe(&e)
		step, err := scenarios.ParseStep(line)
		require.NoError(t, err, line)
		p := step.(scenarios.Expect).Event
		require.True(t, p.Matches(&e, nil), "%s\n%v", line, p)
	})
}
