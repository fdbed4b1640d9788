package carlife

import "fmt"

// Module is a module id of MODULE_STATUS and MODULE_CONTROL. The states are
//
//	1 phone       0 idle, 1 incoming, 2 outgoing
//	2 navigation  0 idle, 1 start, 2 stop
//	3 music       0 idle, 1 running
//	4 VR          0 idle, 1 running, 2 no microphone
//	5 connection  a [Connection]
//	6 microphone  0 car, 1 phone, 2 none
//
// Source: Baidu CarLife head-unit application.
type Module int32

// The modules.
const (
	ModulePhone      Module = 1
	ModuleNavigation Module = 2
	ModuleMusic      Module = 3
	ModuleVR         Module = 4
	ModuleConnection Module = 5
	ModuleMicrophone Module = 6
)

var moduleNames = [...]string{"", "phone", "navigation", "music", "vr", "connection", "microphone"}

// String returns the module's name, or "module N".
func (m Module) String() string {
	if m > 0 && int(m) < len(moduleNames) {
		return moduleNames[m]
	}
	return fmt.Sprintf("module %d", int32(m))
}

// CarData is a module id of the car-data subscription (CAR_DATA_SUBSCRIBE and
// its kin).
//
// GPS and velocity are read in the published code; the others follow the order
// of the messages and are inferred.
type CarData int32

// The kinds of car data.
const (
	CarDataGPS          CarData = 0
	CarDataVelocity     CarData = 1
	CarDataGyroscope    CarData = 2 // inferred
	CarDataAcceleration CarData = 3 // inferred
	CarDataGear         CarData = 4 // inferred
	CarDataOil          CarData = 5 // inferred
)

var carDataNames = [...]string{"gps", "velocity", "gyroscope", "acceleration", "gear", "oil"}

// String returns the kind's name, or "car data N".
func (d CarData) String() string {
	if d >= 0 && int(d) < len(carDataNames) {
		return carDataNames[d]
	}
	return fmt.Sprintf("car data %d", int32(d))
}

// Connection is how phone and head unit are joined: the state of
// [ModuleConnection] in the head unit's MODULE_CONTROL.
//
// Source: Baidu CarLife head-unit application.
type Connection int32

// The connection types.
const (
	ConnectionAOA        Connection = 2
	ConnectionNCMAndroid Connection = 3
	ConnectionNCMiOS     Connection = 4
	ConnectionWiFi       Connection = 5
	ConnectionTethering  Connection = 6
	ConnectionEAP        Connection = 7 // External Accessory native transport
	ConnectionUSBMux     Connection = 8
)

var connectionNames = [...]string{ConnectionAOA: "aoa", ConnectionNCMAndroid: "ncm-android", ConnectionNCMiOS: "ncm-ios",
	ConnectionWiFi: "wifi", ConnectionTethering: "tethering", ConnectionEAP: "eap", ConnectionUSBMux: "usbmux"}

// Valid reports whether c is in the published list.
func (c Connection) Valid() bool { return c >= ConnectionAOA && c <= ConnectionUSBMux }

// String returns "eap", "usbmux" and so on, or "connection N".
func (c Connection) String() string {
	if c.Valid() {
		return connectionNames[c]
	}
	return fmt.Sprintf("connection %d", int32(c))
}

// MarshalText makes a connection type a word in YAML and JSON.
func (c Connection) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads that word.
func (c *Connection) UnmarshalText(b []byte) error {
	for i := ConnectionAOA; i.Valid(); i++ {
		if connectionNames[i] == string(b) {
			*c = i
			return nil
		}
	}
	return fmt.Errorf("carlife: connection %q: want one of %q", b, connectionNames[ConnectionAOA:])
}

// Muxed reports whether the carrier is one byte pipe that needs mux frames.
func (c Connection) Muxed() bool { return c == ConnectionEAP || c == ConnectionAOA }

// MissedBeats is how many watchdog checks in a row may find no traffic on the
// video channel; one more disconnects.
func (c Connection) MissedBeats() int {
	switch c {
	case ConnectionWiFi, ConnectionTethering, ConnectionUSBMux:
		return 2
	}
	return 5
}
