package tap

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/afc"
	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// piece is what one side sent.
type piece struct {
	from Side
	data []byte
}

// decoded feeds pieces and returns the notes, a line each.
func decoded(pieces ...piece) []string {
	var out []string
	c := NewConversation(func(n Note) { out = append(out, fmt.Sprintf("%s %s: %s", n.From, n.Protocol, n.Text)) })
	for _, p := range pieces {
		c.Feed(p.from, p.data)
	}
	return out
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func connect(port uint16) piece {
	return piece{Client, must(usbmuxd.Request{Version: usbmuxd.Plist, Tag: 2, Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: port, HasPort: true}.AppendTo(nil))}
}

func result(tag uint32, r usbmuxd.Result) piece {
	return piece{Server, must(usbmuxd.AppendResult(nil, usbmuxd.Request{Version: usbmuxd.Plist, Tag: tag}, r))}
}

func frame(from Side, v any) piece { return piece{from, must(lockdown.AppendFrame(nil, plist.XML, v))} }

// opened is a connection to a port, and what it tells of that.
func opened(port uint16, pieces ...piece) []string {
	return decoded(append([]piece{connect(port), result(2, usbmuxd.OK)}, pieces...)...)[2:]
}

func TestMessagesOfTheDaemon(t *testing.T) {
	r := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 7}
	phone := usbmuxd.Device{ID: 3, Serial: "00008101-000A1B2C3D4E001E"}
	require.Equal(t, []string{
		"client usbmuxd: ListDevices tag=7",
		"server usbmuxd: answer tag=7 device=3 00008101-000A1B2C3D4E001E",
		"client usbmuxd: Listen tag=1 (binary)",
		"server usbmuxd: Result tag=1 ok",
		"server usbmuxd: Attached device=3 00008101-000A1B2C3D4E001E",
		"server usbmuxd: Detached device=3",
		"client usbmuxd: ReadPairRecord tag=8 record=X by test",
		"server usbmuxd: answer tag=8 record of 5 bytes",
	}, decoded(
		piece{Client, must(usbmuxd.Request{Version: usbmuxd.Plist, Tag: 7, Command: usbmuxd.ListDevices}.AppendTo(nil))},
		piece{Server, must(usbmuxd.AppendDevices(nil, r, []usbmuxd.Device{phone}))},
		piece{Client, []byte("\x10\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00")},
		piece{Server, []byte("\x14\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00")},
		piece{Server, must(usbmuxd.AppendAttached(nil, usbmuxd.Plist, phone))},
		piece{Server, must(usbmuxd.AppendDetached(nil, usbmuxd.Plist, 3))},
		piece{Client, must(usbmuxd.Request{Version: usbmuxd.Plist, Tag: 8, Command: usbmuxd.ReadPairRecord, RecordID: "X", Client: usbmuxd.Client{ProgName: "test"}}.AppendTo(nil))},
		piece{Server, must(usbmuxd.AppendRecord(nil, usbmuxd.Request{Version: usbmuxd.Plist, Tag: 8}, []byte("12345")))},
	))
}

// After a refused Connect the daemon still listens; what came behind the
// question is a message too.
func TestRefusedConnect(t *testing.T) {
	next := must(usbmuxd.Request{Version: usbmuxd.Plist, Tag: 3, Command: usbmuxd.ReadBUID}.AppendTo(nil))
	require.Equal(t, []string{
		"client usbmuxd: Connect tag=2 device=1 port=22",
		"server usbmuxd: Result tag=2 connection refused",
		"client usbmuxd: ReadBUID tag=3",
	}, decoded(connect(22), piece{Client, next}, result(2, usbmuxd.ConnRefused)))
}

func TestLockdown(t *testing.T) {
	notes := opened(lockdownPort,
		frame(Client, map[string]any{"Request": "StartService", "Service": "com.apple.afc"}),
		frame(Server, map[string]any{"Request": "StartService", "Service": "com.apple.afc", "Port": 50001}))
	require.Equal(t, []string{`server lockdown: GetValue key="ProductVersion" value="17.5"`}, opened(lockdownPort,
		frame(Server, map[string]any{"Request": "GetValue", "Key": "ProductVersion", "Value": "17.5"})))
	require.Len(t, notes, 2)
	require.Regexp(t, `^client lockdown: StartService.*com\.apple\.afc`, notes[0])
	require.Regexp(t, `^server lockdown: StartService.*50001`, notes[1])
}

// The name of a port is known from the connection to lockdown that asked for it.
func TestServicesAreNamed(t *testing.T) {
	var names services
	var out []string
	note := func(_ Side, protocol, text string, _ []byte) { out = append(out, protocol+": "+text) }
	for _, port := range []uint16{lockdownPort, 50001} {
		c := newConversation(&names, note)
		c.Feed(Client, connect(port).data)
		c.Feed(Server, result(2, usbmuxd.OK).data)
		if port == lockdownPort {
			c.Feed(Server, frame(Server, map[string]any{"Request": "StartService", "Service": "com.example.relay", "Port": 50001}).data)
		} else {
			c.Feed(Server, frame(Server, map[string]any{"Status": "Success"}).data)
		}
	}
	require.Contains(t, out, "usbmuxd: Connect tag=2 device=1 port=50001 (com.example.relay)")
	require.Equal(t, `plist: com.example.relay: {Status="Success"}`, out[len(out)-1])
}

// record makes a TLS record.
func tlsRecord(kind byte, body string) []byte {
	b := []byte{kind, 3, 3, 0, 0}
	binary.BigEndian.PutUint16(b[3:], uint16(len(body)))
	return append(b, body...)
}

func TestTLSIsMarkedAsSuch(t *testing.T) {
	hello := tlsRecord(22, "\x01\x00\x00\x04\x03\x01\xAA\xBB")
	data := append(tlsRecord(23, strings.Repeat("x", 1000)), tlsRecord(23, "yy")...)
	after := frame(Server, map[string]any{"Request": "StopSession", "Result": "Success"})
	notes := opened(lockdownPort, piece{Client, hello}, piece{Server, append(data, after.data...)})
	require.Equal(t, "client tls: handshake ClientHello, TLS 1.0", notes[0])
	require.Equal(t, "server tls: 1002 bytes of application data for lockdown, encrypted", notes[1])
	require.Regexp(t, "^server lockdown: StopSession", notes[2], "the session is over, and lockdown goes on in the clear")
	require.Len(t, notes, 3)
}

func TestAFC(t *testing.T) {
	h := afc.NewHeader(afc.OpReadDir, 5, len("/DCIM\x00"), 0)
	notes := opened(50001, piece{Client, append(h.AppendTo(nil), "/DCIM\x00"...)})
	require.Len(t, notes, 1)
	require.Regexp(t, `^client afc: .*/DCIM`, notes[0])
}

func TestPlainBytes(t *testing.T) {
	require.Equal(t, []string{
		`server bytes: 6 bytes to port 2222: "SSH-2\n"`,
		`client bytes: 3 bytes to port 2222: ff0001`,
	}, opened(2222, piece{Server, []byte("SSH-2\n")}, piece{Client, []byte{0xFF, 0, 1}}))
}

// What makes no sense is said once, with the reason; nothing is decoded behind it.
func TestGarbage(t *testing.T) {
	notes := decoded(piece{Client, []byte("GET / HTTP/1.1\r\n\r\n")}, piece{Client, []byte("more")})
	require.Len(t, notes, 1)
	require.Regexp(t, "^client usbmuxd: cannot be followed from here: .*length", notes[0])

	long := append([]byte{1, 0xFF, 0xFF, 0xFF}, "<?xml version"...)
	require.Regexp(t, "^client tap: lockdown cannot be followed from here: .*33554431", opened(lockdownPort, piece{Client, long})[0])
}

// However the stream is cut, the notes are the same; only what is counted
// (bytes, TLS data) may be counted in pieces.
func TestCutAnywhere(t *testing.T) {
	h := afc.NewHeader(afc.OpReadDir, 5, len("/DCIM\x00"), 0)
	for _, whole := range [][]byte{
		frame(Client, map[string]any{"Request": "QueryType"}).data,
		append(h.AppendTo(nil), "/DCIM\x00"...),
		tlsRecord(22, "\x01\x00\x00\x04\x03\x01\xAA\xBB"),
	} {
		whole := append(append([]byte{}, whole...), whole...)
		want := opened(50001, piece{Client, whole})
		require.Len(t, want, 2)
		for n := 1; n < len(whole); n++ {
			require.Equal(t, want, opened(50001, piece{Client, whole[:n]}, piece{Client, whole[n:]}), "cut at %d", n)
		}
	}
}

func FuzzConversation(f *testing.F) {
	f.Add(connect(62078).data, result(2, usbmuxd.OK).data, uint16(7))
	f.Add(append(connect(62078).data, frame(Client, map[string]any{"Request": "QueryType"}).data...), append(result(2, 0).data, tlsRecord(23, "x")...), uint16(100))
	f.Fuzz(func(t *testing.T, client, server []byte, cut uint16) {
		c := NewConversation(func(n Note) {
			if strings.ContainsRune(n.Text, '\n') {
				t.Fatalf("a note of more than one line: %q", n.Text)
			}
		})
		n := min(int(cut), len(client))
		c.Feed(Client, client[:n])
		c.Feed(Server, server)
		c.Feed(Client, client[n:])
		c.End(Client)
		c.End(Server)
	})
}
