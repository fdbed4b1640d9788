package phone

import "github.com/plugfest/plugfest/wire/iap2/control"

// WiFi is the network that the phone is in, and whether its user shares it.
type WiFi struct {
	SSID       string `yaml:"ssid"` // empty: in none
	Passphrase string `yaml:"passphrase"`
	Declines   bool   `yaml:"declines"` // the user does not share it
}

// wifi answers 5700 with 5701. Network and passphrase go with status ok alone.
func (a *accessory) wifi() error {
	w := a.p.p.WiFi
	switch {
	case w.SSID == "":
		return a.tell("WiFiInformation", control.F("Status", "unavailable"))
	case w.Declines:
		return a.tell("WiFiInformation", control.F("Status", "declined"))
	}
	return a.tell("WiFiInformation", control.F("Status", "ok"), control.F("SSID", w.SSID), control.F("Passphrase", w.Passphrase))
}
