package plisttest

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// A Bomb is a document that costs much.
type Bomb struct {
	Name  string
	Doc   func() []byte
	Limit bool // it is well formed, and too much; otherwise it is against the rules
	Why   string
}

// Bombs lists documents with what wire/plist, with its default limits, refuses them
// for.
func Bombs() []Bomb {
	return []Bomb{
		{"shared references, 10^9 values", func() []byte { return Shared(9, 10) }, true, "expands to more than"},
		{"shared references, 2^48 values", func() []byte { return Shared(48, 2) }, true, "expands to more than"},
		{"shared references, 64 wide to the depth limit", func() []byte { return Shared(60, 64) }, true, "expands to more than"},
		{"arrays in arrays, 60,000 deep", func() []byte { return Chain(60000) }, true, "65 levels deep, limit 64"},
		{"overlapping arrays, 20,000 by 20,000", func() []byte { return Overlap(20000) }, true, "objects so far"},
		{"a long string, 60,000 times", func() []byte { return Content(60000, 60000) }, true, "bytes of strings and data"},
		{"billion laughs", laughs, false, "only a plain DOCTYPE is allowed"},
		{"external entity", func() []byte {
			return []byte(`<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]><plist><string>&x;</string></plist>`)
		}, false, "only a plain DOCTYPE is allowed"},
		{"XML 100,000 deep", func() []byte { return DeepXML(100000) }, true, "65 levels deep, limit 64"},
		{"XML 300,000 values", func() []byte { return XML("<array>" + strings.Repeat("<true/>", 300000) + "</array>") }, true, "limit 262144"},
		{"XML 100,000 deep in a leaf", func() []byte { return XML("<string>" + strings.Repeat("<a>", 100000)) }, false, "<a> within <string>"},
	}
}

// Shared is a binary list of width to the power of depth values in a few bytes: each
// array holds the next one many times.
func Shared(depth, width int) []byte {
	var objects [][]byte
	for i := range depth {
		refs := make([]int, width)
		for j := range refs {
			refs[j] = i + 1
		}
		objects = append(objects, Array(refs...))
	}
	return document(append(objects, []byte{0x53, 'l', 'o', 'l'}), nil, 0)
}

// Chain is a binary list of arrays within arrays.
func Chain(depth int) []byte {
	var objects [][]byte
	for i := range depth {
		objects = append(objects, Array(i+1))
	}
	return document(append(objects, []byte{0x08}), nil, 0)
}

// Overlap is a binary list of n arrays of n references each, all at the same place:
// walking them all takes n*n steps for 6*n bytes.
func Overlap(n int) []byte {
	refs, all := make([]int, n), make([]int, n)
	for i := range n {
		refs[i], all[i] = n, i
	}
	objects := make([][]byte, n, n+2)
	objects[0] = Array(refs...)
	same := map[int]uint64{}
	for i := 1; i < n; i++ {
		same[i] = magicLen
	}
	return document(append(objects, []byte{0x08}, Array(all...)), same, uint64(n+1))
}

// Content is a binary list of one long string, reached many times.
func Content(length, times int) []byte {
	refs := make([]int, times)
	for i := range refs {
		refs[i] = 1
	}
	s := binary.BigEndian.AppendUint32([]byte{0x5F, 0x12}, uint32(length))
	return document([][]byte{Array(refs...), append(s, strings.Repeat("x", length)...)}, nil, 0)
}

// Array is an array of a binary list, of references of two bytes.
func Array(refs ...int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xAF, 0x11}, uint16(len(refs)))
	for _, r := range refs {
		b = binary.BigEndian.AppendUint16(b, uint16(r))
	}
	return b
}

const magicLen = 8

// document lays out a binary list with references of two bytes and offsets of four;
// some objects are elsewhere.
func document(objects [][]byte, elsewhere map[int]uint64, top uint64) []byte {
	b := []byte("bplist00")
	offsets := make([]uint64, len(objects))
	for i, o := range objects {
		offsets[i] = uint64(len(b))
		if at, ok := elsewhere[i]; ok {
			offsets[i] = at
		}
		b = append(b, o...)
	}
	table := uint64(len(b))
	for _, o := range offsets {
		b = binary.BigEndian.AppendUint32(b, uint32(o))
	}
	b = append(b, 0, 0, 0, 0, 0, 0, 4, 2)
	b = binary.BigEndian.AppendUint64(b, uint64(len(objects)))
	b = binary.BigEndian.AppendUint64(b, top)
	return binary.BigEndian.AppendUint64(b, table)
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
`

// XML is an XML list around a body.
func XML(body string) []byte {
	return []byte(xmlHead + `<plist version="1.0">` + body + "</plist>\n")
}

// laughs is the billion laughs: each entity holds ten of the one before.
func laughs() []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE plist [\n <!ENTITY lol0 \"lol\">\n")
	for i := range 9 {
		fmt.Fprintf(&b, " <!ENTITY lol%d \"%s\">\n", i+1, strings.Repeat(fmt.Sprintf("&lol%d;", i), 10))
	}
	b.WriteString("]>\n<plist><string>&lol9;</string></plist>")
	return []byte(b.String())
}

// DeepXML is an XML list of arrays within arrays.
func DeepXML(depth int) []byte {
	return XML(strings.Repeat("<array>", depth) + strings.Repeat("</array>", depth))
}
