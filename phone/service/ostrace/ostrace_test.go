package ostrace_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/ostrace"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

// read reads n bytes.
func read(t *testing.T, r io.Reader, n uint32) []byte {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	require.NoError(t, err)
	return b
}

func decode(t *testing.T, b []byte) dict {
	t.Helper()
	d, err := plist.DecodeDict(b, plist.Limits{})
	require.NoError(t, err)
	return d
}

// short reads the reply of PidList: a 1, a big-endian length, a list.
func short(t *testing.T, r io.Reader) dict {
	t.Helper()
	require.Equal(t, []byte{1}, read(t, r, 1))
	return decode(t, read(t, r, binary.BigEndian.Uint32(read(t, r, 4))))
}

// record is what hosts read of a record.
type record struct {
	pid, seconds, micros       uint32
	level                      byte
	path                       string
	image, message, sub, categ string
}

// parse reads a record as libimobiledevice and go-ios do, and as pymobiledevice3
// does, which looks for the end of the first text and reads other widths.
func parse(t *testing.T, b []byte) record {
	t.Helper()
	le := binary.LittleEndian
	require.Equal(t, byte(2), b[0])
	require.Equal(t, uint32(8), le.Uint32(b[1:]))
	require.Equal(t, uint32(129), le.Uint32(b[5:]))
	r := record{pid: le.Uint32(b[9:]), seconds: uint32(le.Uint64(b[55:])), micros: le.Uint32(b[63:]), level: b[68]}
	texts := []*string{&r.path, &r.image, &r.message, &r.sub, &r.categ}
	rest := b[129:]
	for i, n := range []int{int(le.Uint16(b[37:])), int(le.Uint16(b[107:])), int(le.Uint32(b[109:])), int(le.Uint16(b[117:])), int(le.Uint16(b[121:]))} {
		if n > 0 {
			require.Equal(t, n-1, bytes.IndexByte(rest[:n], 0), "each text ends with its NUL")
			*texts[i], rest = string(rest[:n-1]), rest[n:]
		}
	}
	require.Empty(t, rest)

	end := 129 + bytes.IndexByte(b[129:], 0)
	require.Equal(t, r.path, string(b[129:end]))
	require.Equal(t, len(r.message)+1, int(le.Uint16(b[109:])))
	require.Equal(t, uint32(le.Uint16(b[117:])), le.Uint32(b[117:]))
	require.Equal(t, uint32(le.Uint16(b[121:])), le.Uint32(b[121:]))
	return r
}

func TestRecord(t *testing.T) {
	e := state.Entry{
		Time: sim.Epoch.Add(1500 * time.Microsecond), Process: "locationd", Library: "CoreLocation", PID: 69,
		Level: state.Fault, Subsystem: "com.apple.locationd", Category: "Core", Message: "grüß Gott",
	}
	require.Equal(t, record{
		pid: 69, seconds: uint32(sim.Epoch.Unix()), micros: 1500, level: 0x11, path: "/usr/libexec/locationd",
		image: "/System/Library/Frameworks/CoreLocation.framework/CoreLocation", message: "grüß Gott", sub: "com.apple.locationd", categ: "Core",
	}, parse(t, ostrace.AppendRecord(nil, &e)))
	e.Process, e.Message = "kernel", strings.Repeat("x", 1<<20)
	r := parse(t, ostrace.AppendRecord(nil, &e))
	require.Equal(t, "/kernel", r.path)
	require.Equal(t, "/System/Library/Extensions/CoreLocation.kext/CoreLocation", r.image)
	require.Len(t, r.message, 0xFFFE)
}

func TestPidList(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, ostrace.Service())
	b.Serve(ostrace.Name, func(s *lockdowntest.Service) {
		for range 2 { // and again on the same connection
			require.NoError(t, s.Send(dict{"Request": "PidList"}))
			m := short(t, s.Conn)
			require.Equal(t, "RequestSuccessful", m["Status"])
			require.Equal(t, dict{"ProcessName": "SpringBoard"}, m["Payload"].(dict)["62"])
		}
		require.NoError(t, s.Send(dict{"Request": "Dance"}))
		require.Equal(t, dict{"Status": "RequestFailed"}, short(t, s.Conn))
	})
}

func TestStartActivity(t *testing.T) {
	for pid, want := range map[int64]string{-1: "", 62: "SpringBoard"} {
		b := lockdowntest.NewBench(t, state.Options{}, ostrace.Service())
		b.Serve(ostrace.Name, func(s *lockdowntest.Service) {
			require.NoError(t, s.Send(dict{"Request": "StartActivity", "Pid": pid, "MessageFilter": 65535, "StreamFlags": 60}))
			width := binary.LittleEndian.Uint32(read(t, s.Conn, 4))
			require.Equal(t, uint32(4), width)
			n := binary.LittleEndian.Uint32(read(t, s.Conn, width))
			require.Equal(t, dict{"Status": "RequestSuccessful"}, decode(t, read(t, s.Conn, n)))
			seen := map[uint32]bool{}
			for range 20 {
				require.Equal(t, []byte{2}, read(t, s.Conn, 1))
				r := parse(t, read(t, s.Conn, binary.LittleEndian.Uint32(read(t, s.Conn, 4))))
				seen[r.pid] = true
				if want != "" {
					require.Equal(t, "/usr/libexec/"+want, r.path)
				}
			}
			require.Equal(t, want == "", len(seen) > 1)
		})
	}
}

func TestBadPid(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, ostrace.Service())
	b.Serve(ostrace.Name, func(s *lockdowntest.Service) {
		require.NoError(t, s.Send(dict{"Request": "StartActivity", "Pid": "all"}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
	require.Contains(t, b.Find("state.service", "end").Get("why"), "Pid: is string, want integer")
}

func TestCreateArchive(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, ostrace.Service())
	for i := range 400 {
		b.Phone.Log.Write(state.Entry{Process: "mine", Message: fmt.Sprint("line ", i)})
	}
	b.Serve(ostrace.Name, func(s *lockdowntest.Service) {
		require.NoError(t, s.Send(dict{"Request": "CreateArchive"}))
		require.Equal(t, dict{"Status": "RequestSuccessful"}, short(t, s.Conn))
		var packed bytes.Buffer
		chunks := 0
		for {
			var kind [1]byte
			if _, err := io.ReadFull(s.Conn, kind[:]); err == io.EOF {
				break
			}
			require.Equal(t, byte(3), kind[0])
			packed.Write(read(t, s.Conn, binary.LittleEndian.Uint32(read(t, s.Conn, 4))))
			chunks++
		}
		require.Greater(t, chunks, 1)
		r := tar.NewReader(&packed)
		h, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, "system_logs.logarchive/log.txt", h.Name)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Contains(t, string(text), "line 399\n")
		require.NotContains(t, string(text), "\x00")
	})
}

func Example() {
	e := state.Entry{Time: sim.Epoch, Process: "lockdownd", Library: "lockdownd", PID: 63, Message: "hello"}
	fmt.Printf("%q\n", ostrace.AppendRecord(nil, &e)[129:])
	// Output: "/usr/libexec/lockdownd\x00/usr/libexec/lockdownd\x00hello\x00"
}
