package afc_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// Where the next packet cannot be found any more, there is one last status, and
// the connection ends.
func TestHostileHeaders(t *testing.T) {
	header := func(entire, this uint64) []byte {
		return afc.Header{EntireLength: entire, ThisLength: this, PacketNum: 9, Op: afc.OpFileRefWrite}.AppendTo(nil)
	}
	for _, c := range []struct {
		name string
		send []byte
		num  uint64
		want afc.Status
		err  error
	}{
		{"http", []byte("GET / HTTP/1.1\r\n\r\n"), 0, afc.StatusHeaderInvalid, afc.ErrMagic},
		{"tls", []byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC}, 0, afc.StatusHeaderInvalid, afc.ErrMagic},
		{"plist frame", []byte("\x00\x00\x01\x10<?xml"), 0, afc.StatusHeaderInvalid, afc.ErrMagic},
		{"one byte", []byte("X"), 0, afc.StatusHeaderInvalid, afc.ErrMagic},
		{"zero lengths", header(0, 0), 9, afc.StatusHeaderInvalid, afc.ErrTooShort},
		{"this below header", header(48, 39), 9, afc.StatusHeaderInvalid, afc.ErrTooShort},
		{"entire below this", header(40, 48), 9, afc.StatusHeaderInvalid, afc.ErrMismatch},
		{"arguments of 2^64", header(math.MaxUint64, math.MaxUint64), 9, afc.StatusTooMuchData, afc.ErrTooLong},
		{"arguments of 1 GiB", header(1<<30, 1<<30), 9, afc.StatusTooMuchData, afc.ErrTooLong},
		{"data of 2^64", header(math.MaxUint64, 48), 9, afc.StatusTooMuchData, afc.ErrTooLong},
		{"data of 2^63", header(1<<63, 48), 9, afc.StatusTooMuchData, afc.ErrTooLong},
		{"data over the limit", header(48+4<<30+1, 48), 9, afc.StatusTooMuchData, afc.ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := raw(t, service.Options{}, func(_ *sim.World, conn net.Conn) {
				_, err := conn.Write(c.send)
				require.NoError(t, err)
				got, err := io.ReadAll(conn)
				require.NoError(t, err)
				require.Equal(t, afc.AppendStatus(nil, c.num, c.want), got)
			})
			var fe *afc.FrameError
			require.True(t, errors.As(err, &fe))
			require.ErrorIs(t, err, c.err)
		})
	}
}

// What can be passed over is answered with a status, and the connection goes on.
func TestHostilePackets(t *testing.T) {
	packet := func(op afc.Op, args string, data int) []byte {
		b := afc.NewHeader(op, 5, len(args), uint64(data)).AppendTo(nil)
		return append(append(b, args...), make([]byte, data)...)
	}
	for _, c := range []struct {
		name string
		send []byte
		want afc.Status
	}{
		{"operation 0", packet(0, "", 0), afc.StatusUnknownPacketType},
		{"operation 0x29", packet(0x29, "some arguments", 1000), afc.StatusUnknownPacketType},
		{"operation 2^64-1", packet(math.MaxUint64, "", 0), afc.StatusUnknownPacketType},
		{"a status", packet(afc.OpStatus, "\x00\x00\x00\x00\x00\x00\x00\x00", 0), afc.StatusUnknownPacketType},
		{"data", packet(afc.OpData, "", 100), afc.StatusUnknownPacketType},
		{"an opened handle", packet(afc.OpFileRefOpenResult, "\x01\x00\x00\x00\x00\x00\x00\x00", 0), afc.StatusUnknownPacketType},
		{"ReadFile", packet(afc.OpReadFile, "f\x00", 0), afc.StatusOpNotSupported},
		{"WriteFile", packet(afc.OpWriteFile, "f\x00", 100_000), afc.StatusOpNotSupported},
		{"WritePart", packet(afc.OpWritePart, "", 1), afc.StatusOpNotSupported},
		{"no handle", packet(afc.OpFileRefRead, "", 0), afc.StatusInvalidArgument},
		{"half a handle", packet(afc.OpFileRefClose, "\x01\x00\x00", 0), afc.StatusInvalidArgument},
		{"no length", packet(afc.OpFileRefRead, "\x01\x00\x00\x00\x00\x00\x00\x00", 0), afc.StatusInvalidArgument},
		{"one path", packet(afc.OpRenamePath, "f\x00", 0), afc.StatusInvalidArgument},
		{"one path, no NUL", packet(afc.OpRenamePath, "f", 0), afc.StatusInvalidArgument},
		{"no mode", packet(afc.OpFileRefOpen, "f\x00", 0), afc.StatusInvalidArgument},
		{"data for an operation that has none", packet(afc.OpMakeDir, "d\x00", 200_000), afc.StatusSuccess},
		{"write to no handle", packet(afc.OpFileRefWrite, "\x4d\x00\x00\x00\x00\x00\x00\x00", 200_000), afc.StatusInvalidArgument},
		{"arguments at the limit", packet(afc.OpReadDir, string(make([]byte, 16<<10)), 0), afc.StatusSuccess},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, raw(t, service.Options{}, func(_ *sim.World, conn net.Conn) {
				_, err := conn.Write(c.send)
				require.NoError(t, err)
				after, _ := (&afc.Request{Op: afc.OpFileRefTell, Handle: 1}).AppendTo(nil, 6, 0)
				_, err = conn.Write(after)
				require.NoError(t, err)
				want := afc.AppendStatus(nil, 5, c.want)
				if c.want == afc.StatusSuccess && c.send[32] == byte(afc.OpReadDir) {
					want = append(afc.AppendData(nil, 5, 7), ".\x00..\x00f\x00"...)
				}
				want = afc.AppendStatus(want, 6, afc.StatusInvalidArgument)
				got := make([]byte, len(want))
				_, err = io.ReadFull(conn, got)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}))
		})
	}
}

// A length is believed only as the bytes come in.
func TestAnnouncedDataCostsNothing(t *testing.T) {
	var before, after runtime.MemStats
	err := raw(t, service.Options{}, func(w *sim.World, conn net.Conn) {
		open, _ := (&afc.Request{Op: afc.OpFileRefOpen, Mode: afc.ModeWrite, Path: "g"}).AppendTo(nil, 1, 0)
		_, err := conn.Write(open)
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 48))
		require.NoError(t, err)
		runtime.ReadMemStats(&before)
		write, _ := (&afc.Request{Op: afc.OpFileRefWrite, Handle: 1}).AppendTo(nil, 2, 4<<30)
		_, err = conn.Write(append(write, "only this"...))
		require.NoError(t, err)
		w.Sleep(time.Second)
		runtime.ReadMemStats(&after)
	})
	require.ErrorIs(t, err, afc.ErrTruncated)
	require.EqualError(t, err, "afc: offset 107: packet 57 (want 4294967344): stream ended inside a packet")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<10))
}

// A client that stops within a packet is given up; one that is silent between
// two packets is not.
func TestStall(t *testing.T) {
	for name, send := range map[string][]byte{
		"in a header":    []byte("CFA6LPAA"),
		"in arguments":   afc.NewHeader(afc.OpReadDir, 1, 5, 0).AppendTo(nil),
		"in the data":    afc.NewHeader(afc.OpData, 1, 0, 5).AppendTo(nil),
		"in the magic":   []byte("C"),
		"in second data": append(afc.NewHeader(afc.OpData, 1, 0, 500).AppendTo(nil), 1, 2, 3),
	} {
		t.Run(name, func(t *testing.T) {
			err := raw(t, service.Options{Stall: 10 * time.Second}, func(w *sim.World, conn net.Conn) {
				w.Sleep(24 * time.Hour)
				for _, b := range send { // slowly, but steadily
					_, err := conn.Write([]byte{b})
					require.NoError(t, err)
					w.Sleep(9 * time.Second)
				}
				from := w.Now()
				_, err := io.ReadAll(conn)
				require.NoError(t, err)
				require.Equal(t, time.Second, w.Now()-from)
			})
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		})
	}
	err := raw(t, service.Options{Stall: -1}, func(w *sim.World, conn net.Conn) {
		_, err := conn.Write([]byte("CFA6"))
		require.NoError(t, err)
		w.Sleep(24 * time.Hour)
	})
	require.ErrorIs(t, err, afc.ErrTruncated)
}

// A client that hangs up in the middle of a write loses what it did not send,
// and nothing is left open.
func TestHangUpInAWrite(t *testing.T) {
	tree := files.NewMemory(files.Options{Total: 1 << 20, Free: 1 << 20})
	require.NoError(t, files.WriteFile(tree, "atomic", []byte("before")))
	for _, op := range []afc.Request{{Op: afc.OpFileRefWrite, Handle: 1}, {Op: afc.OpWriteFileAtomic, Path: "atomic"}} {
		w := sim.New()
		require.NoError(t, w.Run(func() {
			c, ended := afctest.Serve(w, tree, service.Options{})
			f, err := c.Open("plain", afc.ModeWrite)
			require.NoError(t, err)
			require.EqualValues(t, 1, f.Handle)
			require.NoError(t, f.Lock(afc.LockExclusive))
			conn := c.Conn()
			b, _ := op.AppendTo(nil, 9, 1000)
			_, err = conn.Write(append(b, "half"...))
			require.NoError(t, err)
			require.NoError(t, c.Close())
			require.ErrorIs(t, ended(), afc.ErrTruncated)
		}))
	}
	names, err := tree.ReadDir("/")
	require.NoError(t, err)
	require.Equal(t, []string{"atomic", "plain"}, names, "no temporary file stays")
	b, err := files.ReadFile(tree, "atomic")
	require.NoError(t, err)
	require.Equal(t, "before", string(b))
	f, err := tree.Open("plain", files.Write)
	require.NoError(t, err)
	require.NoError(t, f.Lock(files.Alone), "the lock is gone with the connection")
}

// The end of the world closes files too.
func TestEndOfTheWorld(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	w := sim.New()
	require.NoError(t, w.Run(func() {
		c, _ := afctest.Serve(w, tree, service.Options{})
		f := open(t, c, "f", afc.ModeWrite)
		require.NoError(t, f.Lock(afc.LockExclusive))
	}))
	f, err := tree.Open("f", files.Read)
	require.NoError(t, err)
	require.NoError(t, f.Lock(files.Alone))
}

// FuzzServe: whatever comes, the service ends without harm, and what it answers
// are packets.
func FuzzServe(f *testing.F) {
	session := func(reqs ...afc.Request) (b []byte) {
		for i, r := range reqs {
			b, _ = r.AppendTo(b, uint64(i), 0)
		}
		return b
	}
	f.Add(session(afc.Request{Op: afc.OpGetDeviceInfo}, afc.Request{Op: afc.OpReadDir, Path: "/"}), uint16(7))
	f.Add(session(
		afc.Request{Op: afc.OpFileRefOpen, Mode: afc.ModeWriteRead, Path: "d/new"},
		afc.Request{Op: afc.OpFileRefSetFileSize, Handle: 1, Size: 5 << 30},
		afc.Request{Op: afc.OpFileRefSeek, Handle: 1, Whence: afc.SeekEnd, Offset: -10},
		afc.Request{Op: afc.OpFileRefRead, Handle: 1, Length: 100},
	), uint16(1))
	f.Add(session(
		afc.Request{Op: afc.OpMakeLink, LinkType: afc.SymbolicLink, Path: "..", NewPath: "d/l"},
		afc.Request{Op: afc.OpRenamePath, Path: "d", NewPath: "d/l/x"},
		afc.Request{Op: afc.OpRemovePathAndContents, Path: "d"},
		afc.Request{Op: afc.OpGetSizeOfPathContents, Path: "/"},
		afc.Request{Op: afc.OpDirOpen, Path: "/"}, afc.Request{Op: afc.OpDirRead, Handle: 1},
	), uint16(100))
	write, _ := (&afc.Request{Op: afc.OpWriteFileAtomic, Path: "f"}).AppendTo(nil, 1, 4)
	f.Add(append(write, "datadata"...), uint16(3))
	f.Fuzz(func(t *testing.T, in []byte, step uint16) {
		tree := files.NewMemory(files.Options{Total: 1 << 20, Free: 1 << 16})
		if err := errors.Join(tree.Mkdir("d"), files.WriteFile(tree, "f", []byte("0123456789"))); err != nil {
			t.Fatal(err)
		}
		w := sim.New(sim.TimeLimit(time.Hour))
		var out bytes.Buffer
		err := w.Run(func() {
			near, far := w.Pipe("afc")
			w.Go("afc", func() {
				_ = service.Serve(w, far, tree, service.Options{MaxRead: 1 << 16, MaxHash: 1 << 16})
				_ = far.Close()
			})
			w.Go("client", func() {
				for rest := in; len(rest) > 0; {
					n := min(int(step)+1, len(rest))
					if _, err := near.Write(rest[:n]); err != nil {
						return
					}
					rest = rest[n:]
				}
				_ = near.(interface{ CloseWrite() error }).CloseWrite()
			})
			_, _ = io.Copy(&out, near)
		})
		if err != nil {
			t.Fatal(err)
		}
		d := afc.NewDecoder(afc.Limits{Args: 8, Data: 1 << 20})
		if _, err := io.Copy(feeder{d, t}, &out); err != nil || d.Finish() != nil {
			t.Fatal(err, d.Finish())
		}
		if free := tree.Space().Free; free < 0 || free > 1<<16 {
			t.Fatalf("%d bytes are free", free)
		}
	})
}

// feeder checks that what is written to it are replies.
type feeder struct {
	d *afc.Decoder
	t *testing.T
}

func (f feeder) Write(p []byte) (int, error) {
	f.d.Feed(p)
	for {
		it, ok, err := f.d.Next()
		if err != nil || !ok {
			return len(p), err
		}
		if it.Head() {
			if _, err := afc.ParseReply(it.Header.Op, it.Args); err != nil {
				return 0, err
			}
		}
	}
}
