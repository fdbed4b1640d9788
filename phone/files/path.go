package files

import (
	"path"
	"strings"
	"unicode/utf8"
)

// Longest names that a phone takes, in bytes. Source: the limits of APFS and of
// Darwin's PATH_MAX, less its NUL.
const (
	MaxName = 255
	MaxPath = 1023
)

// Clean returns a name in its only form: no slash in front, none doubled, no
// "." or "..". The root is "". Errors are [*fs.PathError] with [ErrInvalid] or
// [ErrNameTooLong].
func Clean(name string) (string, error) {
	if len(name) > MaxPath {
		return "", fail("name", name[:16]+"...", ErrNameTooLong)
	}
	if strings.IndexByte(name, 0) >= 0 || !utf8.ValidString(name) {
		return "", fail("name", name, ErrInvalid)
	}
	name = path.Clean("/" + name)[1:]
	for rest := name; len(rest) > MaxName; {
		i := strings.IndexByte(rest, '/')
		if i < 0 || i > MaxName {
			return "", fail("name", name, ErrNameTooLong)
		}
		rest = rest[i+1:]
	}
	return name, nil
}

// join puts a cleaned name below a cleaned directory.
func join(dir, name string) string {
	if dir == "" || name == "" {
		return dir + name
	}
	return dir + "/" + name
}

// checkTarget checks what a symbolic link is to hold. It may lead nowhere.
func checkTarget(target string) error {
	switch {
	case target == "" || strings.IndexByte(target, 0) >= 0 || !utf8.ValidString(target):
		return ErrInvalid
	case len(target) > MaxPath:
		return ErrNameTooLong
	}
	return nil
}
