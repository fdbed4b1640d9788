package control

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with a file below testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go test -update after a wanted change")
}

func TestDense(t *testing.T) {
	for _, c := range []struct {
		message string
		fields  Values
		want    string
	}{
		{"AuthenticationSucceeded", nil, "AA05 AuthenticationSucceeded"},
		{"RequestAuthenticationChallengeResponse", Values{{"Challenge", []byte{0x0A, 0x1B, 0x2C, 0x3D, 4, 5, 6, 7, 8}}},
			"AA02 RequestAuthenticationChallengeResponse Challenge=9 bytes 0a1b2c3d04050607.."},
		{"AuthenticationResponse", Values{{"Signature", []byte{}}}, "AA03 AuthenticationResponse Signature=0 bytes"},
		{"StartExternalAccessoryProtocolSession", Values{{"ProtocolID", 0}, {"SessionID", 258}},
			"EA00 StartExternalAccessoryProtocolSession ProtocolID=0 SessionID=258"},
		{"RequestAppLaunch", Values{{"BundleID", "com.example.app"}, {"LaunchMethod", "without-alert"}},
			`EA02 RequestAppLaunch BundleID="com.example.app" LaunchMethod=without-alert`},
		{"RequestAppLaunch", Values{{"BundleID", "a\"\n漢"}, {"LaunchMethod", 9}}, `EA02 RequestAppLaunch BundleID="a\"\n漢" LaunchMethod=9`},
		{"RequestAppLaunch", Values{{"BundleID", Raw("no end")}}, `EA02 RequestAppLaunch BundleID=!6 bytes 6e6f20656e64`},
		{"StartPowerUpdates", Values{{"BatteryLevel", true}, {"#9", true}}, "AE00 StartPowerUpdates BatteryLevel #9"},
		{"StartPowerUpdates", Values{{"BatteryLevel", Raw{1}}}, "AE00 StartPowerUpdates BatteryLevel=1 byte 01"},
		{"PowerUpdate", Values{{"ExternalChargerConnected", true}, {"#25", Raw{1, 2}}}, "AE01 PowerUpdate ExternalChargerConnected=true #25=2 bytes 0102"},
		{"CarPlayAvailability", Values{{"Wired", Values{{"Available", true}, {"USBTransportID", "usb-1"}}}, {"Wireless", Values{}}},
			`4300 CarPlayAvailability Wired{Available=true USBTransportID="usb-1"} Wireless{}`},
		{"CarPlayAvailability", Values{{"Wired", Raw{1}}}, "4300 CarPlayAvailability Wired=!1 byte 01"},
		{"CarPlayStartSession", Values{{"Wired", Values{{"IPAddress", Joined{"10.0.0.1", "fe80::1"}}}}},
			`4301 CarPlayStartSession Wired{IPAddress="10.0.0.1"+"fe80::1"}`},
		{"RouteGuidanceManeuverUpdate", Values{{"Type", "u-turn"}, {"JunctionElementAngle", []int{-90, 45}}},
			"5202 RouteGuidanceManeuverUpdate Type=u-turn JunctionElementAngle=-90 JunctionElementAngle=45"},
		{"RouteGuidanceUpdate", Values{{"CurrentManeuvers", []int{3, 4}}}, "5201 RouteGuidanceUpdate CurrentManeuvers=[3 4]"},
		{"IdentificationInformation", Values{{"MessagesSentByAccessory", []uint16{0xAE00, 0xEA02}}, {"MessagesReceivedFromDevice", []uint16{}}},
			"1D01 IdentificationInformation MessagesSentByAccessory=[AE00 EA02] MessagesReceivedFromDevice=[]"},
	} {
		wire, err := Build(c.message, c.fields...)
		require.NoError(t, err)
		m, err := Parse(wire)
		require.NoError(t, err)
		assert.Equal(t, c.want, Dense(m))
	}
	m, err := Parse(unhex(t, "4040000b40c80005000701"))
	require.NoError(t, err)
	assert.Equal(t, "40C8 unknown #7=1 byte 01", Dense(m))
}

// Every vector, in one line and in several.
func TestPrintedVectors(t *testing.T) {
	var text []byte
	for _, v := range messageVectors {
		m, err := Parse(vector(t, v.vector))
		require.NoError(t, err)
		text = append(append(text, "# "+v.vector+"\n"...), Dense(m)+"\n"...)
		text = append(AppendIndented(text, m), '\n')
	}
	golden(t, "vectors.txt", text)
}

func TestIndentedIdentification(t *testing.T) {
	m := identification(t, djiGoggles...)
	golden(t, "identification.txt", []byte(Indented(m)))
}

func TestIndentedShowsWhatIsRefused(t *testing.T) {
	wire, err := Build("CarPlayAvailability", F("Wired", Raw{0, 9, 0, 0}), F("#7", true))
	require.NoError(t, err)
	m, err := Parse(wire)
	require.NoError(t, err)
	assert.Equal(t, strings.Join([]string{
		"4300 CarPlayAvailability, from device, 18 bytes",
		"  0 Wired = !4 bytes 00090000",
		"  #7",
		"  refused: control: message 4300, offset 10: parameter 0x0000 length = 9: parameter runs past the end",
		"",
	}, "\n"), Indented(m))
}

func TestMarkdownPage(t *testing.T) {
	page := Markdown()
	golden(t, "catalogue.md", page)
	for m := range All() {
		assert.Contains(t, string(page), "\n### "+m.Name+"\n", "every message has a section")
	}
	for _, e := range enums() {
		assert.Contains(t, string(page), "\n### Enumeration "+e.Name+"\n")
	}
}
