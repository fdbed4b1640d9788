package control

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector gives the bytes of one of the shared test vectors.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, ok := vectors(t)[name]
	require.True(t, ok, "no vector %q", name)
	return b
}

func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "iap2.json"))
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(text, &list))
	all := map[string][]byte{}
	for _, v := range list {
		all[v.Name], err = hex.DecodeString(v.Hex)
		require.NoError(t, err, v.Name)
	}
	return all
}

// messageVectors are the vectors that are whole control messages, with their
// meaning and what differs from the catalogue.
var messageVectors = []struct {
	vector   string
	message  string
	fields   Values
	findings []Kind
}{
	{"livi-RequestAuthenticationCertificate", "RequestAuthenticationCertificate", nil, nil},
	{"livi-AuthenticationCertificate", "AuthenticationCertificate", Values{{"Certificate", []byte{1, 2, 0xFF}}}, nil},
	{"livi-RequestAuthenticationChallengeResponse", "RequestAuthenticationChallengeResponse", Values{{"Challenge", []byte{0xAA, 0xBB}}}, nil},
	{"livi-AuthenticationResponse", "AuthenticationResponse", Values{{"Signature", []byte{}}}, nil},
	{"livi-AuthenticationSucceeded", "AuthenticationSucceeded", nil, nil},
	{"livi-DeviceTransportIdentifierNotification", "DeviceTransportIdentifierNotification", Values{
		{"BluetoothTransportID", "AA:BB:CC:DD:EE:FF"}, {"USBTransportID", "usb-1"}}, nil},
	{"livi-WirelessCarPlayUpdate", "WirelessCarPlayUpdate", Values{{"Status", "available"}}, nil},
	{"livi-CarPlayStartSession#wired", "CarPlayStartSession", Values{
		{"Wired", Values{{"IPAddress", Joined{"10.0.0.1", "169.254.5.5"}}}}, {"Port", 5000}}, []Kind{JoinedTexts}},
	{"livi-VehicleStatusUpdate#temp", "VehicleStatusUpdate", Values{{"OutsideTemperature", 215}}, nil},
	{"livi-StartVehicleStatusUpdates", "StartVehicleStatusUpdates", nil, nil},
	{"livi-StartExternalAccessoryProtocolSession", "StartExternalAccessoryProtocolSession", Values{
		{"ProtocolID", 1}, {"SessionID", 0x1234}}, nil},
	{"livi-StatusExternalAccessoryProtocolSession", "StatusExternalAccessoryProtocolSession", Values{
		{"SessionID", 0x1234}, {"Status", "close"}}, nil},
	{"livi-WiFiInformation", "WiFiInformation", Values{{"Status", "ok"}, {"SSID", "HomeNet"}}, nil},
	{"livi-StartLocationInformation", "StartLocationInformation", Values{{"GGA", true}, {"VehicleSpeed", true}}, nil},
	{"livi-StartPowerUpdates", "StartPowerUpdates", Values{
		{"MaximumCurrentDrawnFromAccessory", true}, {"BatteryLevel", true}}, nil},
	{"livi-PowerUpdate", "PowerUpdate", Values{
		{"MaximumCurrentDrawnFromAccessory", 2400}, {"ExternalChargerConnected", true}}, nil},
	{"livi-PowerSourceUpdate", "PowerSourceUpdate", Values{
		{"AvailableCurrent", 2400}, {"DeviceBatteryShouldCharge", true}}, nil},
	{"livi-DeviceTimeUpdate", "DeviceTimeUpdate", Values{
		{"SecondsSinceReferenceDate", 776862000}, {"TimeZoneOffset", 120}, {"DSTOffset", -60}}, nil},
	{"livi-StartCallStateUpdates", "StartCallStateUpdates", Values{
		{"RemoteID", true}, {"Status", true}, {"Direction", true}, {"DisconnectReason", true}}, nil},
	{"livi-CommunicationsUpdate", "CommunicationsUpdate", Values{
		{"SignalStrength", 4}, {"AirplaneMode", false}, {"CarrierName", "o2"}}, nil},
	{"livi-IdentificationAccepted", "IdentificationAccepted", nil, nil},
	{"ae00-dji", "StartPowerUpdates", Values{
		{"MaximumCurrentDrawnFromAccessory", true}, {"BatteryWillChargeIfPowerPresent", true}, {"BatteryLevel", true}}, nil},
	{"ae01-dji", "PowerUpdate", Values{{"BatteryLevel", 90}}, nil},
	{"ea00-basic", "StartExternalAccessoryProtocolSession", Values{{"ProtocolID", 0}, {"SessionID", 1}}, nil},
	{"4155-worked-example", "CallStateUpdate", Values{
		{"RemoteID", "+15558675309"}, {"DisplayName", "Jenny"}, {"Status", "ringing"}, {"Direction", "incoming"},
		{"CallUUID", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}}, nil},
	{"5200-full", "StartRouteGuidanceUpdates", Values{
		{"ComponentID", 42}, {"SourceName", true}, {"SourceSupportsRouteGuidance", true}, {"ExitInfo", true}}, nil},
	{"5203", "StopRouteGuidanceUpdates", Values{{"ComponentID", 42}}, nil},
}

func TestMessageVectors(t *testing.T) {
	for _, v := range messageVectors {
		t.Run(v.vector, func(t *testing.T) {
			wire := vector(t, v.vector)

			m, err := Parse(wire)
			require.NoError(t, err)
			assert.Equal(t, ByName(v.message).ID, m.ID)
			again, err := m.AppendTo(nil)
			require.NoError(t, err)
			assert.Equal(t, wire, again, "a parsed message is written as it was")

			built, err := Build(v.message, v.fields...)
			require.NoError(t, err)
			assert.Equal(t, hex.EncodeToString(wire), hex.EncodeToString(built), "built from its meaning")

			d, err := Decode(m)
			require.NoError(t, err)
			again, err = d.AppendTo(nil)
			require.NoError(t, err)
			assert.Equal(t, wire, again, "a decoded message is written as it was")

			var kinds []Kind
			for _, f := range Validate(m, d.Spec.Sender) {
				kinds = append(kinds, f.Kind)
			}
			assert.Equal(t, v.findings, kinds)
		})
	}
}

// Every vector whose name says that it is a control message is in the table.
func TestNoMessageVectorIsForgotten(t *testing.T) {
	known := map[string]bool{}
	for _, v := range messageVectors {
		known[v.vector] = true
	}
	for name, b := range vectors(t) {
		if len(b) >= HeaderLen && b[0] == 0x40 && b[1] == 0x40 && !strings.HasPrefix(name, "aa03-head") {
			assert.True(t, known[name], "vector %s has no case", name)
		}
	}
	assert.GreaterOrEqual(t, len(known), 27)
}

// The values of the vectors, read by parameter id without the catalogue.
func TestVectorsReadByID(t *testing.T) {
	params := func(name string) Params {
		m, err := Parse(vector(t, name))
		require.NoError(t, err)
		return m.Params
	}
	temperature, err := params("livi-VehicleStatusUpdate#temp").Find(4).Int16()
	require.NoError(t, err)
	assert.Equal(t, int16(215), temperature)

	time := params("livi-DeviceTimeUpdate")
	seconds, err := time.Find(0).Int64()
	require.NoError(t, err)
	assert.Equal(t, int64(0x2E4DF930), seconds)
	dst, err := time.Find(2).Int8()
	require.NoError(t, err)
	assert.Equal(t, int8(-60), dst)

	wired, err := params("livi-CarPlayStartSession#wired").Find(0).Group()
	require.NoError(t, err)
	_, err = wired.Find(0).Text()
	require.ErrorIs(t, err, ErrInnerNUL)
	addresses, err := wired.Find(0).Texts()
	require.NoError(t, err)
	assert.Equal(t, []string{"10.0.0.1", "169.254.5.5"}, addresses)

	call := params("4155-worked-example")
	uuid, err := call.Find(4).Text()
	require.NoError(t, err)
	assert.Equal(t, "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE", uuid)

	airplane, err := params("livi-CommunicationsUpdate").Find(2).Bool()
	require.NoError(t, err)
	assert.False(t, airplane)
}

// The parameter blocks of 1D03 as captured, each naming one parameter of 1D01.
func TestRejectionVectors(t *testing.T) {
	for name, want := range map[string]string{
		"1d03-param-ea-rejected": "SupportedExternalAccessoryProtocol",
		"1d03-param-06":          "MessagesSentByAccessory",
		"1d03-param-07":          "MessagesReceivedFromDevice",
		"1d03-param-0b":          "AppMatchTeamID",
		"1d03-param-11":          "BluetoothTransportComponent",
	} {
		t.Run(name, func(t *testing.T) {
			block := vector(t, name)
			list, err := ParseParams(block)
			require.NoError(t, err)
			assert.Equal(t, 1, list.Len())

			wire, err := Build("IdentificationRejected", F(want, true))
			require.NoError(t, err)
			assert.Equal(t, block, wire[HeaderLen:])
			reject, err := AppendReject(nil, ByName("IdentificationInformation").ParamByName(want).ID)
			require.NoError(t, err)
			assert.Equal(t, wire, reject)

			m, err := Parse(wire)
			require.NoError(t, err)
			d, err := Decode(m)
			require.NoError(t, err)
			assert.True(t, d.Has(want))
			assert.Empty(t, Validate(m, FromDevice))
		})
	}
}

func TestWirelessCarPlayFlagVector(t *testing.T) {
	wire, err := Build("IdentificationInformation", F("WirelessCarPlayTransportComponent", Values{{"SupportsCarPlay", true}}))
	require.NoError(t, err)
	assert.Equal(t, vector(t, "wireless-supports-carplay-flag"), wire[HeaderLen+ParamHeaderLen:])
}

func TestAuthenticationVectors(t *testing.T) {
	t.Run("20-byte challenge", func(t *testing.T) {
		challenge := vector(t, "aa02-challenge-2.0c")
		require.Len(t, challenge, 20)
		wire, err := Build("RequestAuthenticationChallengeResponse", F("Challenge", challenge))
		require.NoError(t, err)
		assert.Equal(t, "4040001eaa0200180000"+hex.EncodeToString(challenge), hex.EncodeToString(wire))
		assertDecodes(t, wire, "Challenge", challenge)
	})
	t.Run("32-byte challenge", func(t *testing.T) {
		challenge := vector(t, "mfi3-challenge")
		wire, err := Build("RequestAuthenticationChallengeResponse", F("Challenge", challenge))
		require.NoError(t, err)
		assert.Len(t, wire, 42, "52 bytes on the link, of which 10 are framing")
		assertDecodes(t, wire, "Challenge", challenge)
	})
	t.Run("64-byte signature", func(t *testing.T) {
		signature := vector(t, "mfi3-signature")
		wire, err := Build("AuthenticationResponse", F("Signature", signature))
		require.NoError(t, err)
		head := vector(t, "aa03-head-carthing")
		assert.Equal(t, head, wire[:len(head)], "the captured head: 74 bytes, one parameter of 64")
		assert.Len(t, wire, 74)
		assertDecodes(t, wire, "Signature", signature)

		_, err = Parse(head)
		require.ErrorIs(t, err, ErrIncomplete)
	})
	t.Run("608-byte certificate", func(t *testing.T) {
		certificate := append(vector(t, "cert-head-3.0"), make([]byte, 608-15)...)
		wire, err := Build("AuthenticationCertificate", F("Certificate", certificate))
		require.NoError(t, err)
		assert.Len(t, wire, 618)
		assertDecodes(t, wire, "Certificate", certificate)
	})
	t.Run("945-byte certificate", func(t *testing.T) {
		certificate := append(vector(t, "cert-head-2.0c"), make([]byte, 945-15)...)
		wire, err := Build("AuthenticationCertificate", F("Certificate", certificate))
		require.NoError(t, err)
		assert.Len(t, wire, 955)
		assertDecodes(t, wire, "Certificate", certificate)
	})
}

func TestHIDDescriptorVector(t *testing.T) {
	descriptor := vector(t, "hid-media-descriptor")
	wire, err := Build("StartHID", F("ComponentID", 7), F("VendorID", 0x1D6B), F("ProductID", 1), F("ReportDescriptor", descriptor))
	require.NoError(t, err)
	assert.Equal(t, "4040003f6800"+"000600000007"+"000600011d6b"+"000600020001"+"00270004"+hex.EncodeToString(descriptor), hex.EncodeToString(wire))
	assertDecodes(t, wire, "ReportDescriptor", descriptor)
}

// The parameter block that a widely copied article prints: its second length
// reads 0006 with id 0100 and runs past the end.
func TestBadExternalAccessoryVectorIsRefused(t *testing.T) {
	block := vector(t, "ea00-seed-params-as-printed-BAD")
	_, err := ParseParams(block)
	require.ErrorIs(t, err, ErrParamOverrun)

	wire := append([]byte{0x40, 0x40, 0, byte(HeaderLen + len(block)), 0xEA, 0x00}, block...)
	_, err = Parse(wire)
	var at *Error
	require.ErrorAs(t, err, &at)
	assert.Equal(t, &Error{Message: 0xEA00, Offset: 11, Field: "parameter 0x0100 length", Value: 6, Err: ErrParamOverrun}, at)
	assert.EqualError(t, err, "control: message EA00, offset 11: parameter 0x0100 length = 6: parameter runs past the end")
}

func assertDecodes(t *testing.T, wire []byte, name string, want []byte) {
	t.Helper()
	m, err := Parse(wire)
	require.NoError(t, err)
	d, err := Decode(m)
	require.NoError(t, err)
	got, ok := d.Bytes(name)
	require.True(t, ok)
	assert.Equal(t, want, got)
	again, err := d.AppendTo(nil)
	require.NoError(t, err)
	assert.Equal(t, wire, again)
	assert.Empty(t, Validate(m, d.Spec.Sender))
}
