package control

import "fmt"

// Sender tells which side sends a message.
type Sender uint8

// The two sides. Device is the iPhone, accessory the other end.
const (
	FromDevice Sender = iota + 1
	FromAccessory
)

// String gives "device" or "accessory".
func (s Sender) String() string {
	switch s {
	case FromDevice:
		return "device"
	case FromAccessory:
		return "accessory"
	}
	return fmt.Sprintf("sender %d", uint8(s))
}

// MarshalText gives the name, for JSON.
func (s Sender) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Type is the encoding of a parameter's value. Integers are big-endian.
type Type uint8

// The value types of the protocol.
const (
	// TypeUnknown is a value whose type no public source tells: raw bytes.
	TypeUnknown Type = iota
	// TypeUint8 is 1 byte.
	TypeUint8
	// TypeUint16 is 2 bytes.
	TypeUint16
	// TypeUint32 is 4 bytes.
	TypeUint32
	// TypeUint64 is 8 bytes.
	TypeUint64
	// TypeInt8 is 1 byte in two's complement.
	TypeInt8
	// TypeInt16 is 2 bytes in two's complement.
	TypeInt16
	// TypeInt64 is 8 bytes in two's complement.
	TypeInt64
	// TypeEnum is 1 byte with named values.
	TypeEnum
	// TypeBool is 1 byte; any non-zero byte reads true, and so does an empty
	// value.
	TypeBool
	// TypeUTF8 is text with a terminating NUL that counts in the length.
	TypeUTF8
	// TypeBlob is raw bytes.
	TypeBlob
	// TypeNone has no value; that the parameter is there says it all.
	TypeNone
	// TypeGroup is itself a list of parameters.
	TypeGroup
	// TypeIDs is a packed list of uint16.
	TypeIDs
)

var typeNames = [...]string{
	"unknown", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int64",
	"enum", "bool", "utf8", "blob", "none", "group", "ids",
}

// String gives the name that catalogue.yaml uses.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// MarshalText gives the name, for JSON.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Size is the number of bytes of a value of this type, and whether it is
// fixed at all. A bool counts as 1 although an empty one is read too.
func (t Type) Size() (n int, fixed bool) {
	switch t {
	case TypeUint8, TypeInt8, TypeEnum, TypeBool:
		return 1, true
	case TypeUint16, TypeInt16:
		return 2, true
	case TypeUint32:
		return 4, true
	case TypeUint64, TypeInt64:
		return 8, true
	case TypeNone:
		return 0, true
	}
	return 0, false
}

func (t Type) signed() bool { return t == TypeInt8 || t == TypeInt16 || t == TypeInt64 }

// Mark is the confidence in a fact: 'A' where two or more sources that do not
// descend from one another agree, 'B' for one source or several with a common
// ancestor, 'C' for what is inferred.
type Mark byte

// String gives the letter.
func (m Mark) String() string { return string(rune(m)) }

// MarshalText gives the letter, for JSON.
func (m Mark) MarshalText() ([]byte, error) { return []byte{byte(m)}, nil }
