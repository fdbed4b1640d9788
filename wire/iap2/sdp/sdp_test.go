package sdp_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/sdp"
)

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(raw, &list))
	got := map[string]string{}
	for _, v := range list {
		got[v.Name] = v.Hex
	}
	for name, uuid := range map[string]string{"sdp-accessory-uuid": sdp.Accessory, "sdp-device-uuid": sdp.Device} {
		require.Equal(t, got[name], strings.ReplaceAll(uuid, "-", ""), name)
		require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, uuid, name)
	}
}
