package phone

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

// The device descriptor that a host gets is the one that a real iPhone sent.
func TestDeviceDescriptorIsThatOfTheVectors(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		got := make([]byte, 64)
		n, err := usb.Control(b.w, conn, usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor,
			Value: usb.DescDevice << 8, Length: uint16(len(got))}, got, time.Second)
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(vectors(t)["usb-iphone-device-descriptor"]), hex.EncodeToString(got[:n]))
	})
}

// What hosts ask of a phone, byte for byte, and what it answers.
func TestAnswersToTheVectors(t *testing.T) {
	for name, want := range map[string][]byte{
		"usb-get-mode":            {3, 3, 3, 0},
		"usb-carplay-capability":  {1, 0, 0, 0},
		"usb-set-mode-carplay":    {0}, // mode 4; the phone leaves the bus after it
		"usb-role-switch":         {},
		"usb-role-switch-carplay": {},
	} {
		onCable(t, "", func(b *bench) {
			conn := b.phone()
			setup := usb.ParseSetup([8]byte(vectors(t)[name]))
			got := make([]byte, setup.Length)
			n, err := usb.Control(b.w, conn, setup, got, time.Second)
			require.NoError(t, err, name)
			require.Equal(t, want, got[:n], name)
		})
	}
}
