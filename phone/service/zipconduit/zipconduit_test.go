package zipconduit_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/zipconduit"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

// record is a local file record.
type record struct {
	name          string
	data          []byte
	flags, method uint16
	sum           uint32 // added to the checksum
	extra         int
}

var end = []byte("PK\x01\x02")

func stream(records ...record) (b []byte) {
	le := binary.LittleEndian
	for _, r := range records {
		b = append(b, "PK\x03\x04"...)
		for _, v := range []uint16{20, r.flags, r.method, 0xBDEF, 0x52EC} {
			b = le.AppendUint16(b, v)
		}
		b = le.AppendUint32(b, crc32.ChecksumIEEE(r.data)+r.sum)
		b = le.AppendUint32(b, uint32(len(r.data)))
		b = le.AppendUint32(b, uint32(len(r.data)))
		b = le.AppendUint16(b, uint16(len(r.name)))
		b = le.AppendUint16(b, uint16(r.extra))
		b = append(append(append(b, r.name...), make([]byte, r.extra)...), r.data...)
	}
	return append(b, end...)
}

func info(t testing.TB, change dict) []byte {
	t.Helper()
	d := dict{"CFBundleIdentifier": "com.example.demo", "CFBundleExecutable": "Demo", "CFBundleVersion": "7"}
	for k, v := range change {
		d[k] = v
	}
	b, err := plist.AppendBinary(nil, d)
	require.NoError(t, err)
	return b
}

func app(t testing.TB, change dict) []record {
	return []record{
		{name: "META-INF/", extra: 32}, {name: "META-INF/com.apple.ZipMetadata.plist", data: []byte("whatever"), extra: 32},
		{name: "Payload/"}, {name: "Payload/Demo.app/Info.plist", data: info(t, change), extra: 32},
		{name: "Payload/Demo.app/Demo", data: bytes.Repeat([]byte("demo"), 50000)},
	}
}

// send sends a stream in pieces and returns what came back, until the phone hung up.
func send(t *testing.T, o state.Options, head dict, data []byte, see func(*lockdowntest.Bench)) (replies []dict, b *lockdowntest.Bench) {
	t.Helper()
	b = lockdowntest.NewBench(t, o, zipconduit.Service())
	b.Serve(zipconduit.Name, func(s *lockdowntest.Service) {
		require.NoError(t, s.Send(head))
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 10007)
			if _, err := s.Conn.Write(rest[:n]); err != nil {
				break // the phone hung up
			}
			rest = rest[n:]
		}
		for {
			m, err := s.ReceiveDict()
			if err != nil {
				break
			}
			replies = append(replies, m)
		}
		if see != nil {
			see(b)
		}
	})
	return replies, b
}

var head = dict{"MediaSubdir": "PublicStaging/demo.ipa", "InstallTransferredDirectory": 1, "UserInitiatedTransfer": 0}

// What ios install does: an app streams in, is installed, and leaves nothing behind.
func TestInstall(t *testing.T) {
	replies, b := send(t, state.Options{}, head, stream(app(t, nil)...), nil)
	require.Len(t, replies, 12)
	require.Equal(t, dict{"InstallProgressDict": dict{"Status": "CreatingStagingDirectory", "PercentComplete": uint64(5)}}, replies[0])
	require.Equal(t, dict{"Status": "DataComplete"}, replies[11])
	found := b.Phone.Apps.Find("com.example.demo")
	require.NotNil(t, found)
	require.Equal(t, "7", found.Version)
	require.Greater(t, found.StaticSize, uint64(200000))
	_, err := b.Phone.Media().Lstat("PublicStaging/demo.ipa")
	require.ErrorIs(t, err, files.ErrNotExist)
}

// Without the wish to install, the files are left where they came to.
func TestTransferOnly(t *testing.T) {
	only := dict{"MediaSubdir": "/PublicStaging/demo", "InstallTransferredDirectory": 0}
	replies, b := send(t, state.Options{}, only, stream(app(t, nil)...), nil)
	require.Equal(t, []dict{{"Status": "DataComplete"}}, replies)
	data, err := files.ReadFile(b.Phone.Media(), "PublicStaging/demo/Payload/Demo.app/Demo")
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte("demo"), 50000), data)
	names, err := b.Phone.Media().ReadDir("PublicStaging/demo")
	require.NoError(t, err)
	require.Equal(t, []string{"Payload"}, names, "and no META-INF")
}

// What is wrong with an app is told at the end, whatever came after it.
func TestRefused(t *testing.T) {
	damaged := app(t, nil)
	damaged[4].sum = 1
	nameless := append(app(t, nil), record{name: "Payload/Demo.app/\xff", data: []byte("x")})
	for name, c := range map[string]struct {
		o       state.Options
		records []record
		error   string
		why     string
	}{
		"newer iOS": {state.Options{}, app(t, dict{"MinimumOSVersion": "99.0"}), "DeviceOSVersionTooLow", "99.0"},
		"damaged":   {state.Options{}, damaged, "PackageExtractionFailed", "CRC"},
		"bad name":  {state.Options{}, nameless, "PackageExtractionFailed", ""},
		"no app":    {state.Options{}, app(t, nil)[:3], "PackageExtractionFailed", "no .app"},
		"full":      {state.Options{Free: 100000}, app(t, nil), "PackageExtractionFailed", "space"},
		"forbidden": {state.Options{Values: map[string]map[string]any{"com.apple.mobile.restriction": {"ProhibitAppInstall": true}}}, app(t, nil), "InstallProhibited", ""},
	} {
		t.Run(name, func(t *testing.T) {
			replies, b := send(t, c.o, head, stream(c.records...), nil)
			require.NotEmpty(t, replies)
			last := replies[len(replies)-1]["InstallProgressDict"].(dict)
			require.Equal(t, c.error, last["Error"])
			require.Contains(t, b.Find("state.service", "refused").Get("why"), c.why)
			require.Nil(t, b.Phone.Apps.Find("com.example.demo"))
		})
	}
}

// A name leads nowhere but into the package.
func TestNamesStayInside(t *testing.T) {
	only := dict{"MediaSubdir": "PublicStaging/demo", "InstallTransferredDirectory": 0}
	_, b := send(t, state.Options{}, only, stream(record{name: "../../DCIM/evil", data: []byte("x")}, record{name: "/etc/passwd", data: []byte("y")}), nil)
	for _, name := range []string{"DCIM/evil", "PublicStaging/DCIM/evil", "etc/passwd"} {
		_, err := b.Phone.Media().Lstat(name)
		require.ErrorIs(t, err, files.ErrNotExist, name)
	}
	data, err := files.ReadFile(b.Phone.Media(), "PublicStaging/demo/DCIM/evil")
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
}

// Streams that cannot go on end the session, with the reason.
func TestBrokenStreams(t *testing.T) {
	whole := stream(app(t, nil)...)
	for name, c := range map[string]struct {
		head dict
		data []byte
		why  string
	}{
		"garbage":         {head, append([]byte("GIF8"), whole...), "offset 0: signature is 0x38464947"},
		"descriptor":      {head, stream(record{name: "x", flags: 8}), "offset 0: flags are 0x0008"},
		"compressed":      {head, stream(record{name: "a"}, record{name: "x", method: 8}), "offset 31: method 8"},
		"no name":         {head, stream(record{}), "the name has 0 bytes"},
		"long name":       {head, stream(record{name: string(make([]byte, 5000))}), "the name has 5000 bytes"},
		"elsewhere":       {dict{"MediaSubdir": "DCIM/x"}, whole, `MediaSubdir is "DCIM/x"`},
		"climbing":        {dict{"MediaSubdir": "PublicStaging/../DCIM"}, whole, `MediaSubdir is "DCIM"`},
		"nowhere":         {dict{}, whole, "MediaSubdir"},
		"staging itself":  {dict{"MediaSubdir": "PublicStaging"}, whole, "MediaSubdir"},
		"of another kind": {dict{"MediaSubdir": 7}, whole, "MediaSubdir"},
	} {
		t.Run(name, func(t *testing.T) {
			replies, b := send(t, state.Options{}, c.head, c.data, nil)
			require.Empty(t, replies)
			require.Contains(t, b.Find("state.service", "end").Get("why"), c.why)
		})
	}
}

// A host that hangs up in the middle installs nothing.
func TestHangUp(t *testing.T) {
	whole := stream(app(t, nil)...)
	for _, n := range []int{0, 3, 20, 40, len(whole) / 2, len(whole) - 1} {
		b := lockdowntest.NewBench(t, state.Options{}, zipconduit.Service())
		b.Serve(zipconduit.Name, func(s *lockdowntest.Service) {
			require.NoError(t, s.Send(head))
			_, err := s.Conn.Write(whole[:n])
			require.NoError(t, err)
			require.NoError(t, s.Conn.Close())
		})
		require.Nil(t, b.Phone.Apps.Find("com.example.demo"))
		require.Zero(t, b.Server.Ports().Connections())
	}
}

// FuzzStream unpacks anything.
func FuzzStream(f *testing.F) {
	f.Add(stream(app(f, nil)...))
	f.Add(stream(record{name: "a/b", data: []byte("x"), extra: 3})[:20])
	f.Add(stream(record{name: "a", data: []byte("x")}, record{name: "a/b", data: []byte("x")}, record{name: "../c/"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree := files.NewMemory(files.Options{})
		require.NoError(t, files.WriteFile(tree, "outside", []byte("safe")))
		err := zipconduit.Unpack(bytes.NewReader(data), tree, "PublicStaging/x")
		if err == nil {
			require.Contains(t, string(data), "PK\x01\x02")
		}
		outside, err := files.ReadFile(tree, "outside")
		require.NoError(t, err)
		require.Equal(t, "safe", string(outside))
		names, err := tree.ReadDir("")
		require.NoError(t, err)
		require.Subset(t, []string{"PublicStaging", "outside"}, names)
	})
}

func Example() {
	fmt.Println(zipconduit.Service().Name)
	// Output: com.apple.streaming_zip_conduit
}
