package plist

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What usbmuxd 1.1.1 answers to ListDevices, in the words of libplist.
const deviceList = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>DeviceList</key>
	<array>
		<dict>
			<key>DeviceID</key>
			<integer>3</integer>
			<key>MessageType</key>
			<string>Attached</string>
			<key>Properties</key>
			<dict>
				<key>ConnectionSpeed</key>
				<integer>480000000</integer>
				<key>SerialNumber</key>
				<string>00008101-000A1B2C3D4E001E</string>
			</dict>
		</dict>
	</array>
</dict>
</plist>
`

func TestDecodeXML(t *testing.T) {
	v, err := Decode([]byte(deviceList), Limits{})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"DeviceList": []any{map[string]any{
		"DeviceID": uint64(3), "MessageType": "Attached",
		"Properties": map[string]any{"ConnectionSpeed": uint64(480000000), "SerialNumber": "00008101-000A1B2C3D4E001E"},
	}}}, v)
}

func TestDecodeTypes(t *testing.T) {
	for _, c := range []struct {
		xml  string
		want any
	}{
		{"<string>&lt;a&gt; &#38; b</string>", "<a> & b"},
		{"<string><![CDATA[<a>]]> b<!-- not this --></string>", "<a> b"},
		{"<string/>", ""},
		{"<integer>0x1F</integer>", uint64(31)},
		{"<integer>-32498</integer>", int64(-32498)},
		{"<integer>18446744073709551615</integer>", uint64(math.MaxUint64)},
		{"<real>0.25</real>", 0.25},
		{"<true/>", true},
		{"<false></false>", false},
		{"<date>2026-08-01T12:00:00Z</date>", time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)},
		{"<data>\n\tAAEC\n\tAw==\n</data>", []byte{0, 1, 2, 3}},
		{"<array/>", []any{}},
		{"<dict/>", map[string]any{}},
		{"<dict><key/><true/></dict>", map[string]any{"": true}},
		{"<dict><key>CF$UID</key><integer>7</integer></dict>", UID(7)},
	} {
		v, err := Decode(inPlist(c.xml), Limits{})
		require.NoError(t, err, c.xml)
		assert.Equal(t, c.want, v, c.xml)
	}
}

func TestDecodeBinaryTypes(t *testing.T) {
	for _, c := range []struct {
		name   string
		object []byte
		want   any
	}{
		{"one byte is without sign", []byte{0x10, 0xFF}, uint64(255)},
		{"eight bytes have one", []byte{0x13, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE}, int64(-2)},
		{"sixteen bytes hold 2^64-1", []byte{0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, uint64(math.MaxUint64)},
		{"short real", []byte{0x22, 0x3E, 0x80, 0, 0}, float32(0.25)},
		{"real", []byte{0x23, 0x3F, 0xD0, 0, 0, 0, 0, 0, 0}, 0.25},
		{"date", []byte{0x33, 0, 0, 0, 0, 0, 0, 0, 0}, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"data", []byte{tagData | 2, 1, 2}, []byte{1, 2}},
		{"string", []byte{tagASCII | 2, 'o', 'k'}, "ok"},
		{"UTF-8 in a string of bytes", []byte{tagASCII | 2, 0xC3, 0xA4}, "ä"},
		{"UTF-16", []byte{tagUTF16 | 2, 0xD8, 0x3D, 0xDE, 0x97}, "🚗"},
		{"half a pair", []byte{tagUTF16 | 1, 0xD8, 0x3D}, "\uFFFD"},
		{"UID", []byte{tagUID | 1, 1, 0}, UID(256)},
		{"UID of three bytes", []byte{tagUID | 2, 1, 0, 0}, UID(1 << 16)},
	} {
		v, err := Decode(binaryDoc{objects: [][]byte{c.object}}.bytes(), Limits{})
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, v, c.name)
	}
	// References and offsets of odd sizes, at the very beginning.
	v, err := Decode(binaryDoc{objects: [][]byte{{tagArray | 1, 0, 0, 0, 0, 1}, {0x09}}, refSize: 5, offSize: 7}.bytes(), Limits{})
	require.NoError(t, err)
	assert.Equal(t, []any{true}, v)
}

// Some C programs send the NUL that ends their string.
func TestTrailingNULs(t *testing.T) {
	v, err := Decode(append(inPlist("<true/>"), 0, 0), Limits{})
	require.NoError(t, err)
	require.Equal(t, true, v)
	v, err = Decode(append([]byte("\xef\xbb\xbf"), inPlist("<true/>")...), Limits{})
	require.NoError(t, err)
	require.Equal(t, true, v)
}

// The library's data share one buffer with the strings: adding to one would
// write over its neighbour.
func TestDecodedDataIsItsOwn(t *testing.T) {
	doc, err := AppendBinary(nil, map[string]any{"a": []byte("xx"), "b": []any{"neighbour"}})
	require.NoError(t, err)
	v, err := DecodeDict(doc, Limits{})
	require.NoError(t, err)
	copy(append(v["a"].([]byte), "XXXXXXXXXXXX"...), "YYYY")
	require.Equal(t, []any{"neighbour"}, v["b"])

	shared := binaryDoc{objects: [][]byte{{tagArray | 2, 1, 1}, {tagData | 1, 7}}}.bytes()
	s, err := Decode(shared, Limits{})
	require.NoError(t, err)
	s.([]any)[0].([]byte)[0] = 8
	require.Equal(t, []byte{7}, s.([]any)[1])
}

func TestDecodeDict(t *testing.T) {
	_, err := DecodeDict(inPlist("<array/>"), Limits{})
	require.ErrorIs(t, err, ErrType)
	require.EqualError(t, err, "plist: is array, want dictionary")
	_, err = DecodeDict(nil, Limits{})
	require.ErrorIs(t, err, ErrFormat)
}

type properties struct {
	Speed  uint32 `plist:"ConnectionSpeed"`
	Serial string `plist:"SerialNumber"`
}

type attached struct {
	DeviceID   uint8
	Type       string `plist:"MessageType,omitempty"`
	Properties *properties
	Skipped    string `plist:"-"`
}

func TestDecodeInto(t *testing.T) {
	var list struct{ DeviceList []attached }
	require.NoError(t, DecodeInto([]byte(deviceList), Limits{}, &list))
	require.Equal(t, []attached{{DeviceID: 3, Type: "Attached", Properties: &properties{480000000, "00008101-000A1B2C3D4E001E"}}}, list.DeviceList)

	var all struct {
		properties
		S  []string
		M  map[string]int8
		A  any
		B  []byte
		N  int16
		U  UID
		F  float32
		D  float64
		At time.Time
		On *bool
		K  string
	}
	all.K = "kept"
	require.NoError(t, DecodeInto(inPlist(`<dict>
		<key>SerialNumber</key><string>s</string>
		<key>S</key><array><string>a</string><string>b</string></array>
		<key>M</key><dict><key>x</key><integer>-5</integer></dict>
		<key>A</key><array><true/></array>
		<key>B</key><data>AQ==</data>
		<key>N</key><integer>300</integer>
		<key>U</key><dict><key>CF$UID</key><integer>9</integer></dict>
		<key>F</key><real>0.5</real><key>D</key><real>1</real>
		<key>At</key><date>2026-01-01T00:00:00Z</date>
		<key>On</key><true/><key>Unknown</key><true/></dict>`), Limits{}, &all))
	assert.Equal(t, "s", all.Serial)
	assert.Equal(t, []string{"a", "b"}, all.S)
	assert.Equal(t, map[string]int8{"x": -5}, all.M)
	assert.Equal(t, []any{true}, all.A)
	assert.Equal(t, []byte{1}, all.B)
	assert.Equal(t, int16(300), all.N)
	assert.Equal(t, UID(9), all.U)
	assert.Equal(t, float32(0.5), all.F)
	assert.Equal(t, 1.0, all.D)
	assert.Equal(t, 2026, all.At.Year())
	assert.True(t, *all.On)
	assert.Equal(t, "kept", all.K)
}

func TestDecodeIntoNamesTheField(t *testing.T) {
	for _, c := range []struct {
		xml  string
		into any
		want string
	}{
		{"<dict><key>DeviceID</key><string>3</string></dict>", &attached{}, "plist: DeviceID: is string, want uint8"},
		{"<dict><key>DeviceID</key><integer>256</integer></dict>", &attached{}, "plist: DeviceID: is 256, which no uint8 can hold"},
		{"<dict><key>DeviceID</key><integer>-1</integer></dict>", &attached{}, "plist: DeviceID: is -1, which no uint8 can hold"},
		{"<dict><key>Properties</key><dict><key>SerialNumber</key><true/></dict></dict>", &attached{}, "plist: Properties.SerialNumber: is boolean, want string"},
		{"<array><integer>1</integer><real>2</real></array>", &[]int{}, "plist: [1]: is real, want int"},
		{"<array><data/></array>", &[][]int{}, "plist: [0]: is data, want []int"},
		{"<integer>9223372036854775808</integer>", new(int64), "plist: is 9223372036854775808, which no int64 can hold"},
		{"<integer>-129</integer>", new(int8), "plist: is -129, which no int8 can hold"},
		{"<integer>1</integer>", new(float64), "plist: is integer, want float64"},
		{"<array/>", new(string), "plist: is array, want string"},
		{"<array/>", new([]byte), "plist: is array, want []uint8"},
		{"<dict/>", new(time.Time), "plist: is dictionary, want time.Time"},
		{"<dict/>", new(map[int]int), "plist: is dictionary, want map[int]int"},
		{"<dict><key>b</key><true/><key>a</key><true/></dict>", new(map[string]int), "plist: a: is boolean, want int"},
		{"<dict/>", new(int), "plist: is dictionary, want int"},
		{"<date>2026-01-01T00:00:00Z</date>", new(string), "plist: is date, want string"},
	} {
		err := DecodeInto(inPlist(c.xml), Limits{}, c.into)
		assert.ErrorIs(t, err, ErrType, c.xml)
		assert.EqualError(t, err, c.want)
	}
	require.EqualError(t, DecodeInto(inPlist("<true/>"), Limits{}, true), "plist: DecodeInto wants a pointer, not bool")
}

type outer struct {
	*Embedded
	Name string
}

// Embedded is exported, as its fields would be left out otherwise.
type Embedded struct{ Label string }

func TestDecodeIntoEmbeddedPointer(t *testing.T) {
	var o outer
	require.NoError(t, DecodeInto(inPlist("<dict><key>Label</key><string>x</string></dict>"), Limits{}, &o))
	require.Equal(t, "x", o.Label)
}

func TestErrorText(t *testing.T) {
	long := strings.Repeat("k", 100)
	for _, c := range []struct {
		path, want string
	}{
		{joinKey("", "a"), "a"},
		{joinKey("a", "b"), "a.b"},
		{joinIndex(joinKey("a", "b"), 3), "a.b[3]"},
		{joinKey("", "ID String"), `"ID String"`},
		{joinKey("", ""), `""`},
		{joinKey("", "\x1b[31m"), `"\x1b[31m"`},
		{joinKey("", long), long[:64] + "..."},
	} {
		assert.Equal(t, c.want, c.path)
	}
	assert.EqualError(t, &Error{Offset: 7, Path: "a", Err: ErrLimit}, "plist: offset 7: a: over the limit")
	assert.Equal(t, "XML binary unknown", XML.String()+" "+Binary.String()+" "+Format(9).String())
}
