package diagnostics

import "github.com/plugfest/plugfest/phone/state"

// gestalt answers questions to MobileGestalt; keys that it does not know are left
// out.
func gestalt(p *state.State, keys []any) map[string]any {
	if p.Version.AtLeast(17, 4) {
		return map[string]any{"Status": "MobileGestaltDeprecated"}
	}
	out := map[string]any{"Status": "Success"}
	for _, k := range keys {
		key, _ := k.(string)
		if v := property(p, key); v != nil {
			out[key] = v
		}
	}
	return out
}

// property returns one of MobileGestalt's values: most are those of lockdownd under
// the same name.
func property(p *state.State, key string) any {
	switch key {
	case "PasswordConfigured":
		return p.HasPasscode()
	case "PasswordProtected":
		return p.Locked()
	case "BatteryCurrentCapacity":
		return uint64(p.Battery())
	case "BatteryIsCharging":
		return p.Value("com.apple.mobile.battery", key)
	case "MarketingNameString", "marketing-name":
		return p.Model.Name
	case "UserAssignedDeviceName":
		return p.DeviceName()
	case "main-screen-width":
		return uint64(p.Model.Screen[0])
	case "main-screen-height":
		return uint64(p.Model.Screen[1])
	case "DiskUsage":
		return p.Domain("com.apple.disk_usage")
	}
	return p.Value("", key)
}
