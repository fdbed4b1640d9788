package headunit

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("../wire/iap2/testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(raw, &list))
	out := map[string][]byte{}
	for _, v := range list {
		out[v.Name], err = hex.DecodeString(v.Hex)
		require.NoError(t, err, v.Name)
	}
	return out
}

// What the head unit asks of a phone is, byte for byte, what was captured and
// documented.
func TestRequestsAreThoseOfTheVectors(t *testing.T) {
	v := vectors(t)
	for model, names := range map[string][]string{
		"":                             {"usb-role-switch"},
		"role-switch: {carplay: true}": {"usb-role-switch-carplay"},
		"role-switch: {carplay: true, ask: true}": {"usb-carplay-capability", "usb-role-switch-carplay"},
	} {
		var want, got []string
		for _, name := range names {
			want = append(want, hex.EncodeToString(v[name]))
		}
		onCable(t, model, func(b *bench) {
			b.plug(b.iPhone())
			b.w.Sleep(time.Second)
			for _, s := range b.setups {
				raw := s.Bytes()
				got = append(got, hex.EncodeToString(raw[:]))
			}
		})
		require.Equal(t, want, got, model)
	}
}

// The gadget's interfaces are those of the goggles, apart from the numbers of
// their strings.
func TestInterfacesAreThoseOfTheVectors(t *testing.T) {
	v := vectors(t)
	g := &gadget{h: &HeadUnit{m: model(t, "")}}
	interfaces := g.descriptors().Configs[0].Interfaces
	require.Len(t, interfaces, 2)
	for name, got := range map[string]usb.Interface{
		"usb-goggles-iap-interface": {Number: 0, Alternates: interfaces[0].Alternates},
		"usb-goggles-ea-alt0":       {Number: 1, Alternates: interfaces[1].Alternates[:1]},
		"usb-goggles-ea-alt1":       {Number: 1, Alternates: interfaces[1].Alternates[1:]},
	} {
		config := usb.ConfigDescriptor{Interfaces: []usb.Interface{got}}
		b := config.AppendTo(nil)[9:18]
		b[8] = v[name][8]
		require.Equal(t, hex.EncodeToString(v[name]), hex.EncodeToString(b), name)
	}
}
