package afc

import (
	"bytes"
	"iter"
)

// AppendStrings appends texts as the data of a reply carries them: each with a
// NUL behind it, the last one too. libimobiledevice counts the NULs.
func AppendStrings(dst []byte, texts ...string) []byte {
	for _, t := range texts {
		dst = append(append(dst, t...), 0)
	}
	return dst
}

// Strings iterates over the texts in the data of a reply: directory entries, or
// keys and values in turn. A last text without NUL counts.
func Strings(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := data; len(rest) > 0; {
			t, after, _ := bytes.Cut(rest, []byte{0})
			if !yield(string(t)) {
				return
			}
			rest = after
		}
	}
}

// Pair is a key and its value.
type Pair struct{ Key, Value string }

// ParsePairs reads keys and values. A last key without value is dropped.
func ParsePairs(data []byte) []Pair {
	var out []Pair
	key, have := "", false
	for t := range Strings(data) {
		if have {
			out = append(out, Pair{key, t})
		}
		key, have = t, !have
	}
	return out
}
