package dissect_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
)

func TestKinds(t *testing.T) {
	for _, l := range dissect.Layers() {
		kinds := dissect.Kinds(l)
		require.NotEmpty(t, kinds, l)
		slices.Sort(kinds)
		require.Equal(t, slices.Compact(slices.Clone(kinds)), kinds, "%s: twice", l)
	}
	require.Nil(t, dissect.Kinds("state"), "an endpoint's own words are its own")
	require.Nil(t, dissect.Kinds("usb.*"))
	require.Contains(t, dissect.Kinds("usb.request"), "GET_DESCRIPTOR")
	require.Contains(t, dissect.Kinds("iap2.control"), "AuthenticationSucceeded")
	require.Contains(t, dissect.Kinds("iap2.file"), "first data")
	require.Contains(t, dissect.Kinds("carlife"), "VIDEO_ENCODER_INIT")
}

// Nothing is derived, from a good connection or from noise, that is not listed.
func TestWhatIsDerivedIsListed(t *testing.T) {
	known := func(e *sim.Event) { require.Contains(t, dissect.Kinds(e.Layer), e.Kind, e.Layer) }
	connection(dissect.New(known).Observe)
}
