package state

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a version of iOS: "17.5.1" is {17, 5, 1}.
type Version struct {
	Major, Minor, Patch int
}

// ParseVersion reads "17", "17.5" or "17.5.1".
func ParseVersion(text string) (Version, error) {
	var v Version
	fields := []*int{&v.Major, &v.Minor, &v.Patch}
	parts := strings.Split(text, ".")
	if len(parts) > len(fields) {
		return v, fmt.Errorf("state: version %q has more than three numbers", text)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("state: version %q: %q is not a number", text, part)
		}
		*fields[i] = int(n)
	}
	return v, nil
}

// MustVersion is [ParseVersion] for constants; it panics on a bad one.
func MustVersion(text string) Version {
	v, err := ParseVersion(text)
	if err != nil {
		panic(err)
	}
	return v
}

// String returns "17.5.1", or "17.5" if the patch is 0.
func (v Version) String() string {
	if v.Patch == 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Compare returns -1, 0 or 1 as v is older than, equal to or newer than o.
func (v Version) Compare(o Version) int {
	for _, d := range []int{v.Major - o.Major, v.Minor - o.Minor, v.Patch - o.Patch} {
		switch {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
	}
	return 0
}

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Compare(Version{Major: major, Minor: minor}) >= 0
}

// IsZero reports whether v is the zero Version, which in data means "no bound".
func (v Version) IsZero() bool { return v == Version{} }

// A Range is the versions from Since up to, but not with, Until; a zero bound is
// none.
type Range struct {
	Since, Until Version
}

// Has reports whether v is in the range.
func (r Range) Has(v Version) bool {
	return v.Compare(r.Since) >= 0 && (r.Until.IsZero() || v.Compare(r.Until) < 0)
}
