package plist

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/plist/plisttest"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		data string
		want Format
	}{
		{"bplist00", Binary},
		{"bplist01", 0},
		{"bplist15", 0},
		{`<?xml version="1.0"?>`, XML},
		{"\xef\xbb\xbf<?xml", XML},
		{"\n  <plist>", XML},
		{"<!DOCTYPE plist", XML},
		{"{ a = b; }", 0},
		{"<abab>", 0},
		{"", 0},
	} {
		assert.Equal(t, c.want, Detect([]byte(c.data)), "%q", c.data)
	}
}

func TestBombsAreRefused(t *testing.T) {
	for _, b := range plisttest.Bombs() {
		t.Run(b.Name, func(t *testing.T) {
			doc := b.Doc()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Decode(doc, Limits{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			want := ErrSyntax
			if b.Limit {
				want = ErrLimit
			}
			require.ErrorIs(t, err, want)
			assert.ErrorContains(t, err, b.Why)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32*len(doc)+1<<20), "bytes allocated for %d", len(doc))
			assert.Less(t, took, 5*time.Second)
		})
	}
}

// What the limits forbid is fine when they are raised: they are not a rule of the
// format.
func TestLimitsAreLimits(t *testing.T) {
	five := sharedBomb(3, 5) // 1+5+25+125 values, 125 times 3 bytes
	for _, c := range []struct {
		name string
		doc  []byte
		l    Limits
		want string
	}{
		{"objects", five, Limits{Objects: 155}, "expands to more than 155 objects"},
		{"objects enough", five, Limits{Objects: 156}, ""},
		{"content", five, Limits{Content: 374}, "375 bytes of strings and data, limit 374"},
		{"content enough", five, Limits{Content: 375}, ""},
		{"depth", five, Limits{Depth: 2}, "3 levels deep, limit 2"},
		{"depth enough", five, Limits{Depth: 3}, ""},
		{"size", five, Limits{Size: len(five) - 1}, "bytes, limit"},
		{"size enough", five, Limits{Size: len(five)}, ""},
		{"objects that nothing refers to", binaryDoc{objects: [][]byte{{0x09}, {0x09}, {0x09}}}.bytes(), Limits{Objects: 2}, "trailer: 3 objects, limit 2"},
		{"XML objects", inPlist("<dict><key>a</key><true/></dict>"), Limits{Objects: 2}, "a: 3 objects so far, limit 2"},
		{"XML objects enough", inPlist("<dict><key>a</key><true/></dict>"), Limits{Objects: 3}, ""},
		{"XML content", inPlist("<array><string>12345</string></array>"), Limits{Content: 4}, "[0]: 5 bytes of strings and data so far, limit 4"},
		{"XML content enough", inPlist("<array><string>12345</string></array>"), Limits{Content: 5}, ""},
		{"XML depth", deepXML(5), Limits{Depth: 4}, "[0][0][0][0]: 5 levels deep, limit 4"},
		{"XML depth enough", deepXML(5), Limits{Depth: 5}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Check(c.doc, c.l)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrLimit)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// A value shared at two depths counts at the deeper one, whichever comes first.
func TestSharedValueAtTwoDepths(t *testing.T) {
	// 0: [1, 2]  1: [3]  2: [1]  3: []
	doc := binaryDoc{refSize: 2, objects: [][]byte{array16(1, 2), array16(3), array16(1), array16()}}.bytes()
	_, err := Check(doc, Limits{Depth: 4})
	require.NoError(t, err)
	_, err = Check(doc, Limits{Depth: 3})
	require.EqualError(t, err, "plist: offset 36: [1][0]: 4 levels deep, limit 3")
}

func u64(v uint64) *uint64 { return &v }

func TestMalformedBinary(t *testing.T) {
	str := []byte{tagASCII | 1, 'k'}
	one := [][]byte{{0x09}}
	for _, c := range []struct {
		name string
		doc  []byte
		want string
	}{
		{"short", []byte("bplist00" + strings.Repeat("\x00", 32)), "offset 40: 40 bytes are no room for an object and the trailer"},
		{"no objects", binaryDoc{objects: one, count: u64(0)}.bytes(), "trailer: no objects"},
		{"too many objects", binaryDoc{objects: one, count: u64(1 << 62)}.bytes(), "trailer: 4611686018427387904 objects in 45 bytes"},
		{"top", binaryDoc{objects: one, top: 1}.bytes(), "trailer: top object is 1 of 1"},
		{"table in the magic", binaryDoc{objects: one, table: u64(8)}.bytes(), "offset table at 8 is outside of the 45 bytes"},
		{"table in the trailer", binaryDoc{objects: one, table: u64(13)}.bytes(), "offset table at 13 is outside of the 45 bytes"},
		{"table wraps around", binaryDoc{objects: one, table: u64(1<<64 - 4)}.bytes(), "is outside of the 45 bytes"},
		{"gap after the table", binaryDoc{objects: [][]byte{{0x09}, {0x08}}, count: u64(1)}.bytes(), "has room for 8 bytes, want 1 objects of 4 bytes"},
		{"offset before the objects", binaryDoc{objects: one, override: map[int]uint64{0: 7}}.bytes(), "object 0 is at 7, outside of the objects"},
		{"offset in the table", binaryDoc{objects: one, override: map[int]uint64{0: 9}}.bytes(), "object 0 is at 9, outside of the objects"},
		{"null", binaryDoc{objects: [][]byte{{0x00}}}.bytes(), "offset 8: unknown marker 0x00"},
		{"set", binaryDoc{objects: [][]byte{{0xC0}}}.bytes(), "unknown marker 0xc0"},
		{"integer of 32 bytes", binaryDoc{objects: [][]byte{append([]byte{0x15}, make([]byte, 32)...)}}.bytes(), "unknown marker 0x15"},
		{"integer cut", binaryDoc{objects: [][]byte{{0x13, 1, 2}}}.bytes(), "object of 8 bytes, 2 are left"},
		{"integer of 128 bits", binaryDoc{objects: [][]byte{append([]byte{0x14, 1}, make([]byte, 15)...)}}.bytes(), "integer of more than 64 bits"},
		{"real of 2 bytes", binaryDoc{objects: [][]byte{{0x21, 0, 0}}}.bytes(), "unknown marker 0x21"},
		{"date cut", binaryDoc{objects: [][]byte{{0x33, 0}}}.bytes(), "object of 8 bytes, 1 are left"},
		{"date not a number", binaryDoc{objects: [][]byte{{0x33, 0x7F, 0xF8, 0, 0, 0, 0, 0, 1}}}.bytes(), "date is NaN seconds from 2001"},
		{"date far off", binaryDoc{objects: [][]byte{{0x33, 0x7F, 0xE0, 0, 0, 0, 0, 0, 0}}}.bytes(), "outside of years 1 to 9999"},
		{"string cut", binaryDoc{objects: [][]byte{{tagASCII | 5, 'a'}}}.bytes(), "object of 5 bytes, 1 are left"},
		{"string of 2^63 bytes", binaryDoc{objects: [][]byte{append([]byte{tagASCII | 0xF, 0x13, 0x80}, make([]byte, 7)...)}}.bytes(), "object of 9223372036854775808 bytes, 0 are left"},
		{"UTF-16 length wraps", binaryDoc{objects: [][]byte{append([]byte{tagUTF16 | 0xF, 0x13, 0x80}, make([]byte, 7)...)}}.bytes(), "object of 18446744073709551615 bytes"},
		{"string of Latin-1", binaryDoc{objects: [][]byte{{tagASCII | 1, 0xE4}}}.bytes(), "neither ASCII nor UTF-8"},
		{"length without a number", binaryDoc{objects: [][]byte{{tagData | 0xF}}}.bytes(), "object of 1 bytes, 0 are left"},
		{"length is a string", binaryDoc{objects: [][]byte{{tagData | 0xF, 0x51, 'a'}}}.bytes(), "length has marker 0x51"},
		{"length cut", binaryDoc{objects: [][]byte{{tagData | 0xF, 0x13, 0}}}.bytes(), "object of 8 bytes, 1 are left"},
		{"UID of 9 bytes", binaryDoc{objects: [][]byte{append([]byte{0x88}, make([]byte, 9)...)}}.bytes(), "unknown marker 0x88"},
		{"array cut", binaryDoc{objects: [][]byte{{tagArray | 2, 0}}}.bytes(), "object of 2 bytes, 1 are left"},
		{"array of 2^63", binaryDoc{objects: [][]byte{append([]byte{tagArray | 0xF, 0x13, 0x80}, make([]byte, 7)...)}}.bytes(), "container of 9223372036854775808 references"},
		{"dictionary of 2^63", binaryDoc{objects: [][]byte{append([]byte{tagDict | 0xF, 0x13, 0x80}, make([]byte, 7)...)}}.bytes(), "container of 4294967294 references"},
		{"reference too high", binaryDoc{objects: [][]byte{{tagArray | 1, 7}}}.bytes(), "offset 9: [0]: reference to object 7 of 1"},
		{"reference one too high", binaryDoc{objects: [][]byte{{tagArray | 1, 1}}}.bytes(), "offset 9: [0]: reference to object 1 of 1"},
		{"contains itself", binaryDoc{objects: [][]byte{{tagArray | 1, 0}}}.bytes(), "[0]: object 0 contains itself"},
		{"cycle of two", binaryDoc{objects: [][]byte{{tagDict | 1, 1, 2}, str, {tagArray | 2, 1, 0}}}.bytes(), "k[1]: object 0 contains itself"},
		{"key is no string", binaryDoc{objects: [][]byte{{tagDict | 1, 1, 1}, {0x09}}}.bytes(), "key 0 of a dictionary is no string"},
		{"key is data", binaryDoc{objects: [][]byte{{tagDict | 1, 1, 1}, {tagData | 1, 'k'}}}.bytes(), "key 0 of a dictionary is no string"},
		{"error in a value names it", binaryDoc{objects: [][]byte{{tagDict | 1, 1, 2}, str, {tagArray | 2, 1, 3}, {0xEE}}}.bytes(), "k[1]: unknown marker 0xee"},
		{"and with a UTF-16 key", binaryDoc{objects: [][]byte{{tagDict | 1, 1, 2}, {tagUTF16 | 1, 0, 'x'}, {0xEE}}}.bytes(), "x: unknown marker 0xee"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Check(c.doc, Limits{})
			require.Equal(t, Binary, f)
			require.ErrorIs(t, err, ErrSyntax)
			require.ErrorContains(t, err, c.want)
		})
	}
	refs := binaryDoc{objects: [][]byte{{0x09}}}.bytes()
	refs[len(refs)-trailerLen+7] = 0
	_, err := Check(refs, Limits{})
	require.EqualError(t, err, "plist: offset 20: trailer: reference size is 0, want 1 to 7")
	refs[len(refs)-trailerLen+6] = 9
	_, err = Check(refs, Limits{})
	require.EqualError(t, err, "plist: offset 19: trailer: offset size is 9, want 1 to 8")
	many := binaryDoc{objects: make([][]byte, 300)}
	_, err = Check(many.bytes(), Limits{})
	require.ErrorContains(t, err, "300 objects cannot be numbered by 1 bytes")
	far := binaryDoc{objects: [][]byte{append([]byte{tagData | 0xF, 0x11, 1, 0}, make([]byte, 256)...)}, offSize: 1}
	_, err = Check(far.bytes(), Limits{})
	require.ErrorContains(t, err, "1 bytes cannot address 268")
}

func TestMalformedXML(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"empty", string(inPlist("")), "<plist> holds no value"},
		{"cut", `<?xml version="1.0"?><plist><dict><key>a</key>`, "offset 46: a: "},
		{"no plist", `<?xml version="1.0"?>`, "unexpected EOF"},
		{"other root", `<?xml version="1.0"?><html/>`, "<html> where one <plist> is wanted"},
		{"bare value", `<?xml version="1.0"?><string>a</string>`, "<string> where one <plist> is wanted"},
		{"two roots", string(inPlist("<true/>")) + "<plist><true/></plist>", "<plist> where one <plist> is wanted"},
		{"two values", string(inPlist("<true/><false/>")), "<false>: a second value"},
		{"text outside", string(inPlist("<true/>")) + "x", "text outside of <plist>"},
		{"text in plist", string(inPlist("x")), "text where a value is wanted"},
		{"text in dict", string(inPlist("<dict>x</dict>")), "text where a value is wanted"},
		{"unknown element", string(inPlist("<dict><key>a</key><float>1</float></dict>")), "a: <float> is no property list element"},
		{"ends crossed", string(inPlist("<array><dict></array></dict>")), "element <dict> closed by </array>"},
		{"no key", string(inPlist("<dict><true/></dict>")), "<true> without a key"},
		{"two keys", string(inPlist("<dict><key>a</key><key>b</key></dict>")), "a: a second key where a value is wanted"},
		{"no value", string(inPlist("<dict><key>a</key></dict>")), "a: key without a value"},
		{"key in array", string(inPlist("<array><key>a</key></array>")), "[0]: <key> is no property list element"},
		{"leaf with child", string(inPlist("<array><true/><string>a<b/></string></array>")), "[1]: <b> within <string>"},
		{"true with text", string(inPlist("<true>yes</true>")), "<true>yes</true>: not empty"},
		{"integer empty", string(inPlist("<integer/>")), "<integer></integer>: invalid syntax"},
		{"integer of words", string(inPlist("<dict><key>Port Number</key><integer>ten</integer></dict>")), `"Port Number": <integer>ten</integer>: invalid syntax`},
		{"integer too large", string(inPlist("<integer>18446744073709551616</integer>")), "value out of range"},
		{"integer too small", string(inPlist("<integer>-9223372036854775809</integer>")), "value out of range"},
		{"real", string(inPlist("<real>1,5</real>")), "<real>1,5</real>: invalid syntax"},
		{"date", string(inPlist("<date>yesterday</date>")), "<date>yesterday</date>: want RFC 3339"},
		{"data", string(inPlist("<data>AAA</data>")), "<data>AAA</data>: illegal base64 data"},
		{"unknown entity", string(inPlist("<string>&nbsp;</string>")), "invalid character entity &nbsp;"},
		{"late declaration", string(inPlist(`<dict><!ENTITY x "y"></dict>`)), "only a plain DOCTYPE is allowed"},
		{"declaration in a leaf", string(inPlist(`<string><!ENTITY x "y"></string>`)), "only a plain DOCTYPE is allowed"},
		{"declaration in plist", string(inPlist(`<!DOCTYPE plist><true/>`)), "only a plain DOCTYPE is allowed"},
		{"control character", string(inPlist("<string>\x01</string>")), "illegal character code U+0001"},
		{"other encoding", `<?xml version="1.0" encoding="UTF-16"?><plist><true/></plist>`, "UTF-16"},
		{"not UTF-8", string(inPlist("<string>\xe4</string>")), "invalid UTF-8"},
		{"bad attribute", `<?xml version="1.0"?><plist version=1.0><true/></plist>`, "unquoted or missing attribute value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Check([]byte(c.doc), Limits{})
			require.Equal(t, XML, f)
			require.ErrorIs(t, err, ErrSyntax)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestOlderFormIsRefused(t *testing.T) {
	for _, doc := range []string{`{ a = b; }`, `<616263>`, `"text"`, "", "bplist16\x00", "\x00\x00"} {
		f, err := Check([]byte(doc), Limits{})
		assert.Zero(t, f)
		assert.ErrorIs(t, err, ErrFormat, "%q", doc)
	}
}

// Offsets count from the first byte of the document, whatever came before XML.
func TestOffsetsOfXML(t *testing.T) {
	bad := inPlist("<integer>x</integer>")
	want := int64(bytes.Index(bad, []byte("<integer>")))
	for _, before := range []string{"", "\xef\xbb\xbf"} {
		_, err := Check(append([]byte(before), bad...), Limits{})
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, want+int64(len(before)), e.Offset)
	}
}
