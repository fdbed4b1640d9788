package afc_test

import (
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// raw runs fn with a bare connection to a service over a small tree. What ends
// the service is returned.
func raw(t *testing.T, o service.Options, fn func(w *sim.World, conn net.Conn)) (ended error) {
	t.Helper()
	tree := files.NewMemory(files.Options{Total: 1 << 20, Free: 1 << 16})
	require.NoError(t, files.WriteFile(tree, "f", []byte("0123456789")))
	w := sim.New()
	require.NoError(t, w.Run(func() {
		near, far := w.Pipe("afc")
		over := w.NewCond("end of the service")
		done := false
		w.Go("afc", func() {
			ended = service.Serve(w, far, tree, o)
			_ = far.Close()
			done = true
			over.Broadcast()
		})
		fn(w, near)
		_ = near.Close()
		over.WaitFor(sim.Never, func() bool { return done })
	}))
	return ended
}

// transcript is a conversation in hexadecimal: > what the client sends, < what
// must come back.
func transcript(t *testing.T, lines string) {
	t.Helper()
	require.NoError(t, raw(t, service.Options{Model: "iPhone14,7"}, func(_ *sim.World, conn net.Conn) {
		for line := range strings.Lines(lines) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			text, _, _ := strings.Cut(line[1:], "#")
			want, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
			require.NoError(t, err, line)
			if line[0] == '>' {
				_, err = conn.Write(want)
				require.NoError(t, err)
				continue
			}
			got := make([]byte, len(want))
			_, err = io.ReadFull(conn, got)
			require.NoError(t, err, "no answer: %s", line)
			require.Equal(t, want, got, line)
		}
	}))
}

// The shapes that clients depend on, byte by byte: the packet number comes back;
// small results lie inside of ThisLength, which is 48; data lies behind
// ThisLength, which is 40; the end of a file is a DATA packet with nothing in it.
func TestTranscript(t *testing.T) {
	transcript(t, `
		> 434641364c504141 2800000000000000 2800000000000000 0100000000000000 0b00000000000000  # GetDeviceInfo, as libimobiledevice begins
		< 434641364c504141 7100000000000000 2800000000000000 0100000000000000 0200000000000000
		< 4d6f64656c00 6950686f6e6531342c3700            # Model iPhone14,7
		< 4653546f74616c427974657300 3130343835373600    # FSTotalBytes 1048576
		< 46534672656542797465 7300 363134343000         # FSFreeBytes 61440
		< 4653426c6f636b53697a6500 3430393600            # FSBlockSize 4096
		> 434641364c504141 3200000000000000 3200000000000000 ffffffffffffff7f 0d00000000000000 0200000000000000 6600  # FileRefOpen r+ f
		< 434641364c504141 3000000000000000 3000000000000000 ffffffffffffff7f 0e00000000000000 0100000000000000
		> 434641364c504141 3200000000000000 3000000000000000 0000000000000000 1000000000000000 0100000000000000 6162  # FileRefWrite ab, in one piece
		< 434641364c504141 3000000000000000 3000000000000000 0000000000000000 0100000000000000 0000000000000000
		> 434641364c504141 3800000000000000 3800000000000000 0300000000000000 0f00000000000000 0100000000000000 0400000000000000  # FileRefRead 4
		< 434641364c504141 2c00000000000000 2800000000000000 0300000000000000 0200000000000000 32333435
		> 434641364c504141 3000000000000000 3000000000000000 0400000000000000 1200000000000000 0100000000000000  # FileRefTell
		< 434641364c504141 3000000000000000 3000000000000000 0400000000000000 1300000000000000 0600000000000000
		> 434641364c504141 4000000000000000 4000000000000000 0500000000000000 1100000000000000 0100000000000000 0200000000000000 0000000000000000  # FileRefSeek end
		< 434641364c504141 3000000000000000 3000000000000000 0500000000000000 0100000000000000 0000000000000000
		> 434641364c504141 3800000000000000 3800000000000000 0600000000000000 0f00000000000000 0100000000000000 0400000000000000  # FileRefRead at the end
		< 434641364c504141 2800000000000000 2800000000000000 0600000000000000 0200000000000000
		> 434641364c504141 3000000000000000 3000000000000000 0700000000000000 1400000000000000 0100000000000000  # FileRefClose
		< 434641364c504141 3000000000000000 3000000000000000 0700000000000000 0100000000000000 0000000000000000
	`)
}

// go-ios sends header, arguments and data in three writes, and paths without
// their NUL.
func TestGoIOSShapes(t *testing.T) {
	transcript(t, `
		> 434641364c504141 2900000000000000 2900000000000000 0100000000000000 0300000000000000  # ReadDir
		> 2f                                                                                    # / and no NUL
		< 434641364c504141 2f00000000000000 2800000000000000 0100000000000000 0200000000000000 2e00 2e2e00 6600
		> 434641364c504141 2900000000000000 2900000000000000 0200000000000000 0800000000000000  # RemovePath
		> 66
		< 434641364c504141 3000000000000000 3000000000000000 0200000000000000 0100000000000000 0000000000000000
		> 434641364c504141 3200000000000000 3200000000000000 0300000000000000 0d00000000000000  # FileRefOpen w g
		> 0300000000000000 6700
		< 434641364c504141 3000000000000000 3000000000000000 0300000000000000 0e00000000000000 0100000000000000
		> 434641364c504141 3300000000000000 3000000000000000 0400000000000000 1000000000000000  # FileRefWrite
		> 0100000000000000
		> 787978
		< 434641364c504141 3000000000000000 3000000000000000 0400000000000000 0100000000000000 0000000000000000
		> 434641364c504141 2900000000000000 2900000000000000 0500000000000000 2200000000000000  # RemovePathAndContents
		> 67
		< 434641364c504141 3000000000000000 3000000000000000 0500000000000000 0100000000000000 0000000000000000
	`)
}

// pymobiledevice3 counts from 0 and has several requests under way.
func TestPipelining(t *testing.T) {
	require.NoError(t, raw(t, service.Options{}, func(_ *sim.World, conn net.Conn) {
		var b []byte
		for i := range uint64(10) {
			b, _ = (&afc.Request{Op: afc.OpGetDeviceInfo}).AppendTo(b, 2*i, 0)
			b, _ = (&afc.Request{Op: afc.OpReadDir, Path: "nothing"}).AppendTo(b, 2*i+1, 0)
		}
		_, err := conn.Write(b)
		require.NoError(t, err)
		d := afc.NewDecoder(afc.DefaultLimits)
		buf := make([]byte, 1000)
		for next := uint64(0); next < 20; {
			n, err := conn.Read(buf)
			require.NoError(t, err)
			d.Feed(buf[:n])
			for it, ok, err := d.Next(); ok; it, ok, err = d.Next() {
				require.NoError(t, err)
				if it.Head() {
					require.Equal(t, next, it.Header.PacketNum)
					require.Equal(t, []afc.Op{afc.OpData, afc.OpStatus}[next%2], it.Header.Op)
					next++
				}
			}
		}
	}))
}

// writes notes the length of each write.
type writes struct {
	net.Conn
	n []int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n = append(w.n, len(p))
	return w.Conn.Write(p)
}

// libimobiledevice takes a header with one receive call, and arguments with
// another: no reply is cut within these.
func TestRepliesAreNotCut(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	require.NoError(t, files.WriteFile(tree, "f", make([]byte, 300_000)))
	w := sim.New()
	var conn *writes
	require.NoError(t, w.Run(func() {
		near, far := w.Pipe("afc")
		conn = &writes{Conn: far}
		w.Go("afc", func() { _ = service.Serve(w, conn, tree, service.Options{}) })
		var b []byte
		b, _ = (&afc.Request{Op: afc.OpFileRefOpen, Mode: afc.ModeRead, Path: "f"}).AppendTo(b, 1, 0)
		b, _ = (&afc.Request{Op: afc.OpFileRefRead, Handle: 1, Length: 300_000}).AppendTo(b, 2, 0)
		b, _ = (&afc.Request{Op: afc.OpFileRefClose, Handle: 1}).AppendTo(b, 3, 0)
		_, err := near.Write(b)
		require.NoError(t, err)
		_, err = io.ReadFull(near, make([]byte, 48+40+300_000+48))
		require.NoError(t, err)
	}))
	total := 0
	for i, n := range conn.n {
		if i == 0 {
			require.GreaterOrEqual(t, n, 48+40)
		}
		total += n
	}
	require.Equal(t, 48+40+300_000+48, total)
	require.GreaterOrEqual(t, conn.n[len(conn.n)-1], 48)
	require.LessOrEqual(t, len(conn.n), 6)
}
