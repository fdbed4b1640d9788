package afc

import "fmt"

// Field is one argument of an operation. All but the two paths are u64.
type Field uint8

// Arguments.
const (
	FieldHandle   Field = iota + 1 // of an open file or directory enumerator
	FieldMode                      // OpenMode
	FieldLength                    // how many bytes to read or hash
	FieldSize                      // of the file, or of a block
	FieldWhence                    // Whence
	FieldOffset                    // signed where Whence says so
	FieldLock                      // LockOp
	FieldLinkType                  // LinkType
	FieldTime                      // nanoseconds since 1970
	FieldHint                      // zero or not
	FieldPath                      // text; the final NUL may be missing at the end
	FieldNewPath                   // text; new name of a rename, name of a link
	FieldStatus                    // of a reply: Status
	FieldPosition                  // of a reply
)

var fieldNames = [...]string{"", "handle", "mode", "length", "size", "whence", "offset", "lock", "type", "time", "hint", "path", "to", "status", "position"}

// String names the field as [Sprint] prints it.
func (f Field) String() string {
	if f > 0 && int(f) < len(fieldNames) {
		return fieldNames[f]
	}
	return fmt.Sprintf("field %d", uint8(f))
}

// text reports whether the field is a path.
func (f Field) text() bool { return f == FieldPath || f == FieldNewPath }
