package phone

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Cellular is the phone's mobile network, as 4158 tells it.
type Cellular struct {
	Bars         int    `yaml:"bars"`         // 0 to 5
	Registration string `yaml:"registration"` // "home", "roaming", ...: RegistrationStatus of the catalogue
	Carrier      string `yaml:"carrier"`
	Airplane     bool   `yaml:"airplane"`
	Voicemail    int    `yaml:"voicemail"` // new messages
	Absent       bool   `yaml:"absent"`    // the device has no modem: an iPad
}

// A Call is one that goes on while the accessory is there, as 4155 tells it.
type Call struct {
	Number    string `yaml:"number"`
	Name      string `yaml:"name"`
	Status    string `yaml:"status"`    // "active", "held", "ringing", ...: CallStatus of the catalogue
	Direction string `yaml:"direction"` // "incoming" or "outgoing"
	UUID      string `yaml:"uuid"`
}

// callStates answers 4154 with the calls that go on. For ordinary calls iOS sends
// only parameters 0 to 4, whatever was subscribed
// (lvalen91/CPC200-CCPA_resources); with no call it sends nothing.
func (a *accessory) callStates(d *control.Decoded) error {
	for i, c := range a.p.p.Calls {
		if c.UUID == "" {
			c.UUID = fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1)
		}
		err := a.tell("CallStateUpdate", asked(d.Nodes,
			control.F("RemoteID", c.Number), control.F("DisplayName", c.Name),
			control.F("Status", c.Status), control.F("Direction", c.Direction), control.F("CallUUID", c.UUID))...)
		if err != nil {
			return err
		}
	}
	return nil
}

// communications answers 4157. In airplane mode the phone shows no signal, is
// not registered, and calls its carrier "Airplane Mode"
// (lvalen91/CPC200-CCPA_resources).
func (a *accessory) communications(d *control.Decoded) error {
	c := a.p.p.Cellular
	if c.Airplane {
		c.Bars, c.Registration, c.Carrier = 0, "not-registered", "Airplane Mode"
	}
	calls, phone := len(a.p.p.Calls), !c.Airplane && !c.Absent
	return a.tell("CommunicationsUpdate", asked(d.Nodes,
		control.F("SignalStrength", c.Bars),
		control.F("RegistrationStatus", c.Registration),
		control.F("AirplaneMode", c.Airplane),
		control.F("CarrierName", c.Carrier),
		control.F("CellularSupported", !c.Absent),
		control.F("TelephonyEnabled", phone),
		control.F("FaceTimeAudioEnabled", true),
		control.F("FaceTimeVideoEnabled", true),
		control.F("Mute", false),
		control.F("CallCount", calls),
		control.F("NewVoicemailCount", c.Voicemail),
		control.F("InitiateCallAvailable", phone),
		control.F("EndAndAcceptAvailable", calls > 1),
		control.F("HoldAndAcceptAvailable", calls > 1),
		control.F("SwapAvailable", calls > 1),
		control.F("MergeAvailable", calls > 1),
		control.F("HoldAvailable", calls > 0))...)
}
