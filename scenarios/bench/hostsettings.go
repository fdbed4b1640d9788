package bench

import (
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// hostSettings are the keys of a scenario's "host".
type hostSettings struct {
	Daemon string     `yaml:"daemon"` // plugfest, or usbmuxd: speak as that one does
	Faults hostFaults `yaml:"faults"`
}

// hostFaults are [muxd.Faults] as a scenario writes them.
type hostFaults struct {
	ReuseIDs       bool `yaml:"reuse-ids"`
	StaleIDs       bool `yaml:"stale-ids"`
	KeepOnDetach   bool `yaml:"keep-on-detach"`
	NoPaired       bool `yaml:"no-paired"`
	AnyRecordID    bool `yaml:"any-record-id"`
	HeadOfLine     bool `yaml:"head-of-line"`
	CrossedClients bool `yaml:"crossed-clients"`
	MaxClients     int  `yaml:"max-clients"`
	LeakedClients  bool `yaml:"leaked-clients"`
	NoBinary       bool `yaml:"no-binary"`
}

func readHost(s scenarios.Settings) (hostSettings, error) {
	h := hostSettings{Daemon: "plugfest"}
	if err := s.Decode(&h); err != nil {
		return h, err
	}
	switch {
	case h.Daemon != "plugfest" && h.Daemon != "usbmuxd":
		return h, s.Errorf("daemon", "%q; want plugfest or usbmuxd", h.Daemon)
	case h.Faults.MaxClients < 0:
		return h, s.Errorf("faults", "max-clients: %d; want a number above 0", h.Faults.MaxClients)
	}
	return h, nil
}

func (h hostSettings) options() muxd.Options {
	o := muxd.Options{Faults: muxd.Faults(h.Faults)}
	if h.Daemon == "usbmuxd" {
		o.Mux = usbmux.Usbmuxd()
	}
	return o
}
