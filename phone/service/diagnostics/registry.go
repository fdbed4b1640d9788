package diagnostics

import "github.com/plugfest/plugfest/phone/state"

// registry returns an entry of the I/O registry, by name or class; nil if there is
// none. Without either it returns the whole of it, which is the same in every plane.
func registry(p *state.State, m map[string]any) map[string]any {
	name, _ := m["EntryName"].(string)
	class, _ := m["EntryClass"].(string)
	switch {
	case class == "IOPMPowerSource" || name == "AppleSmartBattery" || name == "AppleARMPMUCharger":
		return battery(p)
	case class == "IOPlatformExpertDevice" || name == "device-tree":
		return platform(p)
	case name == "" && class == "":
		root := platform(p)
		root["IORegistryEntryChildren"] = []any{battery(p)}
		return root
	}
	return nil
}

func platform(p *state.State) map[string]any {
	return map[string]any{
		"IOClass":                 "IOPlatformExpertDevice",
		"IOObjectClass":           "IOPlatformExpertDevice",
		"IOPlatformSerialNumber":  p.Identity.Serial,
		"IORegistryEntryName":     p.Model.Hardware,
		"compatible":              []byte(p.Model.Hardware + "\x00" + p.Model.ProductType + "\x00AppleARM\x00"),
		"model":                   []byte(p.Model.ProductType + "\x00"),
		"platform-name":           []byte(p.Model.Platform + "\x00"),
		"serial-number":           []byte(p.Identity.Serial + "\x00"),
		"IORegistryEntryChildren": []any{},
	}
}

func battery(p *state.State) map[string]any {
	percent := uint64(p.Battery())
	full := fullCapacity(p)
	charging, _ := p.Value("com.apple.mobile.battery", "BatteryIsCharging").(bool)
	return map[string]any{
		"AppleRawCurrentCapacity": full * percent / 100,
		"AppleRawMaxCapacity":     full,
		"AtCriticalLevel":         percent < 5,
		"BatteryInstalled":        true,
		"CurrentCapacity":         percent,
		"CycleCount":              cycles(p),
		"DesignCapacity":          designCapacity,
		"ExternalChargeCapable":   true,
		"ExternalConnected":       true,
		"FullyCharged":            percent == 100,
		"IOClass":                 "AppleARMPMUCharger",
		"IOObjectClass":           "IOPMPowerSource",
		"IORegistryEntryName":     "AppleSmartBattery",
		"InstantAmperage":         uint64(480),
		"IsCharging":              charging,
		"MaxCapacity":             uint64(100),
		"NominalChargeCapacity":   full,
		"Serial":                  p.Identity.Serial,
		"Temperature":             uint64(2900 + p.World().Now().Seconds()/60),
		"UpdateTime":              uint64(p.Time().Unix()),
		"Voltage":                 3600 + 6*percent,
	}
}
