package control

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The messages that public sources describe, by sender. Ids in between
// (1D04, 4E02, 6804 and so on) are unknown and must stay so.
const (
	fromDevice = "1D00 1D02 1D03 4155 4158 4300 4C01 4C04 4E04 4E09 4E0A 4E0B 4E0C 4E0D 4E0E 5001 5201 5202 5204 " +
		"5701 5702 6801 6806 6807 A100 A102 AA00 AA02 AA04 AA05 AE01 DA01 EA00 EA01 FFFA FFFC"
	fromAccessory = "1D01 1D05 1D06 4154 4156 4157 4159 415A 415B 415C 415D 415E 415F 4160 4161 4301 4C00 4C02 4C03 4C05 " +
		"4E01 4E03 4E05 5000 5002 5003 5200 5203 5700 5703 6800 6802 6803 A101 AA01 AA03 AA06 AE00 AE02 AE03 DA00 DA02 EA02 EA03 FFFB"
)

func TestCatalogueHasEveryMessage(t *testing.T) {
	got := map[Sender][]string{}
	last := -1
	for m := range All() {
		assert.Greater(t, int(m.ID), last, "ordered by id")
		last = int(m.ID)
		got[m.Sender] = append(got[m.Sender], fmt.Sprintf("%04X", m.ID))
	}
	assert.Equal(t, fromDevice, strings.Join(got[FromDevice], " "))
	assert.Equal(t, fromAccessory, strings.Join(got[FromAccessory], " "))
}

func TestLookup(t *testing.T) {
	for m := range All() {
		assert.Same(t, m, Lookup(m.ID))
		assert.Same(t, m, ByName(m.Name))
		assert.Equal(t, m.Name, Name(m.ID))
		for i := range m.Params {
			assert.Same(t, &m.Params[i], m.Param(m.Params[i].ID))
			assert.Same(t, &m.Params[i], m.ParamByName(m.Params[i].Name))
		}
	}
	for _, g := range groups() {
		for i := range g.Params {
			assert.Same(t, &g.Params[i], g.Param(g.Params[i].ID), g.Name)
			assert.Same(t, &g.Params[i], g.ParamByName(g.Params[i].Name), g.Name)
		}
	}
	for id, name := range map[uint16]string{
		0x56F2: "RequestAccessoryWiFiConfigurationInformation",
		0x56F3: "AccessoryWiFiConfigurationInformation",
		0x4E1D: "DeviceTransportIdentifierNotification",
	} {
		assert.Same(t, ByName(name), Lookup(id), "%04X is an alternate id", id)
	}
	for _, id := range []uint16{0, 0x1D04, 0x40C8, 0x4E02, 0x6804, 0xAA07, 0xEA04, 0xFFFF} {
		assert.Nil(t, Lookup(id), "%04X", id)
	}
	assert.Equal(t, "40C8", Name(0x40C8))
	assert.Nil(t, ByName(""))
	assert.Nil(t, ByName("startidentification"))
}

func TestLookupStopsWhenAsked(t *testing.T) {
	n := 0
	for range All() {
		n++
		break
	}
	assert.Equal(t, 1, n)
}

// Every parameter is complete and agrees with its type.
func TestCatalogueIsConsistent(t *testing.T) {
	params := 0
	walkParams(func(p *ParamSpec) {
		params++
		assert.NotEmpty(t, p.Source, p.Name)
		assert.Contains(t, "ABC", p.Mark.String(), p.Name)
		assert.Equal(t, p.Type == TypeGroup, p.Group != nil, p.Name)
		if p.Enum != nil {
			assert.Equal(t, TypeEnum, p.Type, p.Name)
			assert.NotEmpty(t, p.Enum.Values, p.Name)
		}
		if p.RequiredInferred {
			assert.True(t, p.Required, p.Name)
		}
	})
	assert.Greater(t, params, 300)
	for m := range All() {
		if m.Open {
			assert.Empty(t, m.Params, m.Name)
		}
	}
}

func ids(list []ParamSpec) []int {
	var all []int
	for _, p := range list {
		all = append(all, int(p.ID))
	}
	return all
}

func TestParameterNumbers(t *testing.T) {
	group := func(message, param string) []int { return ids(ByName(message).ParamByName(param).Group.Params) }
	span := func(from, to int) (list []int) {
		for i := from; i <= to; i++ {
			list = append(list, i)
		}
		return list
	}
	for _, c := range []struct {
		name string
		got  []int
		want []int
	}{
		{"1D01", ids(ByName("IdentificationInformation").Params), slices.Concat(span(0, 18), span(20, 24), []int{29, 30})},
		{"1D03", ids(ByName("IdentificationRejected").Params), slices.Concat(span(0, 18), span(20, 24), []int{29, 30})},
		{"1D06", ids(ByName("IdentificationInformationUpdate").Params), slices.Concat(span(0, 18), span(20, 24), []int{29, 30})},
		{"4154", ids(ByName("StartCallStateUpdates").Params), slices.Concat(span(0, 4), span(6, 12))},
		{"4155", ids(ByName("CallStateUpdate").Params), slices.Concat(span(0, 4), span(6, 12))},
		{"4157", ids(ByName("StartCommunicationsUpdates").Params), slices.Concat(span(0, 2), span(4, 17))},
		{"AE00", ids(ByName("StartPowerUpdates").Params), []int{0, 1, 2, 4, 5, 6}},
		{"5201", ids(ByName("RouteGuidanceUpdate").Params), span(0, 0x1A)},
		{"5202", ids(ByName("RouteGuidanceManeuverUpdate").Params), span(0, 0xD)},
		{"5703", ids(ByName("AccessoryWiFiConfigurationInformation").Params), span(1, 4)},
		{"A100", ids(ByName("StartVehicleStatusUpdates").Params), span(3, 6)},
		{"FFFA", ids(ByName("StartLocationInformation").Params), span(1, 7)},
		{"media", group("NowPlayingUpdate", "Media"), slices.Concat(span(0, 0x13), span(0x15, 0x1B))},
		{"wanted media", group("StartNowPlayingUpdates", "Media"), slices.Concat(span(0, 0x13), span(0x15, 0x1B))},
		{"playback", group("NowPlayingUpdate", "Playback"), span(0, 0x11)},
		{"EA protocol", group("IdentificationInformation", "SupportedExternalAccessoryProtocol"), span(0, 4)},
		{"USB host transport", group("IdentificationInformation", "USBHostTransportComponent"), span(0, 4)},
		{"wireless CarPlay transport", group("IdentificationInformation", "WirelessCarPlayTransportComponent"), []int{0, 1, 2, 4}},
		{"vehicle information", group("IdentificationInformation", "VehicleInformationComponent"), []int{0, 1, 2, 6, 8}},
		{"location", group("IdentificationInformation", "LocationInformationComponent"), []int{0, 1, 17, 18}},
		{"route guidance display", group("IdentificationInformation", "RouteGuidanceDisplayComponent"), span(0, 8)},
	} {
		assert.Equal(t, c.want, c.got, c.name)
	}
}

func TestRequiredParameters(t *testing.T) {
	var required []int
	for _, p := range ByName("IdentificationInformation").Params {
		if p.Required && !p.RequiredInferred {
			required = append(required, int(p.ID))
		}
	}
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13}, required)
	for _, p := range ByName("IdentificationInformationUpdate").Params {
		assert.False(t, p.Required, p.Name)
	}
	for _, name := range []string{"VendorID", "ProductID"} {
		p := ByName("StartHID").ParamByName(name)
		assert.True(t, p.Required && !p.RequiredInferred, name)
	}
}

func TestSubscriptionsAreFlags(t *testing.T) {
	for _, name := range []string{"StartCallStateUpdates", "StartCommunicationsUpdates", "StartPowerUpdates", "StartVehicleStatusUpdates", "IdentificationRejected"} {
		for _, p := range ByName(name).Params {
			assert.Equal(t, TypeNone, p.Type, "%s.%s", name, p.Name)
			assert.False(t, p.Required || p.Repeated, "%s.%s", name, p.Name)
		}
	}
}

func TestEnumerations(t *testing.T) {
	byName := map[string]*EnumSpec{}
	for _, e := range enums() {
		byName[e.Name] = e
		for i := 1; i < len(e.Values); i++ {
			assert.Greater(t, e.Values[i].Value, e.Values[i-1].Value, e.Name)
		}
	}
	assert.Len(t, byName, 26)

	maneuvers := byName["ManeuverType"]
	require.Len(t, maneuvers.Values, 54)
	for v, name := range map[uint8]string{
		0: "no-turn", 1: "left-turn", 4: "u-turn", 12: "arrive-at-destination", 21: "right-at-end-of-road", 27: "end-of-directions",
		28: "roundabout-exit-1", 46: "roundabout-exit-19", 47: "sharp-left", 50: "slight-right", 53: "change-highway-right",
	} {
		assert.Equal(t, name, maneuvers.NameOf(v))
		got, ok := maneuvers.ValueOf(name)
		assert.True(t, ok)
		assert.Equal(t, v, got)
	}
	assert.Empty(t, maneuvers.NameOf(54))
	_, ok := maneuvers.ValueOf("fly")
	assert.False(t, ok)

	for _, c := range []struct {
		enum  string
		value uint8
		name  string
	}{
		{"PowerProvidingCapability", 2, "advanced"}, {"MatchAction", 1, "offer-app"}, {"EngineType", 3, "cng"},
		{"HIDFunction", 1, "media-playback-remote"}, {"HIDFunction", 10, "braille"}, {"LaunchMethod", 1, "without-alert"},
		{"EASessionStatus", 1, "close"}, {"PlaybackStatus", 2, "paused"}, {"ShuffleMode", 1, "songs"}, {"RepeatMode", 2, "all"},
		{"CallStatus", 2, "ringing"}, {"CallStatus", 6, "disconnecting"}, {"CallDirection", 2, "outgoing"}, {"CallService", 3, "facetime-video"},
		{"DisconnectReason", 1, "declined"}, {"RegistrationStatus", 4, "home"}, {"InitiateCallType", 2, "redial"},
		{"AcceptAction", 1, "end-and-accept"}, {"EndAction", 1, "all-calls"}, {"DTMFTone", 11, "#"},
		{"WirelessCarPlayStatus", 1, "available"}, {"WiFiRequestStatus", 1, "declined"}, {"WiFiSecurity", 2, "wpa-wpa2"},
		{"RouteGuidanceState", 5, "rerouting"}, {"DistanceUnits", 1, "miles"}, {"DrivingSide", 1, "left-hand-traffic"}, {"LaneStatus", 2, "preferred"},
	} {
		require.Contains(t, byName, c.enum)
		assert.Equal(t, c.name, byName[c.enum].NameOf(c.value), "%s %d", c.enum, c.value)
	}
	assert.Empty(t, (*EnumSpec)(nil).NameOf(0), "an enumeration without names has none")
	_, ok = (*EnumSpec)(nil).ValueOf("x")
	assert.False(t, ok)
}

func TestTypes(t *testing.T) {
	for typ, size := range map[Type]int{
		TypeUint8: 1, TypeUint16: 2, TypeUint32: 4, TypeUint64: 8, TypeInt8: 1, TypeInt16: 2, TypeInt64: 8,
		TypeEnum: 1, TypeBool: 1, TypeNone: 0,
	} {
		got, fixed := typ.Size()
		assert.True(t, fixed, typ)
		assert.Equal(t, size, got, typ)
	}
	for _, typ := range []Type{TypeUnknown, TypeUTF8, TypeBlob, TypeGroup, TypeIDs} {
		_, fixed := typ.Size()
		assert.False(t, fixed, typ)
	}
	assert.Equal(t, "ids", TypeIDs.String())
	assert.Equal(t, "type 99", Type(99).String())
	assert.Equal(t, "sender 0", Sender(0).String())
	assert.Equal(t, "kind 99", Kind(99).String())
}

func TestGapsAreNamed(t *testing.T) {
	list := Gaps()
	require.NotEmpty(t, list)
	var names []string
	for _, g := range list {
		assert.NotEmpty(t, g.Note)
		names = append(names, g.Name)
	}
	assert.Contains(t, strings.Join(names, "\n"), "1D04")
	list[0].Name = "changed"
	assert.NotEqual(t, "changed", Gaps()[0].Name, "the list is a copy")
}

func TestCatalogueAsJSON(t *testing.T) {
	text, err := json.Marshal(ByName("RequestAppLaunch"))
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	assert.Equal(t, "accessory", m["sender"])
	assert.Equal(t, "A", m["mark"])
	params := m["params"].([]any)
	launch := params[1].(map[string]any)
	assert.Equal(t, "enum", launch["type"])
	assert.Equal(t, "without-alert", launch["enum"].(map[string]any)["values"].([]any)[1].(map[string]any)["name"])
}
