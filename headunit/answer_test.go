package headunit

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

const noLaunch = "launch: {bundle: ''}\n"

// What the head unit lists among the messages it sends it does, in the order of
// its list; what has no published parameters it leaves.
func TestSubscriptions(t *testing.T) {
	m := noLaunch + `
identification: {route-guidance: true, sends: [0xAE00, 0xAE03, 0x5000, 0x5002, 0x4154, 0x4157, 0x5700, 0x4C00, 0x4C03, 0xAE02]}
power-source: {current: 1000, charge: true}
`
	play(t, m, func(x *script) {
		x.begin()
		require.Equal(t, " ComponentID=42 SourceName SourceSupportsRouteGuidance", x.dense("StartRouteGuidanceUpdates"))
		require.Equal(t, " MaximumCurrentDrawnFromAccessory BatteryWillChargeIfPowerPresent BatteryLevel", x.dense("StartPowerUpdates"))
		require.Equal(t, " AvailableCurrent=1000 DeviceBatteryShouldCharge=true", x.dense("PowerSourceUpdate"))
		require.Equal(t, " Media{Title Duration AlbumTitle Artist} Playback{Status Elapsed AppName}", x.dense("StartNowPlayingUpdates"))
		require.Equal(t, " RemoteID DisplayName Status Direction CallUUID", x.dense("StartCallStateUpdates"))
		require.Equal(t, " SignalStrength RegistrationStatus AirplaneMode CarrierName", x.dense("StartCommunicationsUpdates"))
		x.next("RequestWiFiInformation")
		x.quiet(time.Minute)
		x.send("NowPlayingUpdate")
		x.quiet(time.Second)
		x.saw("message name=NowPlayingUpdate")
	})
}

func TestVehicleStatus(t *testing.T) {
	play(t, noLaunch+"identification: {vehicle-status: true}\nvehicle: {range: 12, temperature: -7, range-warning: true}", func(x *script) {
		x.begin()
		x.send("StartVehicleStatusUpdates", control.F("Range", true), control.F("RangeWarning", true))
		require.Equal(t, " Range=12 RangeWarning=true", x.dense("VehicleStatusUpdate"))
		x.send("StartVehicleStatusUpdates")
		require.Equal(t, " Range=12 OutsideTemperature=-7 RangeWarning=true", x.dense("VehicleStatusUpdate"))
		x.send("StopVehicleStatusUpdates")
		x.quiet(time.Minute)
	})
}

// The question may come two or three times; each has its answer.
func TestWiFiConfiguration(t *testing.T) {
	play(t, noLaunch+"identification: {wifi: true}\nwifi: {ssid: Car, passphrase: secret12, security: wpa3-only, channel: 44}", func(x *script) {
		id := x.begin()
		require.True(t, id.Sends(control.MsgAccessoryWiFiConfigurationInformation))
		for range 3 {
			x.send("RequestAccessoryWiFiConfigurationInformation")
			require.Equal(t, ` SSID="Car" Passphrase="secret12" Security=wpa3-only Channel=44`, x.dense("AccessoryWiFiConfigurationInformation"))
		}
	})
}

func TestCarPlay(t *testing.T) {
	m := noLaunch + "identification: {carplay: true}\ncarplay: {addresses: ['fe80::1', 'fe80::2'], port: 5000, device: 'AA:BB', version: '1.2'}"
	play(t, m, func(x *script) {
		x.begin()
		x.send("CarPlayAvailability", control.F("Wired", control.Values{control.F("Available", true)}))
		require.Equal(t, ` Wired{IPAddress="fe80::1" IPAddress="fe80::2"} Port=5000 DeviceID="AA:BB" SourceVersion="1.2"`, x.dense("CarPlayStartSession"))
		x.send("CarPlayAvailability", control.F("Wired", control.Values{control.F("Available", false)}))
		x.send("CarPlayAvailability", control.F("Wireless", control.Values{control.F("Available", true)}))
		x.quiet(time.Minute)
		x.saw("CarPlay wired=not available")
	})
}

// Once a second one message for each sentence that was asked for, until it is
// stopped.
func TestLocation(t *testing.T) {
	play(t, noLaunch+"identification: {location: true}\nposition: {latitude: 48, longitude: 11, altitude: 500, speed: 10, course: 0}", func(x *script) {
		x.begin()
		x.send("StartLocationInformation", control.F("GGA", true), control.F("RMC", true), control.F("VehicleSpeed", true))
		from := x.w.Now()
		for i := range 3 {
			gga, rmc := x.dense("LocationInformation"), x.dense("LocationInformation")
			require.Contains(t, gga, "GPGGA,")
			require.Contains(t, rmc, "GPRMC,")
			require.Equal(t, time.Duration(i)*time.Second, x.w.Now()-from)
		}
		x.send("StopLocationInformation")
		x.quiet(time.Minute)

		x.send("StartLocationInformation", control.F("GGA", true))
		require.Contains(t, x.dense("LocationInformation"), "GPGGA,")
		x.send("StartLocationInformation", control.F("RMC", true)) // instead
		require.Contains(t, x.dense("LocationInformation"), "GPRMC,")
		require.Contains(t, x.dense("LocationInformation"), "GPRMC,")
		x.reset()
		x.quiet(time.Minute)
	})
	play(t, noLaunch+"identification: {location: true}", func(x *script) {
		x.begin()
		x.send("StartLocationInformation") // of nothing
		x.quiet(time.Minute)
	})
}

// Ten metres a second to the north for a minute are 600 m, a third of a minute
// of latitude.
func TestThePositionMoves(t *testing.T) {
	p := Position{Latitude: 48, Longitude: 11, Speed: 10, Course: 0}.at(time.Minute)
	require.InDelta(t, 48+600.0/111_320, p.Latitude, 1e-9)
	require.InDelta(t, 11, p.Longitude, 1e-9)
	east := Position{Latitude: 60, Longitude: 0, Speed: 10, Course: 90}.at(time.Minute)
	require.InDelta(t, 60, east.Latitude, 1e-9)
	require.InDelta(t, 600.0/111_320*2, east.Longitude, 1e-6, "at 60 degrees a degree of longitude is half as long")
}

const fileTransfer = noLaunch + `
link: {sessions: [{id: 10, type: control, version: 1}, {id: 11, type: external-accessory, version: 1}, {id: 12, type: file-transfer, version: 2}]}
identification: {sends: [0x5000], receives: [0x5001]}
`

// With a file transfer session the head unit asks for artwork, and takes what
// comes.
func TestFilesAreReceived(t *testing.T) {
	play(t, fileTransfer, func(x *script) {
		x.s.Files = true
		x.begin()
		require.Equal(t, " Media{Title Duration AlbumTitle Artist ArtworkTransferID} Playback{Status Elapsed AppName}", x.dense("StartNowPlayingUpdates"))
		x.sendFile(200, bytes.Repeat([]byte("jpeg"), 25_000))
		x.saw("file received id=200 type=2 size=100000")
		x.sendFile(201, []byte("x"))
		x.saw("file received id=201 type=2 size=1")
	})
}

func (x *script) sendFile(id uint8, data []byte) {
	x.t.Helper()
	sender, err := filetransfer.NewSender(id, filetransfer.TypeArtwork, data, x.s.MaxData())
	require.NoError(x.t, err)
	for !sender.State().Final() {
		for out, ok := sender.Next(nil); ok; out, ok = sender.Next(nil) {
			require.NoError(x.t, x.s.SendFile(out))
		}
		payload, err := x.s.ReceiveFile(x.w.Now() + time.Second)
		require.NoError(x.t, err)
		d, err := filetransfer.Parse(payload)
		require.NoError(x.t, err)
		require.NoError(x.t, sender.Handle(d))
	}
	require.Equal(x.t, filetransfer.Done, sender.State())
}

// Transfers that break off, or break the rules, leave the session for the next.
func TestFilesThatBreakOff(t *testing.T) {
	play(t, fileTransfer, func(x *script) {
		x.s.Files = true
		x.begin()
		x.next("StartNowPlayingUpdates")
		require.NoError(t, x.s.SendFile([]byte{1})) // no datagram
		require.NoError(t, x.s.SendFile(filetransfer.Setup{Size: 100, Type: 2}.AppendTo(nil, 9)))
		start, err := x.s.ReceiveFile(x.w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, []byte{9, byte(filetransfer.CodeStart)}, start)
		require.NoError(t, x.s.SendFile(filetransfer.Datagram{ID: 9, Code: filetransfer.CodeCancel}.AppendTo(nil)))
		x.w.Sleep(time.Second)
		x.saw("file canceled id=9")
		x.sendFile(10, []byte("whole"))

		require.NoError(t, x.s.SendFile(filetransfer.Setup{Size: 100, Type: 2}.AppendTo(nil, 11)))
		x.reset()
		x.begin()
		x.next("StartNowPlayingUpdates")
		x.sendFile(11, []byte("the new link knows nothing of the old file"))
	})
}
