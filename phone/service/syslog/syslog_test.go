package syslog_test

import (
	"bufio"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/syslog"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestVis(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, 100%": "plain text, 100%",
		"é":                `\M-C\M-)`,
		"’":                `\M-b\M^@\M^Y`,
		"\u00a0":           `\M-B\240`,
		"tab\there":        "tab\there",
		"line\nfeed":       `line\^Jfeed`,
		"nul\x00":          `nul\^@`,
		"del\x7f":          `del\^?`,
		"\xff":             `\M^?`,
		`back\slash`:       `back\\slash`,
	} {
		require.Equal(t, want, string(syslog.AppendVis(nil, in)), "%q", in)
	}
}

// FuzzVis: what comes out is printable, and says all that went in.
func FuzzVis(f *testing.F) {
	f.Add("é\xa0\xff\x00 \\ x")
	f.Fuzz(func(t *testing.T, text string) {
		out := string(syslog.AppendVis(nil, text))
		for i := range len(out) {
			require.True(t, out[i] == '\t' || out[i] >= ' ' && out[i] < 0x7F, "%q", out)
		}
		require.Equal(t, text, unvis(out))
	})
}

// unvis undoes vis, as go-ios does.
func unvis(s string) string {
	var out []byte
	control := func(c byte) byte { return c ^ 0x40 }
	for i := 0; i < len(s); i++ {
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, `\240`):
			out = append(out, 0xA0)
			i += 3
		case strings.HasPrefix(rest, `\M-`):
			out = append(out, s[i+3]|0x80)
			i += 3
		case strings.HasPrefix(rest, `\M^`):
			out = append(out, control(s[i+3])|0x80)
			i += 3
		case strings.HasPrefix(rest, `\^`):
			out = append(out, control(s[i+2]))
			i += 2
		case strings.HasPrefix(rest, `\\`):
			out = append(out, '\\')
			i++
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func TestLine(t *testing.T) {
	e := state.Entry{Time: sim.Epoch.Add(3 * time.Second), Process: "SpringBoard", Library: "FrontBoard", PID: 62, Level: state.Error, Message: "två"}
	require.Equal(t, "Jan  1 00:00:03 phone SpringBoard(FrontBoard)[62] <Error>: tv\\M-C\\M-%\n\x00", string(syslog.AppendLine(nil, "phone", &e)))
	e.Library = e.Process
	require.Equal(t, "Jan  1 00:00:03 phone SpringBoard[62] <Error>: tv\\M-C\\M-%\n\x00", string(syslog.AppendLine(nil, "phone", &e)))
}

func TestSyslog(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Name: "Anna’s iPhone", TimeZone: "Europe/Berlin"}, syslog.Service())
	line := regexp.MustCompile(`^Jan  1 01:0\d:\d\d Annas-iPhone [A-Za-z]+(\([A-Za-z]+\))?\[\d+\] <(Notice|Info|Debug|Error)>: .+\n\x00$`)
	b.Serve(syslog.Name, func(s *lockdowntest.Service) {
		r := bufio.NewReader(s.Conn)
		seen := map[string]bool{}
		for range 50 {
			text, err := r.ReadString(0)
			require.NoError(t, err)
			require.Regexp(t, line, text)
			seen[text] = true
		}
		require.Greater(t, len(seen), 45, "not always the same")
		b.Phone.Log.Write(state.Entry{Process: "mine", Message: "hello"})
		for {
			text, err := r.ReadString(0)
			require.NoError(t, err)
			if strings.Contains(text, "mine[0] <Notice>: hello") {
				break
			}
		}
	})
	require.Empty(t, b.Find("state.service", "end").Get("why"))
}

// A reader that stops reading holds up nobody, and goes on with newer lines.
func TestSlowReader(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, syslog.Service())
	b.Run(func() {
		slow, quick := b.Service(syslog.Name), b.Service(syslog.Name)
		n := 0
		b.World.Go("quick", func() {
			r := bufio.NewReader(quick.Conn)
			for {
				if _, err := r.ReadString(0); err != nil {
					return
				}
				n++
			}
		})
		for i := range 3000 {
			b.Phone.Log.Write(state.Entry{Message: fmt.Sprint("line ", i, strings.Repeat(" x", 50))})
			b.World.Sleep(time.Millisecond)
		}
		require.GreaterOrEqual(t, n, 3000)
		r := bufio.NewReader(slow.Conn)
		last := -1
		for i := -1; i < 2999; {
			text, err := r.ReadString(0)
			require.NoError(t, err)
			if _, err := fmt.Sscanf(text[strings.Index(text, ": ")+2:], "line %d", &i); err == nil {
				require.Greater(t, i, last)
				last = i
			}
		}
		require.NoError(t, slow.Close())
		require.NoError(t, quick.Close())
		b.World.Sleep(time.Second)
		require.Zero(t, b.Server.Ports().Connections())
	})
}

func Example() {
	e := state.Entry{Time: sim.Epoch, Process: "lockdownd", PID: 63, Message: "Grüße"}
	fmt.Printf("%q\n", syslog.AppendLine(nil, "phone", &e))
	// Output: "Jan  1 00:00:00 phone lockdownd[63] <Notice>: Gr\\M-C\\M-<\\M-C\\M^_e\n\x00"
}
