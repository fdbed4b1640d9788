package state_test

import (
	"crypto/x509"
	"encoding/pem"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestIdentityFollowsFromTheSerialNumber(t *testing.T) {
	const serial = "00008110001A2B3C4D5E001E"
	_, a := phone(t, state.Options{SerialNumber: serial})
	w := sim.New(sim.Seed(99))
	b, err := state.New(w, "another", state.Options{SerialNumber: serial, ProductVersion: "17.0"})
	require.NoError(t, err)
	require.Equal(t, a.Identity, b.Identity)
	require.Equal(t, "00008110-001A2B3C4D5E001E", a.Identity.UDID)
	require.Equal(t, uint64(0x001A2B3C4D5E001E), a.Identity.ECID)

	_, old := phone(t, state.Options{SerialNumber: "0123456789abcdef0123456789abcdef01234567"})
	require.Equal(t, "0123456789abcdef0123456789abcdef01234567", old.Identity.UDID)
	require.NotZero(t, old.Identity.ECID)
}

func TestIdentityIsPlausible(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(50) {
		s, err := state.New(sim.New(sim.Seed(seed)), "phone", state.Options{})
		require.NoError(t, err)
		id := s.Identity
		require.Regexp(t, `^00008110[0-9A-F]{16}$`, id.USBSerial)
		require.Regexp(t, `^00008110-000[0-9A-F]{13}$`, id.UDID)
		require.Regexp(t, `^[0-9C-Y]{10}$`, id.Serial)
		for _, mac := range []string{id.WiFi, id.Bluetooth, id.Ethernet} {
			require.Regexp(t, `^[0-9a-f]2(:[0-9a-f]{2}){5}$`, mac, "locally administered, unicast")
		}
		require.Regexp(t, `^35[0-9]{13}$`, id.IMEI)
		require.True(t, luhn(id.IMEI), id.IMEI)
		for _, x := range []string{id.UDID, id.WiFi, id.IMEI, id.Serial} {
			require.False(t, seen[x], x)
			seen[x] = true
		}
	}
}

// luhn checks the check digit of an IMEI.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d, _ := strconv.Atoi(digits[len(digits)-1-i : len(digits)-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func TestDeviceKey(t *testing.T) {
	used := map[string]bool{}
	for seed := range uint64(30) {
		s, err := state.New(sim.New(sim.Seed(seed)), "phone", state.Options{})
		require.NoError(t, err)
		block, rest := pem.Decode(s.PublicKey())
		require.Equal(t, "RSA PUBLIC KEY", block.Type)
		require.Empty(t, rest)
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		require.NoError(t, err)
		require.True(t, key.Equal(&s.Key().PublicKey))
		require.Equal(t, 2048, key.N.BitLen())
		used[string(block.Bytes)] = true
	}
	require.Len(t, used, 4, "all the test keys are in use")
}

func TestUUID(t *testing.T) {
	require.Equal(t, "00010203-0405-4607-8809-0A0B0C0D0E0F", state.UUID([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}))
}
