package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
)

func parse(t *testing.T, part, line string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("t.yaml", []byte("id: a/b\ntitle: t\n"+part+"\nscript:\n  - within 1s phone > iap2.link data seq=$s\n  - '"+line+"'\n  - quiet 1s phone > usb reset\n"))
	require.NoError(t, err)
	return s
}

// Every built-in scenario, and each with its mutants, asks for what there is.
func TestCheckAcceptsTheCatalogue(t *testing.T) {
	for _, mutants := range []bool{false, true} {
		require.NoError(t, scenarios.Validate(catalogue(t), scenarios.Options{Check: bench.Check, Mutants: mutants}))
	}
}

// Mistakes are found before anything runs, and again where nobody checked.
func TestMistakesInScenarios(t *testing.T) {
	for _, c := range []struct{ part, line, want string }{
		{"phone: {timing: {attach: 5}}", "do plug", "t.yaml:3:26: 5 is no time; write one with a unit, such as 5ms, 1.5s or 2m"},
		{"phone: {timming: {attach: 5s}}", "do plug", `t.yaml:3:9: unknown key "timming"; known: `},
		{"phone: {persona: nokia}", "do plug", "t.yaml:3:9: persona: "},
		{"phone: {authentication: {accept: all}}", "do plug", "t.yaml:3:8: phone: persona: "},
		{"headunit: {model: tank}", "do plug", "t.yaml:3:12: model: "},
		{"headunit: {colour: red}", "do plug", `t.yaml:3:12: unknown key "colour"; known: `},
		{"chip: {generation: 4}", "do plug", `t.yaml:3:8: generation: "4"; want 2.0C or 3.0`},
		{"cable: {speed: warp}", "do plug", `t.yaml:3:9: speed: "warp"; want full, high or super`},
		{"cable: {from-phone: {loss: 2}}", "do plug", "t.yaml:3:9: from-phone: cable: "},
		{"", "do plugg", `t.yaml:6:9: no action "plugg"; there are plug, unplug`},
		{"", "do plug twice", "t.yaml:6:14: plug takes no arguments"},
		{"", "send cable > iap2.link rst", `t.yaml:6:11: "cable" cannot send; want phone or headunit`},
		{"", "send phone > usb reset", "t.yaml:6:19: cannot send on layer usb; want iap2.link or raw"},
		{"", "send phone > iap2.link synack", "t.yaml:6:29: cannot send synack; want marker, ack, data, eak, rst, slp or syn"},
		{"", "send phone > iap2.link rst sequence=9", `t.yaml:6:33: no field "sequence" in this frame; there are seq, ack, session, bytes`},
		{"", "send phone > iap2.link rst seq=9 seq=10", "t.yaml:6:33: field seq stands here twice"},
		{"", "send phone > iap2.link rst seq=256", "t.yaml:6:33: seq=256: want a number from 0 to 255"},
		{"", "send phone > iap2.link rst seq=nine", "t.yaml:6:33: seq=nine: want a number from 0 to 255"},
		{"", "send phone > iap2.link data bytes=ABC", "t.yaml:6:34: bytes=ABC: want hexadecimal digits, two a byte"},
		{"", "send phone > iap2.link marker seq=9", "t.yaml:6:36: a marker has no fields"},
		{"", "send phone > raw bytes", "t.yaml:6:23: raw bytes needs bytes=HEX"},
		{"", "send phone > raw bytes bytes=\"\"", "t.yaml:6:29: bytes is empty: nothing would be sent"},
		{"", "send phone > raw bytes data=FF00FF", `t.yaml:6:29: no field "data" in this frame; there are bytes`},
		{"", "send phone > raw octets bytes=FF", "t.yaml:6:23: cannot send octets on layer raw; want bytes"},
		{"", "quiet 1s phnoe > usb reset", `t.yaml:6:15: no endpoint "phnoe"; there are phone, headunit, cable, *`},
	} {
		s := parse(t, c.part, c.line)
		err := scenarios.Validate([]*scenarios.Scenario{s}, scenarios.Options{Check: bench.Check})
		require.ErrorIs(t, err, scenarios.ErrInvalid, c.want)
		require.ErrorContains(t, err, c.want)
	}
	r := scenarios.Run([]*scenarios.Scenario{parse(t, "chip: {generation: 4}", "do plug")}, scenarios.Options{Bench: bench.New}).Results[0]
	require.Equal(t, scenarios.Invalid, r.Verdict)
}

// What Check was not asked about is refused when it is done.
func TestMistakesWhileRunning(t *testing.T) {
	for line, want := range map[string]string{
		"do plugg":                              `bench: no action "plugg"; there are plug, unplug`,
		"send phone > raw bytes data=FF00FF":    `bench: no field "data" in this frame; there are bytes`,
		"send phone > iap2.link data bytes=$ok": "bench: bytes=ok: want hexadecimal digits, two a byte",
	} {
		s := &scenarios.Scenario{ID: "a/b", Title: "t", Script: []scenarios.Step{
			scenarios.MustStep("do plug"),
			scenarios.MustStep("within 1s * > usb.request role switch result=$ok"),
			scenarios.MustStep(line), scenarios.MustStep("within 1s phone > usb attach"),
		}}
		r := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New}).Results[0]
		require.Equal(t, scenarios.Invalid, r.Verdict, r.Detail())
		require.Contains(t, r.Message(), want)
	}
}
