package usbmuxd

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

var phone = Device{ID: 3, Connection: USB, Serial: "00008101-000A1B2C3D4E001E", ProductID: 0x12A8, LocationID: 2<<16 | 5, Speed: 480000000}

// attachedBody is the binary Add of phone.
var attachedBody = "03000000 a812" + hex.EncodeToString([]byte(phone.Serial)) + strings.Repeat("00", 256-25) + "0000 05000200"

// Binary messages as early tools and usbmuxd 1.1.1 exchange them.
var binaryRequests = []struct {
	name, wire string
	want       Request
}{
	{"hello", "10000000 00000000 03000000 02000000", Request{Tag: 2, Command: Listen}},
	{"listen", "10000000 00000000 03000000 01000000", Request{Tag: 1, Command: Listen}},
	{"connect to lockdown", "18000000 00000000 02000000 02000000 03000000 f27e0000",
		Request{Tag: 2, Command: Connect, DeviceID: 3, Port: 62078, HasDeviceID: true, HasPort: true}},
	{"connect to ssh", "18000000 00000000 02000000 03000000 04000000 00160000",
		Request{Tag: 3, Command: Connect, DeviceID: 4, Port: 22, HasDeviceID: true, HasPort: true}},
}

var binaryReplies = []struct {
	name, wire string
	want       Reply
}{
	{"answer to hello", "14000000 00000000 01000000 02000000 00000000", Reply{Tag: 2, Kind: KindResult}},
	{"result ok", "14000000 00000000 01000000 07000000 00000000", Reply{Tag: 7, Kind: KindResult}},
	{"refused", "14000000 00000000 01000000 03000000 03000000", Reply{Tag: 3, Kind: KindResult, Result: ConnRefused}},
	{"attached", "1c010000 00000000 04000000 00000000" + attachedBody,
		Reply{Kind: KindAttached, DeviceID: 3, Device: Device{ID: 3, Connection: USB, Serial: phone.Serial, ProductID: 0x12A8, LocationID: 2<<16 | 5}}},
	{"detached", "14000000 00000000 05000000 00000000 03000000", Reply{Kind: KindDetached, DeviceID: 3}},
	{"paired", "14000000 00000000 06000000 00000000 03000000", Reply{Kind: KindPaired, DeviceID: 3}},
}

func decodeOne(t testing.TB, wire []byte) Message {
	t.Helper()
	d := Decoder{MaxLength: MaxReply}
	d.Feed(wire)
	m, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, d.Finish())
	return m
}

func TestBinaryVectors(t *testing.T) {
	for _, v := range binaryRequests {
		t.Run(v.name, func(t *testing.T) {
			r, err := ParseRequest(decodeOne(t, unhex(v.wire)))
			require.NoError(t, err)
			assert.Equal(t, v.want, r)
			back, err := v.want.AppendTo(nil)
			require.NoError(t, err)
			assert.Equal(t, unhex(v.wire), back)
		})
	}
	for _, v := range binaryReplies {
		t.Run(v.name, func(t *testing.T) {
			r, err := ParseReply(decodeOne(t, unhex(v.wire)))
			require.NoError(t, err)
			assert.Equal(t, v.want, r)
			back, err := v.want.AppendTo(nil)
			require.NoError(t, err)
			assert.Equal(t, unhex(v.wire), back)
		})
	}
}

func TestTrap01PortsAreSwapped(t *testing.T) {
	for port, want := range map[uint16]uint16{62078: 32498, 22: 5632, 8080: 36895, 0: 0, 0xFF00: 0x00FF} {
		require.Equal(t, want, SwapPort(port))
		require.Equal(t, port, SwapPort(want))
	}
	b, err := Request{Version: Plist, Command: Connect, DeviceID: 3, Port: 62078}.AppendTo(nil)
	require.NoError(t, err)
	require.Contains(t, string(b), "<key>PortNumber</key>\n\t\t<integer>32498</integer>")
	// 8080 is 1F90: swapped 901F, and negative where a program takes it for a
	// signed number of 16 bits.
	for _, number := range []string{"36895", "-28641", "4294938655"} {
		r, err := ParseRequest(Message{Version: Plist, Type: TypePlist, Payload: inPlist("<key>MessageType</key><string>Connect</string>" +
			"<key>DeviceID</key><integer>3</integer><key>PortNumber</key><integer>" + number + "</integer>")})
		require.NoError(t, err)
		require.EqualValues(t, 8080, r.Port, number)
	}
}

func inPlist(body string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>` + body + "</dict></plist>")
}

// What libusbmuxd 2.0.2 sends.
const libusbmuxdConnect = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>BundleID</key>
	<string>org.libimobiledevice.usbmuxd</string>
	<key>ClientVersionString</key>
	<string>libusbmuxd 2.0.2</string>
	<key>MessageType</key>
	<string>Connect</string>
	<key>ProgName</key>
	<string>ideviceinfo</string>
	<key>kLibUSBMuxVersion</key>
	<integer>3</integer>
	<key>DeviceID</key>
	<integer>3</integer>
	<key>PortNumber</key>
	<integer>32498</integer>
</dict>
</plist>
`

func TestPlistRequest(t *testing.T) {
	r, err := ParseRequest(Message{Version: Plist, Type: TypePlist, Tag: 9, Payload: []byte(libusbmuxdConnect)})
	require.NoError(t, err)
	require.Equal(t, Request{
		Version: Plist, Tag: 9, Command: Connect, DeviceID: 3, Port: 62078, HasDeviceID: true, HasPort: true,
		Client: Client{ClientVersion: "libusbmuxd 2.0.2", ProgName: "ideviceinfo", BundleID: "org.libimobiledevice.usbmuxd", LibVersion: 3},
	}, r)
}

func TestPlistReplyBytes(t *testing.T) {
	b, err := Reply{Version: Plist, Tag: 5, Kind: KindResult, Result: ConnRefused}.AppendTo(nil)
	require.NoError(t, err)
	require.Equal(t, unhex("2c01 0000 01000000 08000000 05000000"), b[:16], "version 1 and type 8, or pymobiledevice3 gives up")
	require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
	<dict>
		<key>MessageType</key>
		<string>Result</string>
		<key>Number</key>
		<integer>3</integer>
	</dict>
</plist>
`, string(b[16:]))
}

func TestRepliesRoundTrip(t *testing.T) {
	wifi := Device{ID: 4, Connection: Network, Serial: "f0f0", Address: netip.MustParseAddrPort("192.168.1.20:0"), ServiceName: "aa:bb@fe80::1._apple-mobdev2._tcp.local.", InterfaceIndex: 2}
	apple := phone
	apple.UDID, apple.USBSerial = phone.Serial, "00008101000A1B2C3D4E001E"
	for _, r := range []Reply{
		{Kind: KindResult, Result: 22, Tag: 1},
		{Kind: KindDevices, Tag: 2, Devices: []Device{phone, wifi, apple}},
		{Kind: KindDevices, Tag: 2, Devices: []Device{}},
		{Kind: KindListeners, Tag: 3, Listeners: []Listener{{Client: Client{ProgName: "upowerd", BundleID: "x", LibVersion: 3, ConnType: 1}, ID: "12-upowerd", Blacklisted: true}}},
		{Kind: KindBUID, Tag: 4, BUID: "30142955-444094379208051516"},
		{Kind: KindPairRecord, Tag: 5, PairRecord: []byte("<?xml")},
		{Kind: KindAttached, Device: phone, DeviceID: 3},
		{Kind: KindDetached, DeviceID: 3},
		{Kind: KindPaired, DeviceID: 3},
	} {
		r.Version = Plist
		b, err := r.AppendTo(nil)
		require.NoError(t, err)
		back, err := ParseReply(decodeOne(t, b))
		require.NoError(t, err)
		require.Equal(t, r, back)
	}
}

func TestRequestsRoundTrip(t *testing.T) {
	who := Client{"go-usbmux-0.0.1", "ios", "go.iOS.control", 3, 1, 4711}
	for _, r := range []Request{
		{Command: Listen},
		{Command: ListDevices, Client: who, Tag: 0xFFFFFFFF},
		{Command: ListListeners},
		{Command: ReadBUID, Tag: 1},
		{Command: Connect, DeviceID: 1, Port: 1, HasDeviceID: true, HasPort: true},
		{Command: ReadPairRecord, PairRecordID: phone.Serial},
		{Command: SavePairRecord, PairRecordID: phone.Serial, PairRecordData: []byte("x"), DeviceID: 3, HasDeviceID: true},
		{Command: DeletePairRecord, PairRecordID: phone.Serial},
	} {
		r.Version = Plist
		b, err := r.AppendTo([]byte("x"))
		require.NoError(t, err)
		back, err := ParseRequest(decodeOne(t, b[1:]))
		require.NoError(t, err)
		require.Equal(t, r, back)
	}
}

func TestWhatHasNoBinaryForm(t *testing.T) {
	_, err := Request{Command: ReadBUID}.AppendTo(nil)
	require.EqualError(t, err, "usbmuxd: ReadBUID has no binary form")
	_, err = Reply{Kind: KindBUID}.AppendTo(nil)
	require.EqualError(t, err, "usbmuxd: no binary reply of kind 4")
	_, err = Reply{Version: Plist, Kind: 99}.AppendTo(nil)
	require.EqualError(t, err, "usbmuxd: no reply of kind 99")
	_, err = Reply{Kind: KindAttached, Device: Device{Serial: strings.Repeat("f", 256)}}.AppendTo(nil)
	require.EqualError(t, err, "usbmuxd: serial number of 256 bytes, want fewer than 256")
}

func TestUDID(t *testing.T) {
	for serial, want := range map[string]string{
		"00008101000A1B2C3D4E001E":             "00008101-000A1B2C3D4E001E",
		"00008101000A1B2C3D4E001E\x00\x00\x00": "00008101-000A1B2C3D4E001E",
		"00008101-000A1B2C3D4E001E":            "00008101-000A1B2C3D4E001E",
		strings.Repeat("f", 40):                strings.Repeat("f", 40),
		"":                                     "",
	} {
		assert.Equal(t, want, UDID(serial))
	}
}

func TestSockaddr(t *testing.T) {
	for _, c := range []struct{ addr, wire string }{
		{"192.168.1.20:62078", "10 02 f27e c0a80114 0000000000000000"},
		{"[fe80::1]:62078", "1c 1e f27e 00000000 fe800000000000000000000000000001 00000000"},
	} {
		a := netip.MustParseAddrPort(c.addr)
		assert.Equal(t, unhex(c.wire), AppendSockaddr(nil, a))
		assert.Equal(t, a, ParseSockaddr(unhex(c.wire)))
	}
	assert.Empty(t, AppendSockaddr(nil, netip.AddrPort{}))
	for _, b := range []string{"", "10", "1002f27ec0a801", "1c1ef27e00000000", "0a0affff00000000"} {
		assert.False(t, ParseSockaddr(unhex(b)).IsValid(), b)
	}
	assert.Equal(t, "192.168.1.20:1", ParseSockaddr(AppendSockaddr(nil, netip.MustParseAddrPort("[::ffff:192.168.1.20]:1"))).String())
}

func TestCheckPairRecordID(t *testing.T) {
	for _, id := range []string{phone.Serial, strings.Repeat("f", 40), "a"} {
		assert.NoError(t, CheckPairRecordID(id), id)
	}
	for _, id := range []string{"", ".", "..", "../../etc/passwd", "a/b", `a\b`, "a.b", "a\x00", "SystemConfiguration", "systemconfiguration", strings.Repeat("f", 65), "ä"} {
		assert.Error(t, CheckPairRecordID(id), id)
	}
}

func TestResultNames(t *testing.T) {
	require.NoError(t, OK.Err())
	require.ErrorIs(t, ConnRefused.Err(), ConnRefused)
	for r, want := range map[Result]string{
		OK: "usbmuxd: result 0: ok", BadCommand: "usbmuxd: result 1: bad command", BadDevice: "usbmuxd: result 2: no such device or record",
		ConnRefused: "usbmuxd: result 3: connection refused", BadVersion: "usbmuxd: result 6: bad version", Invalid: "usbmuxd: result 22: invalid argument",
		5: "usbmuxd: result 5: unknown",
	} {
		assert.EqualError(t, r, want)
	}
	for ty, want := range map[Type]string{TypeResult: "Result", TypeConnect: "Connect", TypeListen: "Listen", TypeAttached: "Attached",
		TypeDetached: "Detached", TypePaired: "Paired", TypePlist: "Plist", 7: "type 7"} {
		assert.Equal(t, want, ty.String())
	}
}
