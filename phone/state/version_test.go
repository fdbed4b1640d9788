package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]state.Version{
		"17":      {Major: 17},
		"17.5":    {Major: 17, Minor: 5},
		"17.5.1":  {Major: 17, Minor: 5, Patch: 1},
		"16.7.10": {Major: 16, Minor: 7, Patch: 10},
	} {
		v, err := state.ParseVersion(text)
		require.NoError(t, err)
		require.Equal(t, want, v)
	}
	for _, text := range []string{"", "x", "17.", ".1", "1.2.3.4", "-1", "17.x", "99999999"} {
		_, err := state.ParseVersion(text)
		require.Error(t, err, text)
		require.Panics(t, func() { state.MustVersion(text) })
	}
}

func TestVersionOrder(t *testing.T) {
	order := []string{"4.3.5", "5.0", "11.4", "11.4.1", "16.7.9", "16.7.10", "17.0", "17.4", "26.0"}
	for i, a := range order {
		for j, b := range order {
			va, vb := state.MustVersion(a), state.MustVersion(b)
			require.Equal(t, i < j, va.Compare(vb) < 0, "%s %s", a, b)
			require.Equal(t, i >= j, state.Range{Since: vb}.Has(va))
			require.Equal(t, i < j, state.Range{Until: vb}.Has(va))
		}
	}
	require.True(t, state.MustVersion("17.4.1").AtLeast(17, 4))
	require.False(t, state.MustVersion("17.3.1").AtLeast(17, 4))
	require.Equal(t, "17.4", state.MustVersion("17.4").String())
	require.Equal(t, "17.0", state.MustVersion("17").String())
	require.Equal(t, "16.7.10", state.MustVersion("16.7.10").String())
	require.True(t, state.Range{}.Has(state.MustVersion("1.0")))
}
