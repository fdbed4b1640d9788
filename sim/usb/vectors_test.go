package usb_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// vectors returns the byte vectors of iAP2 by name.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("../../wire/iap2/testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(raw, &list))
	out := map[string][]byte{}
	for _, v := range list {
		out[v.Name] = unhex(t, v.Hex)
	}
	return out
}

// The requests of the role switch and of an iPhone's modes, both ways.
func TestVectorsOfRequests(t *testing.T) {
	v := vectors(t)
	for name, want := range map[string]usb.Setup{
		"usb-role-switch":         {RequestType: usb.TypeVendor, Request: 0x51},
		"usb-role-switch-carplay": {RequestType: usb.TypeVendor, Request: 0x51, Value: 1},
		"usb-carplay-capability":  {RequestType: usb.DirIn | usb.TypeVendor, Request: 0x53, Length: 4},
		"usb-set-mode-carplay":    {RequestType: usb.DirIn | usb.TypeVendor, Request: 0x52, Index: 4, Length: 1},
		"usb-get-mode":            {RequestType: usb.DirIn | usb.TypeVendor, Request: 0x45, Length: 4},
	} {
		require.Len(t, v[name], 8, name)
		require.Equal(t, want, usb.ParseSetup([8]byte(v[name])), name)
		b := want.Bytes()
		require.Equal(t, hex.EncodeToString(v[name]), hex.EncodeToString(b[:]), name)
	}
}

func TestVectorOfTheDeviceDescriptor(t *testing.T) {
	b := vectors(t)["usb-iphone-device-descriptor"]
	want := usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64, VendorID: 0x05AC, ProductID: 0x12A8, Release: 0x1404,
		Manufacturer: 1, Product: 2, SerialNumber: 3, Configurations: 4}
	got, err := usb.ParseDevice(b)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, hex.EncodeToString(b), hex.EncodeToString(want.AppendTo(nil)))
}

// The captured pieces of the goggles' configuration, with the endpoints that
// the same source names between them.
func TestVectorsOfTheGoggles(t *testing.T) {
	v := vectors(t)
	var b []byte
	for _, part := range [][]byte{
		v["usb-goggles-config-header"],
		v["usb-goggles-iap-interface"], unhex(t, "0705810200020007050102000200"),
		v["usb-goggles-ea-alt0"],
		v["usb-goggles-ea-alt1"], unhex(t, "0705820200020007050202000200"),
	} {
		require.NotEmpty(t, part)
		b = append(b, part...)
	}
	iap := usb.Alternate{Class: 0xFF, SubClass: 0xF0, Protocol: 0, String: 5,
		Endpoints: []usb.EndpointDescriptor{usb.Bulk(0x81), usb.Bulk(0x01)}}
	off := usb.Alternate{Class: 0xFF, SubClass: 0xF0, Protocol: 1, String: 6}
	on := off
	on.Setting, on.Endpoints = 1, []usb.EndpointDescriptor{usb.Bulk(0x82), usb.Bulk(0x02)}
	want := usb.ConfigDescriptor{Value: 1, String: 4, Attributes: usb.AttrReserved, MaxPower: 1, Interfaces: []usb.Interface{
		{Number: 0, Alternates: []usb.Alternate{iap}},
		{Number: 1, Alternates: []usb.Alternate{off, on}},
	}}
	got, err := usb.ParseConfig(b)
	require.NoError(t, err, "64 bytes, as the header says")
	require.Equal(t, want, got)
	require.Equal(t, hex.EncodeToString(b), hex.EncodeToString(want.AppendTo(nil)))
}
