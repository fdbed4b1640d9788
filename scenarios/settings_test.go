package scenarios_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
)

type part struct {
	Model   string        `yaml:"model"`
	Timeout time.Duration `yaml:"timeout"`
	Apps    []app         `yaml:"apps"`
	Quirks  struct {
		Slow  bool `yaml:"slow"`
		Count int  `yaml:"count"`
	} `yaml:"quirks"`
	common `yaml:",inline"`
	hidden int
}

type common struct {
	Name string
}

type app struct {
	Bundle string `yaml:"bundle"`
}

func settings(t *testing.T, phone, mutant string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("s.yaml", []byte("id: a\ntitle: b\nphone: "+phone+"\nscript: [within 1s phone > usb attach]\nmutants:\n  - {name: m, fails: f, phone: "+mutant+"}\n"))
	require.NoError(t, err)
	return s
}

func TestSettingsDecode(t *testing.T) {
	s := settings(t, "{model: x, timeout: 5s, apps: [{bundle: a}, {bundle: b}], quirks: {slow: true}, name: n}", "{model: y}")
	p := part{Timeout: time.Hour}
	p.Quirks.Count = 7
	require.NoError(t, s.Setup.Phone.Decode(&p))
	require.Equal(t, "x", p.Model)
	require.Equal(t, 5*time.Second, p.Timeout)
	require.Equal(t, []app{{"a"}, {"b"}}, p.Apps)
	require.True(t, p.Quirks.Slow)
	require.Equal(t, 7, p.Quirks.Count, "what is not mentioned keeps its value")
	require.Equal(t, "n", p.Name)
	require.Zero(t, p.hidden)

	var zero scenarios.Settings
	require.NoError(t, zero.Decode(&p))
	require.True(t, zero.IsZero())
	require.Nil(t, zero.Node())
	require.Nil(t, zero.Keys())
}

func TestSettingsErrors(t *testing.T) {
	for in, want := range map[string]string{
		"{modle: x}": "s.yaml:3:9: unknown key \"modle\"; known: apps, model, name, quirks, timeout\n" +
			"    phone: {modle: x}\n            ^",
		"{quirks: {slow: 1, fast: 2}}": "s.yaml:3:24: 1 is neither true nor false\n" +
			"    phone: {quirks: {slow: 1, fast: 2}}\n                           ^\n" +
			"s.yaml:3:27: unknown key \"fast\"; known: count, slow\n" +
			"    phone: {quirks: {slow: 1, fast: 2}}\n                              ^",
		"{apps: [{bundel: a}]}": "s.yaml:3:17: unknown key \"bundel\"; known: bundle\n" +
			"    phone: {apps: [{bundel: a}]}\n                    ^",
		"{timeout: 5}": "s.yaml:3:18: 5 is no time; write one with a unit, such as 5ms, 1.5s or 2m\n" +
			"    phone: {timeout: 5}\n                     ^",
		"{model: [x], quirks: {count: many}}": "s.yaml:3:16: this is no text; put it in quotes\n" +
			"    phone: {model: [x], quirks: {count: many}}\n                   ^\n" +
			"s.yaml:3:37: many is no whole number that fits here\n" +
			"    phone: {model: [x], quirks: {count: many}}\n                                        ^",
		"{apps: 5}": "s.yaml:3:15: 5 is no list; write [a, b]\n" +
			"    phone: {apps: 5}\n                  ^",
		"{quirks: fast}": "s.yaml:3:17: fast does not fit here; want a mapping with count, slow\n" +
			"    phone: {quirks: fast}\n                    ^",
	} {
		var p part
		err := settings(t, in, "{x: 1}").Setup.Phone.Decode(&p)
		require.EqualError(t, err, want)
		require.ErrorIs(t, err, scenarios.ErrInvalid)
	}
	s := settings(t, "{model: x}", "{model: y}")
	require.EqualError(t, s.Setup.Phone.Errorf("model", "no model %s", "x"), "s.yaml:3:9: model: no model x\n    phone: {model: x}\n            ^")
	require.EqualError(t, s.Setup.Phone.Errorf("other", "bad"), "other: bad")
	require.ErrorIs(t, s.Setup.Phone.Errorf("other", "bad"), scenarios.ErrInvalid)
	require.EqualError(t, s.Setup.Phone.Invalid(errors.New("bad")), "s.yaml:3:8: bad\n    phone: {model: x}\n           ^")
	require.NoError(t, s.Setup.Phone.Invalid(nil))
	var zero scenarios.Settings
	require.EqualError(t, zero.Errorf("other", "bad"), "other: bad")
	require.ErrorIs(t, zero.Invalid(errors.New("bad")), scenarios.ErrInvalid)
}

func TestSettingsMerge(t *testing.T) {
	for _, c := range []struct {
		base, over string
		want       map[string]any
	}{
		{"{a: 1}", "{b: 2}", map[string]any{"a": 1, "b": 2}},
		{"{a: 1, b: 3}", "{b: 2}", map[string]any{"a": 1, "b": 2}},
		{"{a: {x: 1, y: 2}}", "{a: {y: 3, z: 4}}", map[string]any{"a": map[string]any{"x": 1, "y": 3, "z": 4}}},
		{"{a: [1, 2]}", "{a: [3]}", map[string]any{"a": []any{3}}},
		{"{a: {x: 1}}", "{a: 5}", map[string]any{"a": 5}},
		{"{a: 5}", "{a: {x: 1, y: ~}}", map[string]any{"a": map[string]any{"x": 1}}},
		{"{a: 1, b: 2}", "{a: ~, c: null}", map[string]any{"b": 2}},
		{"{a: {x: 1, y: 2}}", "{a: {x: ~}}", map[string]any{"a": map[string]any{"y": 2}}},
	} {
		s := settings(t, c.base, c.over)
		merged := s.Setup.Merge(s.Mutants[0].Setup)
		var got map[string]any
		require.NoError(t, merged.Phone.Decode(&got))
		require.Equal(t, c.want, got, "%s + %s", c.base, c.over)
		var before map[string]any
		require.NoError(t, s.Setup.Phone.Decode(&before))
		require.NotEqual(t, c.want, before, "the base stays as it was")
	}
	// An error in what the mutant says shows the mutant's line.
	s := settings(t, "{model: x}", "{modle: y}")
	var p part
	require.ErrorContains(t, s.Setup.Merge(s.Mutants[0].Setup).Phone.Decode(&p), "s.yaml:6:33: unknown key \"modle\"")
}

func TestNewSettings(t *testing.T) {
	s, err := scenarios.NewSettings(map[string]any{"model": "x", "timeout": "5s"})
	require.NoError(t, err)
	var p part
	require.NoError(t, s.Decode(&p))
	require.Equal(t, "x", p.Model)
	s, err = scenarios.NewSettings(map[string]any{"modle": "x"})
	require.NoError(t, err)
	require.EqualError(t, s.Decode(&p), `unknown key "modle"; known: apps, model, name, quirks, timeout`)
	_, err = scenarios.NewSettings(5)
	require.EqualError(t, err, "scenarios: settings of type int are no mapping")
}
