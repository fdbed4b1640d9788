package plist

import (
	"errors"
	"strconv"
	"strings"
)

// Sentinels inside an [*Error].
var (
	// ErrFormat: neither an XML nor a binary property list.
	ErrFormat = errors.New("neither an XML nor a binary property list")
	// ErrSyntax: it begins as one, and breaks its rules.
	ErrSyntax = errors.New("malformed property list")
	// ErrLimit: larger than its [Limits].
	ErrLimit = errors.New("over the limit")
	// ErrType: a value is of another type than is wanted.
	ErrType = errors.New("wrong type")
	// ErrMissing: a field that must be there is not.
	ErrMissing = errors.New("missing")
	// ErrValue: a Go value that no property list can hold.
	ErrValue = errors.New("cannot be written")
)

// Error says what is wrong with a property list and where.
type Error struct {
	Offset int64  // byte offset in the document; -1 if there is none
	Path   string // of the value, as in "DeviceList[0].DeviceID"; "" for the whole
	Detail string // what is wrong there
	Err    error  // one of the sentinels above
}

// Error names offset, field and fault.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("plist: ")
	if e.Offset >= 0 {
		b.WriteString("offset ")
		b.WriteString(strconv.FormatInt(e.Offset, 10))
		b.WriteString(": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	if e.Detail == "" {
		b.WriteString(e.Err.Error())
		return b.String()
	}
	b.WriteString(e.Detail)
	return b.String()
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// joinKey and joinIndex extend a path. Keys are the peer's: what is not plain
// is quoted, and long ones are cut.
func joinKey(path, key string) string {
	if len(key) > 64 {
		key = key[:64] + "..."
	}
	if !plainKey(key) {
		key = strconv.QuoteToASCII(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func joinIndex(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func plainKey(key string) bool {
	for i := range len(key) {
		if c := key[i]; c <= ' ' || c >= 0x7f || c == '"' {
			return false
		}
	}
	return key != ""
}
