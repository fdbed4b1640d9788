package state

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// resolve turns data of values.yaml into a value of a property list: names such as
// $udid into what they stand for, ints into uint64.
func (s *State) resolve(v any) any {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "$") {
			return s.reference(v[1:])
		}
	case int:
		if v < 0 {
			return int64(v)
		}
		return uint64(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.resolve(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, x := range v { // each by itself: the order is of no matter
			out[key] = s.resolve(x)
		}
		return out
	}
	return v
}

// reference returns what a $name stands for.
func (s *State) reference(name string) any {
	name, rest, _ := strings.Cut(name, ":")
	switch name {
	case "hex":
		b, err := hex.DecodeString(rest)
		if err != nil {
			panic(fmt.Sprintf("state: $hex:%s: %v", rest, err))
		}
		return b
	case "bytes", "upper-hex":
		label, count, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(count)
		if err != nil {
			panic(fmt.Sprintf("state: $%s:%s: no count", name, rest))
		}
		b := s.Identity.Bytes(label, n)
		if name == "upper-hex" {
			return strings.ToUpper(hex.EncodeToString(b))
		}
		return b
	}
	fn := references[name]
	if fn == nil {
		panic(fmt.Sprintf("state: $%s stands for nothing", name))
	}
	return fn(s)
}

// references are the values that differ from phone to phone, or from now to then.
var references = map[string]func(*State) any{
	"activation":         func(s *State) any { return s.activation() },
	"arch":               func(s *State) any { return s.Model.Arch },
	"battery":            func(s *State) any { return uint64(s.options.Battery) },
	"bluetooth":          func(s *State) any { return s.Identity.Bluetooth },
	"board":              func(s *State) any { return s.Model.Board },
	"bonjour":            func(s *State) any { return s.Identity.WiFi + "@fe80::1._apple-mobdev2._tcp.local." },
	"build":              func(s *State) any { return s.lib.build(s.Version) },
	"charging":           func(s *State) any { return s.options.Battery < 100 },
	"chip":               func(s *State) any { return s.Model.Chip },
	"class":              func(s *State) any { return s.Model.Class },
	"developer-mode":     func(s *State) any { return s.DeveloperMode() },
	"developer-status":   func(s *State) any { return s.developerStatus() },
	"disk-data":          func(s *State) any { return s.options.Capacity - s.systemSize() },
	"disk-free":          func(s *State) any { return s.Free() },
	"disk-system":        func(s *State) any { return s.systemSize() },
	"disk-total":         func(s *State) any { return s.options.Capacity },
	"ecid":               func(s *State) any { return s.Identity.ECID },
	"ethernet":           func(s *State) any { return s.Identity.Ethernet },
	"firmware":           func(s *State) any { return s.firmware() },
	"fully-charged":      func(s *State) any { return s.options.Battery == 100 },
	"hardware":           func(s *State) any { return s.Model.Hardware },
	"imei":               func(s *State) any { return s.Identity.IMEI },
	"language":           func(s *State) any { return s.options.Language },
	"locale":             func(s *State) any { return s.options.Locale },
	"meid":               func(s *State) any { return s.Identity.IMEI[:14] },
	"mlb":                func(s *State) any { return s.Identity.MLB },
	"model-number":       func(s *State) any { return s.Model.Number },
	"name":               func(s *State) any { return s.options.Name },
	"password-protected": func(s *State) any { return s.Locked() },
	"platform":           func(s *State) any { return s.Model.Platform },
	"product-type":       func(s *State) any { return s.Model.ProductType },
	"public-key":         func(s *State) any { return s.PublicKey() },
	"serial":             func(s *State) any { return s.Identity.Serial },
	"supervised":         func(s *State) any { return s.options.Supervisor != nil },
	"time":               func(s *State) any { return float64(s.Time().UnixMicro()) / 1e6 },
	"time-zone":          func(s *State) any { return s.options.TimeZone },
	"trusted-host":       func(s *State) any { return len(s.trust.hosts) > 0 },
	"udid":               func(s *State) any { return s.Identity.UDID },
	"utc-offset":         func(s *State) any { return s.utcOffset() },
	"version":            func(s *State) any { return s.options.ProductVersion },
	"wifi":               func(s *State) any { return s.Identity.WiFi },
	"wireless-board":     func(s *State) any { return s.Identity.Wireless },
}

func (s *State) activation() string {
	if s.options.NotActivated {
		return "Unactivated"
	}
	return "Activated"
}

// SetActivated activates or deactivates the phone.
func (s *State) SetActivated(on bool) {
	s.options.NotActivated = !on
	s.Notifications.Post(ActivationState)
}

// DeveloperMode reports whether the switch of iOS 16 is on; before, there was none,
// and it counts as on.
func (s *State) DeveloperMode() bool { return s.options.DeveloperMode || !s.Version.AtLeast(16, 0) }

// SetDeveloperMode turns the switch.
func (s *State) SetDeveloperMode(on bool) { s.options.DeveloperMode = on }

// Supervisor returns the DER of the supervising organisation's certificate, nil if
// the phone is not supervised.
func (s *State) Supervisor() []byte { return s.options.Supervisor }

// PairingOff reports whether only the supervisor may pair.
func (s *State) PairingOff() bool { return s.options.PairingOff }

// Battery returns the charge in per cent.
func (s *State) Battery() int { return s.options.Battery }

// SetBattery sets the charge in per cent.
func (s *State) SetBattery(percent int) { s.options.Battery = min(max(percent, 0), 100) }

// developerStatus says "Development" while a developer image is mounted.
func (s *State) developerStatus() string {
	if s.Images.Developer() {
		return "Development"
	}
	return ""
}

// firmware is the version of iBoot, which counts with iOS (inferred: 10151 is that
// of iOS 17, 11881 that of iOS 18; the others are of the right size).
func (s *State) firmware() string {
	base := map[int]int{12: 4513, 13: 5540, 14: 6723, 15: 7429, 16: 8422, 17: 10151, 18: 11881, 26: 13822}[s.Version.Major]
	return fmt.Sprintf("iBoot-%d.%d.%d", base, 40+20*s.Version.Minor, 1+s.Version.Patch)
}

func (s *State) utcOffset() float64 {
	_, seconds := s.Time().In(s.Zone()).Zone()
	return float64(time.Duration(seconds) * time.Second / time.Second)
}

// systemSize is what iOS itself takes of the storage: more from year to year
// (inferred from listings of com.apple.disk_usage).
func (s *State) systemSize() uint64 { return uint64(min(4+s.Version.Major/2, 16)) << 30 }
