package carlife

import "fmt"

// Profile names one of the two published head units where they differ.
//
//   - ids 00010033 and 00010034 carry one CarlifeVehicleInfo for the
//     application, a CarlifeVehicleInfoList for the library. Both parse the
//     other's bytes without complaint and get nonsense, so a peer must be told
//     which it faces.
//   - the library sends gear and subscribe-done without bit 15.
//   - the library knows no encryption and no call cover.
//   - buffer limits, see [DefaultLimits].
//
// The zero value is the application.
type Profile uint8

// The profiles.
const (
	ProfileHUApp  Profile = iota // "hu-app": Android head-unit application, 2017
	ProfileCppLib                // "cpp-lib": C++ vehicle library, 2018
)

// String returns "hu-app" or "cpp-lib".
func (p Profile) String() string {
	switch p {
	case ProfileHUApp:
		return "hu-app"
	case ProfileCppLib:
		return "cpp-lib"
	}
	return fmt.Sprintf("profile %d", uint8(p))
}

// ParseProfile reads what String writes.
func ParseProfile(s string) (Profile, error) {
	for _, p := range []Profile{ProfileHUApp, ProfileCppLib} {
		if s == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("carlife: profile %q: want hu-app or cpp-lib", s)
}

// MarshalText makes a profile a word in YAML and JSON.
func (p Profile) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads that word.
func (p *Profile) UnmarshalText(b []byte) (err error) {
	*p, err = ParseProfile(string(b))
	return err
}
