package control

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func decode(t *testing.T, message string, fields ...Field) *Decoded {
	t.Helper()
	wire, err := Build(message, fields...)
	require.NoError(t, err)
	m, err := Parse(wire)
	require.NoError(t, err)
	d, err := Decode(m)
	require.NoError(t, err)
	return d
}

func TestDecodedValues(t *testing.T) {
	d := decode(t, "NowPlayingUpdate",
		F("Media", Values{{"Title", "Tiny Dancer"}, {"Duration", 377000}, {"Liked", true}}),
		F("Playback", Values{{"Status", "playing"}, {"Elapsed", 1000}}))

	title, ok := d.Text("Media.Title")
	assert.True(t, ok)
	assert.Equal(t, "Tiny Dancer", title)
	duration, ok := d.Uint("Media.Duration")
	assert.True(t, ok)
	assert.Equal(t, uint64(377000), duration)
	liked, ok := d.Bool("Media.Liked")
	assert.True(t, ok)
	assert.True(t, liked)
	status, ok := d.Enum("Playback.Status")
	assert.True(t, ok)
	assert.Equal(t, "playing", status)
	number, ok := d.Uint("Playback.Status")
	assert.True(t, ok)
	assert.Equal(t, uint64(1), number)

	assert.True(t, d.Has("Playback"))
	assert.False(t, d.Has("Playback.Title"))
	assert.False(t, d.Has("Title"))
	_, ok = d.Text("Media.Artist")
	assert.False(t, ok, "absent")
	_, ok = d.Uint("Media.Title")
	assert.False(t, ok, "not a number")
	_, ok = d.Enum("Media.Duration")
	assert.False(t, ok, "not an enumeration")
	_, ok = d.Enum("Media.Artist")
	assert.False(t, ok)
}

func TestDecodedSignedAndPacked(t *testing.T) {
	d := decode(t, "RouteGuidanceManeuverUpdate", F("JunctionElementAngle", []int{-90, 45}), F("ExitAngle", -1))
	var angles []any
	for n := range d.Each("JunctionElementAngle") {
		angles = append(angles, n.Value)
	}
	assert.Equal(t, []any{int64(-90), int64(45)}, angles)
	for n := range d.Each("JunctionElementAngle") {
		assert.Equal(t, int64(-90), n.Value)
		break
	}
	exit, ok := d.Int("ExitAngle")
	assert.True(t, ok)
	assert.Equal(t, int64(-1), exit)

	ids, ok := decode(t, "RouteGuidanceUpdate", F("CurrentManeuvers", []int{3, 4})).IDs("CurrentManeuvers")
	assert.True(t, ok)
	assert.Equal(t, []uint16{3, 4}, ids)
}

// Lists of strings read alike whether the parameter repeats or holds them all.
func TestDecodedTexts(t *testing.T) {
	for _, value := range []any{[]string{"zh", "en", "ja"}, Joined{"zh", "en", "ja"}, []any{Joined{"zh", "en"}, "ja"}} {
		d := decode(t, "IdentificationInformation", F("SupportedLanguage", value))
		assert.Equal(t, []string{"zh", "en", "ja"}, d.Texts("SupportedLanguage"))
	}
}

func TestFirstOfADoubledParameterCounts(t *testing.T) {
	d := decode(t, "PowerUpdate", F("BatteryLevel", 1), F("BatteryLevel", 2))
	level, _ := d.Uint("BatteryLevel")
	assert.Equal(t, uint64(1), level)
}

func TestUnreadableValuesCostOnlyThemselves(t *testing.T) {
	d := decode(t, "CallStateUpdate",
		F("RemoteID", Raw("no end")), F("Status", Raw{1, 2}), F("Conferenced", Raw{0, 0}), F("StartTime", Raw{1}),
		F("Label", Raw("a\x00b\x00")), F("DisplayName", "Jenny"))
	for name, want := range map[string]error{
		"RemoteID": ErrNoTerminator, "Status": ErrValueSize, "Conferenced": ErrValueSize, "StartTime": ErrValueSize, "Label": ErrInnerNUL,
	} {
		n := d.Find(name)
		require.ErrorIs(t, n.Err, want, name)
		assert.Nil(t, n.Value, name)
	}
	name, ok := d.Text("DisplayName")
	assert.True(t, ok)
	assert.Equal(t, "Jenny", name)
}

func TestUnknownThingsAreKept(t *testing.T) {
	m, err := Parse(unhex(t, "4040000f40c8"+"0005000701"+"00040008"))
	require.NoError(t, err)
	d, err := Decode(m)
	require.NoError(t, err)
	assert.Nil(t, d.Spec)
	assert.Equal(t, uint16(0x40C8), d.ID)
	b, ok := d.Bytes("#7")
	assert.True(t, ok)
	assert.Equal(t, []byte{1}, b)
	assert.True(t, d.Has("#8"))
	again, err := d.AppendTo(nil)
	require.NoError(t, err)
	assert.Equal(t, "4040000f40c8"+"0005000701"+"00040008", hex.EncodeToString(again))

	d = decode(t, "PowerUpdate", F("#3", Raw{1}), F("BatteryLevel", 90))
	assert.True(t, d.Has("#3"))
	level, _ := d.Uint("BatteryLevel")
	assert.Equal(t, uint64(90), level)
}

func TestMalformedGroupRefusesTheMessage(t *testing.T) {
	wire, err := Build("CarPlayAvailability", F("Wireless", Values{{"Available", true}}), F("Wired", Raw{0, 4, 0}))
	require.NoError(t, err)
	m, err := Parse(wire)
	require.NoError(t, err, "the message itself is well formed")
	d, err := Decode(m)
	var at *Error
	require.ErrorAs(t, err, &at)
	assert.Equal(t, &Error{Message: 0x4300, Offset: 19, Field: "trailing bytes", Value: 3, Err: ErrTrailing}, at)
	assert.True(t, d.Has("Wireless.Available"), "the tree is there for printing")
}

func TestAlternateIDsAreDecodedAndKept(t *testing.T) {
	wire, err := Build("AccessoryWiFiConfigurationInformation", F("SSID", "car"), F("Channel", 36))
	require.NoError(t, err)
	wire[4], wire[5] = 0x56, 0xF3
	m, err := Parse(wire)
	require.NoError(t, err)
	d, err := Decode(m)
	require.NoError(t, err)
	assert.Equal(t, uint16(0x5703), d.Spec.ID)
	ssid, _ := d.Text("SSID")
	assert.Equal(t, "car", ssid)
	again, err := d.AppendTo(nil)
	require.NoError(t, err)
	assert.Equal(t, wire, again)
}

// What stands on the wire in an unusual form is written again in that form.
func TestUnusualFormsSurvive(t *testing.T) {
	d := decode(t, "CommunicationsUpdate", F("AirplaneMode", Raw{}), F("Mute", Raw{7}), F("HoldAvailable", Raw{0}))
	airplane, ok := d.Bool("AirplaneMode")
	assert.True(t, ok)
	assert.True(t, airplane)
	assert.Equal(t, Values{{"AirplaneMode", Raw{}}, {"Mute", Raw{7}}, {"HoldAvailable", false}}, d.Values())

	d = decode(t, "StartPowerUpdates", F("BatteryLevel", Raw{1}))
	present, ok := d.Bool("BatteryLevel")
	assert.True(t, ok)
	assert.True(t, present, "a flag with a value is a flag")
	assert.Equal(t, Values{{"BatteryLevel", Raw{1}}}, d.Values())
}
