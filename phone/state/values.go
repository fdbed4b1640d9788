package state

import (
	"maps"
	"slices"
	"time"
)

// Value returns a value of lockdownd, nil if there is none. The domain "" is the
// top one. The types are those of wire/plist.
func (s *State) Value(domain, key string) any {
	if over, ok := s.set[domain][key]; ok {
		return over
	}
	for _, l := range slices.Backward(s.lib.layers) {
		if v, ok := l.values[domain][key]; ok && s.applies(&l) {
			return s.resolve(v)
		}
	}
	return nil
}

// Domain returns all values of a domain; it is empty if there is no such domain.
func (s *State) Domain(domain string) map[string]any {
	out := map[string]any{}
	for i := range s.lib.layers {
		if l := &s.lib.layers[i]; s.applies(l) {
			for key, v := range l.values[domain] { // each by itself: the order is of no matter
				out[key] = s.resolve(v)
			}
		}
	}
	maps.Copy(out, s.set[domain])
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// Domains lists the domains that have values, or are known to be empty.
func (s *State) Domains() []string {
	seen := map[string]bool{}
	for i := range s.lib.layers {
		if l := &s.lib.layers[i]; s.applies(l) {
			for d := range l.values {
				seen[d] = true
			}
		}
	}
	for d := range s.set {
		seen[d] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func (s *State) applies(l *layer) bool {
	return (l.class == "" || l.class == s.Model.Class) && l.ios.Has(s.Version)
}

// Public reports whether a value may be read without a session.
func (s *State) Public(domain, key string) bool {
	return domain == "" && slices.Contains(s.lib.access.Public, key)
}

// PublicDomain returns what a host without a session gets of the top domain.
func (s *State) PublicDomain() map[string]any {
	out := map[string]any{}
	for _, key := range s.lib.access.Public {
		if v := s.Value("", key); v != nil && !slices.Contains(s.lib.access.Hidden, key) {
			out[key] = v
		}
	}
	return out
}

// Settable reports whether a host with a session may set or remove a value.
func (s *State) Settable(domain, key string) bool {
	return slices.Contains(s.lib.access.Open, domain) || slices.Contains(s.lib.access.Settable[domain], key)
}

// maxValues bounds how many values of a domain hosts may add.
const maxValues = 1024

// SetValue sets a value, whoever may; hosts are to be asked for Settable first. It
// reports false if there is no more room. What follows from the value happens:
// the name of the phone changes, notifications are posted.
func (s *State) SetValue(domain, key string, v any) bool {
	d := s.set[domain]
	if d == nil {
		if len(s.set) >= maxValues {
			return false
		}
		d = map[string]any{}
		s.set[domain] = d
	}
	if _, ok := d[key]; !ok && len(d) >= maxValues {
		return false
	}
	d[key] = v
	s.changed(domain, key, v)
	return true
}

// RemoveValue removes a value and reports whether there was one.
func (s *State) RemoveValue(domain, key string) bool {
	if s.Value(domain, key) == nil {
		return false
	}
	s.SetValue(domain, key, nil)
	return true
}

// changed does what follows from a new value.
func (s *State) changed(domain, key string, v any) {
	switch domain + "/" + key {
	case "/DeviceName":
		s.Notifications.Post(DeviceNameChanged)
	case "/TimeZone":
		s.Notifications.Post(TimezoneChanged)
	case "/TimeIntervalSince1970":
		if seconds, ok := number(v); ok {
			if s.clockSettable() {
				s.SetTime(time.Unix(0, int64(seconds*1e9)).UTC())
			}
			delete(s.set[""], "TimeIntervalSince1970") // the clock tells
		}
	case "com.apple.international/Language":
		s.Notifications.Post(LanguageChanged)
	}
}

// clockSettable reports whether the clock follows a host: from iOS 6 on only until
// the phone is activated. A phone says yes all the same, and goes on as before
// (libimobiledevice/libimobiledevice#613, #1286).
func (s *State) clockSettable() bool { return s.options.NotActivated || !s.Version.AtLeast(6, 0) }

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case int64:
		return float64(v), true
	}
	return 0, false
}

// DeviceName returns the name that the user gave the phone.
func (s *State) DeviceName() string {
	name, _ := s.Value("", "DeviceName").(string)
	return name
}
