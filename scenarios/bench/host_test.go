package bench_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
)

func parseHost(t *testing.T, part, line string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("t.yaml", []byte("id: a/b\ntitle: t\n"+part+"\nscript:\n  - do plug\n  - '"+line+"'\n  - within 3s host > usbmux setup\n"))
	require.NoError(t, err)
	return s
}

// Mistakes in scenarios with a host are found before anything runs.
func TestMistakesInScenariosWithAHost(t *testing.T) {
	const host = "host: {}"
	for _, c := range []struct{ part, line, want string }{
		{"host: {daemon: mine}", "do plug", `t.yaml:3:8: daemon: "mine"; want plugfest or usbmuxd`},
		{"host: {faults: {lazy: true}}", "do plug", `t.yaml:3:17: unknown key "lazy"; known: any-record-id, `},
		{"host: {faults: {max-clients: -1}}", "do plug", `t.yaml:3:8: faults: max-clients: -1`},
		{"host: {}\nheadunit: {model: carlife}", "do plug", "a host stands in place of the head unit"},
		{"host: {}\ncable: {from-headunit: {loss: 0.1}}", "do plug", "t.yaml:4:9: from-headunit: there is no headunit at this cable, but a host"},
		{"cable: {from-host: {loss: 0.1}}", "do plug", "t.yaml:3:9: from-host: there is no host at this cable, but a headunit"},
		{host, "do dance tool", `t.yaml:6:9: no action "dance"; there are plug, unplug, ask, close, connect, delete-record, list, listen, read, read-record, reconnect, save-record, send, storm`},
		{host, "do list", "t.yaml:6:9: list needs the name of a program"},
		{host, "do list phone", `t.yaml:6:14: "phone" is no name for a program`},
		{host, "do list TOOL", `t.yaml:6:14: "TOOL" is no name for a program`},
		{host, "do connect tool", "want NAME port=... [device=...] [version=...] [deaf=...]"},
		{host, "do connect tool port=0", `t.yaml:6:22: "port=0": want a number from 1 to 65535`},
		{host, "do connect tool port=7 port=7", `"port=7": one too many`},
		{host, "do connect tool port=7 speed=9", `t.yaml:6:29: "speed=9": want NAME port=...`},
		{host, "do listen tool version=2", `t.yaml:6:21: "version=2": want 0 or 1`},
		{host, "do plug tool", "t.yaml:6:14: plug takes no arguments"},
		{host, "send phone > iap2.link rst", "t.yaml:6:19: cannot send on layer iap2.link; want raw"},
		{host, "send phone > raw octets bytes=00", "t.yaml:6:23: cannot send octets on layer raw; want bytes"},
		{host, "send phone > raw bytes", "raw bytes needs bytes=HEX and nothing else"},
		{host, "send host > raw bytes bytes=00", `t.yaml:6:11: "host" cannot send; want phone or a program`},
		{host, "send tool > raw bytes bytes=0", "bytes=0: want hexadecimal digits, two a byte"},
		{host, "within 1s tool > usbmuxd close", `t.yaml:6:16: no endpoint "tool"; there are phone, host, cable, *, and the programs that the script names`},
	} {
		s := parseHost(t, c.part, c.line)
		err := scenarios.Validate([]*scenarios.Scenario{s}, scenarios.Options{Check: bench.Check})
		require.ErrorIs(t, err, scenarios.ErrInvalid, c.line)
		require.ErrorContains(t, err, c.want)
		if strings.HasPrefix(c.line, "do ") && c.part == host {
			r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New}).Results[0]
			require.Equal(t, scenarios.Invalid, r.Verdict, "%s: %s", c.line, r.Detail())
		}
	}
}

// Nobody is there to send to before the phone is plugged in.
func TestInjectionNeedsAHost(t *testing.T) {
	s := &scenarios.Scenario{ID: "a/b", Title: "t", Script: []scenarios.Step{
		scenarios.MustStep("send phone > raw bytes bytes=00"), scenarios.MustStep("within 1s phone > usb attach"),
	}}
	var err error
	s.Setup.Host, err = scenarios.NewSettings(map[string]any{})
	require.NoError(t, err)
	r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New}).Results[0]
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.ErrorContains(t, r.Err, "phone: no host that speaks usbmux")
}

func TestEndpointsOfAScenario(t *testing.T) {
	require.Equal(t, []string{"phone", "headunit", "chip"}, parseHost(t, "phone: {}", "do plug").Endpoints())
	require.Equal(t, []string{"phone", "host", "tool"}, parseHost(t, "host: {}", "do list tool").Endpoints())
}
