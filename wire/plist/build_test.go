package plist

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
)

// binaryDoc lays out a binary list from objects given as bytes, with references
// of one byte, so that every rule can be broken alone.
type binaryDoc struct {
	objects  [][]byte
	top      uint64
	refSize  int
	offSize  int
	count    *uint64
	table    *uint64
	override map[int]uint64 // offsets that lie
}

func (d binaryDoc) bytes() []byte {
	b := []byte(binaryMagic)
	var offsets []uint64
	for _, o := range d.objects {
		offsets = append(offsets, uint64(len(b)))
		b = append(b, o...)
	}
	off, ref := cmp.Or(d.offSize, 4), cmp.Or(d.refSize, 1)
	table, count := uint64(len(b)), uint64(len(d.objects))
	for i, o := range offsets {
		if lie, ok := d.override[i]; ok {
			o = lie
		}
		b = append(b, binary.BigEndian.AppendUint64(nil, o)[8-off:]...)
	}
	if d.count != nil {
		count = *d.count
	}
	if d.table != nil {
		table = *d.table
	}
	b = append(b, 0, 0, 0, 0, 0, 0, byte(off), byte(ref))
	b = binary.BigEndian.AppendUint64(b, count)
	b = binary.BigEndian.AppendUint64(b, d.top)
	return binary.BigEndian.AppendUint64(b, table)
}

// array16 is an array of references of two bytes.
func array16(refs ...int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{tagArray | 0x0F, 0x11}, uint16(len(refs)))
	for _, r := range refs {
		b = binary.BigEndian.AppendUint16(b, uint16(r))
	}
	return b
}

// The bombs: small documents that cost much if they are taken at their word.

// sharedBomb is width^depth values in a few bytes: each array holds the next one
// many times.
func sharedBomb(depth, width int) []byte {
	d := binaryDoc{refSize: 2}
	for i := range depth {
		refs := make([]int, width)
		for j := range refs {
			refs[j] = i + 1
		}
		d.objects = append(d.objects, array16(refs...))
	}
	d.objects = append(d.objects, []byte{tagASCII | 3, 'l', 'o', 'l'})
	return d.bytes()
}

// chainBomb is arrays within arrays.
func chainBomb(depth int) []byte {
	d := binaryDoc{refSize: 2}
	for i := range depth {
		d.objects = append(d.objects, array16(i+1))
	}
	d.objects = append(d.objects, []byte{0x08})
	return d.bytes()
}

// overlapBomb is n arrays of n references each, all at the same place: walking
// them all takes n*n steps for 6*n bytes.
func overlapBomb(n int) []byte {
	refs := make([]int, n)
	for i := range refs {
		refs[i] = n
	}
	d := binaryDoc{refSize: 2, override: map[int]uint64{}}
	d.objects = append(d.objects, array16(refs...))
	for i := 1; i < n; i++ {
		d.objects = append(d.objects, nil)
		d.override[i] = 8
	}
	d.objects = append(d.objects, []byte{0x08})
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	d.objects = append(d.objects, array16(all...))
	d.top = uint64(n + 1)
	return d.bytes()
}

// contentBomb is one long string, reached many times.
func contentBomb(length, times int) []byte {
	refs := make([]int, times)
	for i := range refs {
		refs[i] = 1
	}
	s := binary.BigEndian.AppendUint32([]byte{tagASCII | 0x0F, 0x12}, uint32(length))
	return binaryDoc{refSize: 2, objects: [][]byte{array16(refs...), append(s, strings.Repeat("x", length)...)}}.bytes()
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
`

func inPlist(body string) []byte {
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

func deepXML(depth int) []byte {
	return inPlist(strings.Repeat("<array>", depth) + strings.Repeat("</array>", depth))
}

// bombs with what each must be refused for.
var bombs = []struct {
	name string
	doc  func() []byte
	want error
	text string
}{
	{"shared references, 10^9 values", func() []byte { return sharedBomb(9, 10) }, ErrLimit, "expands to more than"},
	{"shared references, 2^48 values", func() []byte { return sharedBomb(48, 2) }, ErrLimit, "expands to more than"},
	{"shared references, 64 wide to the depth limit", func() []byte { return sharedBomb(60, 64) }, ErrLimit, "expands to more than"},
	{"arrays in arrays, 60,000 deep", func() []byte { return chainBomb(60000) }, ErrLimit, "65 levels deep, limit 64"},
	{"overlapping arrays, 20,000 by 20,000", func() []byte { return overlapBomb(20000) }, ErrLimit, "objects so far"},
	{"a long string, 60,000 times", func() []byte { return contentBomb(60000, 60000) }, ErrLimit, "bytes of strings and data"},
	{"billion laughs", laughs, ErrSyntax, "only a plain DOCTYPE is allowed"},
	{"external entity", func() []byte {
		return []byte(`<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]><plist><string>&x;</string></plist>`)
	}, ErrSyntax, "only a plain DOCTYPE is allowed"},
	{"XML 100,000 deep", func() []byte { return deepXML(100000) }, ErrLimit, "65 levels deep, limit 64"},
	{"XML 300,000 values", func() []byte { return inPlist("<array>" + strings.Repeat("<true/>", 300000) + "</array>") }, ErrLimit, "limit 262144"},
	{"XML 100,000 deep in a leaf", func() []byte { return inPlist("<string>" + strings.Repeat("<a>", 100000)) }, ErrSyntax, "<a> within <string>"},
}
