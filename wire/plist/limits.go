package plist

import "math"

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	// Size is the most bytes of the document itself.
	Size int
	// Depth is how many dictionaries and arrays may lie within each other.
	Depth int
	// Objects is the most values and keys, where one that a binary list shares
	// counts as often as it is reached: it is what decoding will build.
	Objects int
	// Content is the most bytes of strings, keys and data, shared ones counted as
	// often as they are reached.
	Content int
}

// Defaults of [Limits]. They hold the largest answers of host tools' daily use,
// such as the list of all applications of a phone, several times over.
const (
	DefaultSize    = 16 << 20
	DefaultDepth   = 64
	DefaultObjects = 256 << 10
	DefaultContent = 32 << 20
)

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		value    *int
		standard int
	}{{&l.Size, DefaultSize}, {&l.Depth, DefaultDepth}, {&l.Objects, DefaultObjects}, {&l.Content, DefaultContent}} {
		if *f.value <= 0 {
			*f.value = f.standard
		}
		*f.value = min(*f.value, math.MaxInt32)
	}
	return l
}
