package headunit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// identification builds 1D01 of a model.
func identification(t testing.TB, m Model, reduced bool) control.Message {
	t.Helper()
	b, err := New(sim.New(), "car", m).identification(reduced)
	require.NoError(t, err)
	msg, err := control.Parse(b)
	require.NoError(t, err)
	return msg
}

// Every model identifies itself as a phone wants it, whole and reduced.
func TestEveryModelsIdentificationIsAccepted(t *testing.T) {
	for _, name := range Models() {
		for _, reduced := range []bool{false, true} {
			m := identification(t, load(t, name), reduced)
			require.NoError(t, control.Validate(m, control.FromAccessory).Err(), name)
			require.Empty(t, control.CheckIdentification(m, control.USBHostTransport), name)
		}
	}
}

func TestTheDefaultIdentification(t *testing.T) {
	require.Equal(t, `1D01 IdentificationInformation Name="Plugfest Head Unit" ModelIdentifier="PF-HU-1" Manufacturer="Plugfest"`+
		` SerialNumber="PF0001" FirmwareVersion="1.0.0" HardwareVersion="1.0.0"`+
		` MessagesSentByAccessory=[EA02] MessagesReceivedFromDevice=[]`+
		` PowerProvidingCapability=none MaximumCurrentDrawnFromDevice=0`+
		` SupportedExternalAccessoryProtocol{ID=0 Name="com.baidu.CarLifeVehicleProtocol" MatchAction=offer-app NativeTransportComponentID=0}`+
		` CurrentLanguage="en" SupportedLanguage="en" SupportedLanguage="zh"`+
		` USBHostTransportComponent{ID=0 Name="USB" SupportsIAP2}`,
		control.Dense(identification(t, model(t, ""), false)))
}

// Everything that a model can declare, in the order of parameters, each message
// once although the model lists some again.
func TestAFullIdentification(t *testing.T) {
	m := model(t, `
identification: {location: true, vehicle-status: true, route-guidance: true, wifi: true, carplay: true, power: 2, current: 100,
  sends: [0xFFFB, 0xAE00, 0xAE00], receives: [0xAE01, 0xFFFA]}
protocols: [{name: com.example.a, match: 2, behaviour: echo}, {name: com.example.b, native: true, behaviour: echo}]
vehicle: {name: Test Car, engine: electric}
carplay: {interface: 5}
route-display: {road: 1, destination: 2, after-road: 3, description: 4, maneuvers: 5, lane-text: 6, lanes: 7}
`)
	require.Equal(t, `1D01 IdentificationInformation Name="Plugfest Head Unit" ModelIdentifier="PF-HU-1" Manufacturer="Plugfest"`+
		` SerialNumber="PF0001" FirmwareVersion="1.0.0" HardwareVersion="1.0.0"`+
		` MessagesSentByAccessory=[EA02 EA03 FFFB A101 5200 5203 5703 4301 AE00]`+
		` MessagesReceivedFromDevice=[EA00 EA01 FFFA FFFC A100 A102 5201 5202 5702 4300 AE01]`+
		` PowerProvidingCapability=advanced MaximumCurrentDrawnFromDevice=100`+
		` SupportedExternalAccessoryProtocol{ID=0 Name="com.example.a" MatchAction=settings-only}`+
		` SupportedExternalAccessoryProtocol{ID=1 Name="com.example.b" MatchAction=none NativeTransportComponentID=0}`+
		` CurrentLanguage="en" SupportedLanguage="en" SupportedLanguage="zh"`+
		` USBHostTransportComponent{ID=0 Name="USB" SupportsIAP2 CarPlayInterfaceNumber=5 SupportsCarPlay}`+
		` VehicleInformationComponent{ID=1 Name="Vehicle" EngineType=electric DisplayName="Test Car"}`+
		` VehicleStatusComponent{ID=2 Name="Vehicle status" Range OutsideTemperature RangeWarning}`+
		` LocationInformationComponent{ID=3 Name="Location" GPSFixData RecommendedMinimumData}`+
		` RouteGuidanceDisplayComponent{ID=42 Name="Route guidance" MaxCurrentRoadNameLength=1 MaxDestinationNameLength=2`+
		` MaxAfterManeuverRoadNameLength=3 MaxManeuverDescriptionLength=4 MaxManeuverStorage=5 MaxLaneDescriptionLength=6 MaxLaneStorage=7}`,
		control.Dense(identification(t, m, false)))

	reduced, err := control.ReadIdentification(identification(t, m, true))
	require.NoError(t, err)
	require.Len(t, reduced.Components, 1, "the transport alone")
	require.False(t, reduced.Sends(control.MsgStartRouteGuidanceUpdates))
	require.False(t, reduced.Receives(control.MsgStartVehicleStatusUpdates))
	require.True(t, reduced.Sends(control.MsgAccessoryWiFiConfigurationInformation))
}

// Each departure from a good identification is what its name says, and nothing
// else.
func TestQuirksOfTheIdentification(t *testing.T) {
	for quirk, want := range map[string][]uint16{
		"no-nul":       {0, 1, 2, 3, 4, 5, 10, 12, 13, 16},
		"list-auth":    {6},
		"double-id":    {16},
		"no-transport": {10, 16}, // the native protocol names it too
	} {
		t.Run(quirk, func(t *testing.T) {
			m := model(t, "identification: {"+quirk+": true}")
			found := control.CheckIdentification(identification(t, m, false), control.USBHostTransport)
			require.Equal(t, want, control.RejectedParams(found), "%v", found)
		})
	}
}

// After 1D03 the head unit tries once more, without what is optional.
func TestARejectedIdentification(t *testing.T) {
	play(t, "identification: {location: true}", func(x *script) {
		x.authenticate()
		x.send("StartIdentification")
		first := x.next("IdentificationInformation")
		require.True(t, first.Has("LocationInformationComponent"))
		x.send("IdentificationRejected", control.F("LocationInformationComponent", true))
		second := x.next("IdentificationInformation")
		require.False(t, second.Has("LocationInformationComponent"))
		x.send("IdentificationRejected", control.F("Name", true))
		x.quiet(time.Minute)
		x.saw("identification rejected parameters=[22]")
		x.saw("identification rejected parameters=[0]")

		x.reset() // a new link, a new beginning
		x.authenticate()
		x.send("StartIdentification")
		require.True(t, x.next("IdentificationInformation").Has("LocationInformationComponent"))
	})
	play(t, "identification: {location: true, retry: false}", func(x *script) {
		x.authenticate()
		x.send("StartIdentification")
		x.next("IdentificationInformation")
		x.send("IdentificationRejected", control.F("LocationInformationComponent", true))
		x.quiet(time.Minute)
	})
}

// A reduced head unit does not do what it has not declared.
func TestAReducedHeadUnitSubscribesToLess(t *testing.T) {
	play(t, "identification: {route-guidance: true}\nlaunch: {bundle: ''}", func(x *script) {
		x.authenticate()
		x.send("StartIdentification")
		x.next("IdentificationInformation")
		x.send("IdentificationRejected", control.F("RouteGuidanceDisplayComponent", true))
		x.next("IdentificationInformation")
		x.send("IdentificationAccepted")
		x.quiet(time.Minute)
	})
}
