package usbmuxd

import (
	"errors"
	"testing"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestErrors(t *testing.T) {
	binaryPlist, err := plist.AppendBinary(nil, map[string]any{"MessageType": "ListDevices"})
	require.NoError(t, err)
	message := func(fields string) Message {
		return Message{Version: Plist, Type: TypePlist, Tag: 8, Payload: inPlist(fields)}
	}
	command := func(name, fields string) Message {
		return message("<key>MessageType</key><string>" + name + "</string>" + fields)
	}
	const device, port = "<key>DeviceID</key><integer>3</integer>", "<key>PortNumber</key><integer>32498</integer>"
	const id, data = "<key>PairRecordID</key><string>a</string>", "<key>PairRecordData</key><data>AA==</data>"
	for _, c := range []struct {
		name   string
		m      Message
		result Result
		silent bool
		want   string
	}{
		{"version", Message{Version: 7, Type: TypeListen}, BadVersion, false, "usbmuxd: request: header version 7, want 0 or 1"},
		{"type", Message{Type: TypeResult}, BadCommand, false, "usbmuxd: request: not a request: Result"},
		{"type of version 1", Message{Version: Plist, Type: 7}, BadCommand, false, "usbmuxd: request: not a request: type 7"},
		{"short connect", Message{Type: TypeConnect, Payload: make([]byte, 7)}, BadCommand, false, "usbmuxd: request: body of Connect has 7 bytes, want 8"},
		{"binary list", Message{Version: Plist, Type: TypePlist, Payload: binaryPlist}, BadCommand, true, "usbmuxd: request: a binary property list, want XML"},
		{"no list", Message{Version: Plist, Type: TypePlist}, BadCommand, true, `usbmuxd: request: plist: offset 0: neither an XML nor a binary property list: begins with ""`},
		{"broken list", Message{Version: Plist, Type: TypePlist, Payload: []byte("<plist>")}, BadCommand, true, "usbmuxd: request: plist: offset 7: XML syntax error on line 1: unexpected EOF"},
		{"no dictionary", Message{Version: Plist, Type: TypePlist, Payload: []byte("<plist><true/></plist>")}, BadCommand, true, "usbmuxd: request: plist: is boolean, want dictionary"},
		{"no command", message(""), BadCommand, true, "usbmuxd: request: plist: MessageType: missing"},
		{"command is a number", message("<key>MessageType</key><integer>3</integer>"), BadCommand, true, "usbmuxd: request: plist: MessageType: is integer, want string"},
		{"unknown command", command("Explode", ""), BadCommand, false, `usbmuxd: request: not a request: MessageType "Explode"`},
		{"connect without device", command("Connect", port), BadDevice, false, "usbmuxd: request: Connect: no DeviceID"},
		{"connect without port", command("Connect", device), BadCommand, false, "usbmuxd: request: Connect: no PortNumber"},
		{"port is a string", command("Connect", device+"<key>PortNumber</key><string>22</string>"), BadDevice, false, "usbmuxd: request: plist: PortNumber: is string, want integer"},
		{"device is negative", command("ListDevices", "<key>DeviceID</key><integer>-1</integer>"), BadCommand, false, "usbmuxd: request: plist: DeviceID: is -1, want 0 to 4294967295"},
		{"read without id", command("ReadPairRecord", ""), Invalid, false, "usbmuxd: request: ReadPairRecord: no PairRecordID"},
		{"delete without id", command("DeletePairRecord", ""), Invalid, false, "usbmuxd: request: DeletePairRecord: no PairRecordID"},
		{"save without data", command("SavePairRecord", id), Invalid, false, "usbmuxd: request: SavePairRecord: no PairRecordData"},
		{"save without id", command("SavePairRecord", data), Invalid, false, "usbmuxd: request: SavePairRecord: no PairRecordID"},
		{"save with a string", command("SavePairRecord", id+"<key>PairRecordData</key><string>x</string>"), Invalid, false, "usbmuxd: request: plist: PairRecordData: is string, want data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseRequest(c.m)
			var e *RequestError
			require.ErrorAs(t, err, &e)
			assert.EqualError(t, e, c.want)
			assert.Equal(t, c.result, e.Result)
			assert.Equal(t, c.silent, e.Silent)
			assert.Equal(t, c.m.Tag, e.Request.Tag)
			assert.NotNil(t, errors.Unwrap(err))
		})
	}
}

func TestReplyErrors(t *testing.T) {
	list := func(fields string) Message { return Message{Version: Plist, Type: TypePlist, Payload: inPlist(fields)} }
	for _, c := range []struct {
		name string
		m    Message
		want string
	}{
		{"short result", Message{Type: TypeResult, Payload: make([]byte, 3)}, "usbmuxd: reply: body of Result has 3 bytes, want 4"},
		{"short add", Message{Type: TypeAttached, Payload: make([]byte, 267)}, "usbmuxd: reply: body of Attached has 267 bytes, want 268"},
		{"request", Message{Type: TypeConnect, Payload: make([]byte, 8)}, "usbmuxd: not a reply: Connect"},
		{"no list", Message{Type: TypePlist}, `usbmuxd: reply: plist: offset 0: neither an XML nor a binary property list: begins with ""`},
		{"nothing in it", list(""), "usbmuxd: reply: plist: MessageType: missing"},
		{"unknown", list("<key>MessageType</key><string>Hello</string>"), `usbmuxd: reply: not a reply: MessageType "Hello"`},
		{"result without number", list("<key>MessageType</key><string>Result</string>"), "usbmuxd: reply: plist: Number: missing"},
		{"detached without device", list("<key>MessageType</key><string>Detached</string>"), "usbmuxd: reply: plist: DeviceID: missing"},
		{"attached without properties", list("<key>MessageType</key><string>Attached</string>"), "usbmuxd: reply: plist: Properties: missing"},
		{"attached without serial", list("<key>MessageType</key><string>Attached</string><key>DeviceID</key><integer>1</integer><key>Properties</key><dict/>"), "usbmuxd: reply: plist: Properties.SerialNumber: missing"},
		{"a device that is none", list("<key>DeviceList</key><array><true/></array>"), "usbmuxd: reply: plist: DeviceList[0]: is boolean, want dictionary"},
		{"a device without an id", list("<key>DeviceList</key><array><dict><key>Properties</key><dict><key>SerialNumber</key><string>x</string></dict></dict></array>"), "usbmuxd: reply: plist: DeviceList[0].Properties.DeviceID: missing"},
		{"no array", list("<key>DeviceList</key><string/>"), "usbmuxd: reply: plist: DeviceList: is string, want array"},
		{"a listener's type", list("<key>ListenerList</key><array><dict><key>ProgName</key><true/></dict></array>"), "usbmuxd: reply: plist: ListenerList[0].ProgName: is boolean, want string"},
		{"buid", list("<key>BUID</key><data/>"), "usbmuxd: reply: plist: BUID: is data, want string"},
	} {
		_, err := ParseReply(c.m)
		assert.EqualError(t, err, c.want, c.name)
	}
	// The DeviceID beside the properties holds for both.
	r, err := ParseReply(list("<key>MessageType</key><string>Attached</string><key>DeviceID</key><integer>7</integer><key>Properties</key><dict><key>SerialNumber</key><string>x</string></dict>"))
	require.NoError(t, err)
	require.Equal(t, Device{ID: 7, Serial: "x", Connection: USB}, r.Device)
	r, err = ParseReply(list("<key>MessageType</key><string>Attached</string><key>DeviceID</key><integer>7</integer><key>Properties</key><dict><key>DeviceID</key><integer>8</integer><key>SerialNumber</key><string>x</string></dict>"))
	require.NoError(t, err)
	require.EqualValues(t, 8, r.DeviceID, "their own comes first")
}

func TestDecoder(t *testing.T) {
	stream := append(unhex(binaryRequests[0].wire), unhex(binaryRequests[2].wire)...)
	for cut := 1; cut <= len(stream); cut++ {
		var d Decoder
		var got []Message
		for rest := stream; len(rest) > 0; {
			n := min(cut, len(rest))
			d.Feed(rest[:n])
			rest = rest[n:]
			for {
				m, ok, err := d.Next()
				require.NoError(t, err)
				if !ok {
					break
				}
				m.Payload = append([]byte(nil), m.Payload...)
				got = append(got, m)
			}
		}
		require.Len(t, got, 2, "cut %d", cut)
		require.Equal(t, Message{Type: TypeListen, Tag: 2}, got[0])
		require.Equal(t, Message{Type: TypeConnect, Tag: 2, Payload: unhex("03000000 f27e0000")}, got[1])
		require.NoError(t, d.Finish())
	}
}

func TestDecoderErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int
		wire  string
		want  string
	}{
		{"short length", 0, "0f000000", "usbmuxd: offset 0: message length: length field is impossible: 15, want 16"},
		{"long length", 0, "01000100", "usbmuxd: offset 0: message length: length field is impossible: 65537, want 65536"},
		{"longest", MaxReply, "00000001 00000000", ""},
		{"longer", MaxReply, "01000001", "usbmuxd: offset 0: message length: length field is impossible: 16777217, want 16777216"},
		{"huge", 0, "ffffffff", "usbmuxd: offset 0: message length: length field is impossible: 4294967295, want 65536"},
		{"in the second", 0, "10000000 00000000 03000000 02000000 00000000", "usbmuxd: offset 16: message length: length field is impossible: 0, want 16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Decoder{MaxLength: c.limit}
			d.Feed(unhex(c.wire))
			var err error
			for ok := true; ok && err == nil; {
				_, ok, err = d.Next()
			}
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
			require.ErrorIs(t, err, ErrLength)
			d.Feed(unhex(binaryRequests[0].wire))
			_, _, again := d.Next()
			require.Equal(t, err, again, "final")
			require.Equal(t, err, d.Finish())
		})
	}
	var d Decoder
	d.Feed(unhex("100000"))
	require.EqualError(t, d.Finish(), "usbmuxd: offset 0: message length: stream ended inside a message: 3, want 16")
	d.Feed(unhex("00 0000"))
	require.EqualError(t, d.Finish(), "usbmuxd: offset 0: message length: stream ended inside a message: 6, want 16")
	require.Equal(t, unhex("100000 00 0000"), d.Rest())
	require.NoError(t, d.Finish())
}
