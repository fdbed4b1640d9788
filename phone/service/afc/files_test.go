package afc_test

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// Each mode does to a file of "0123456789" what fopen(3) says, when "ab" is
// written, and then, from the start, everything read.
func TestOpenModes(t *testing.T) {
	for _, c := range []struct {
		mode        afc.OpenMode
		missing     afc.Status // when there is no such file
		write, read afc.Status
		content     string
		pos         int64 // after the write
	}{
		{afc.ModeRead, afc.StatusObjectNotFound, afc.StatusPermDenied, 0, "0123456789", 0},
		{afc.ModeReadWrite, 0, 0, 0, "ab23456789", 2},
		{afc.ModeWrite, 0, 0, afc.StatusPermDenied, "ab", 2},
		{afc.ModeWriteRead, 0, 0, 0, "ab", 2},
		{afc.ModeAppend, 0, 0, afc.StatusPermDenied, "0123456789ab", 12},
		{afc.ModeReadAppend, 0, 0, 0, "0123456789ab", 12},
	} {
		t.Run(c.mode.String(), func(t *testing.T) {
			run(t, func(cl *afctest.Client) {
				_, err := cl.Open("missing", c.mode)
				requireStatus(t, c.missing, err)

				put(t, cl, "f", "0123456789")
				f := open(t, cl, "f", c.mode)
				_, err = f.Write([]byte("ab"))
				requireStatus(t, c.write, err)
				pos, err := f.Tell()
				require.NoError(t, err)
				require.Equal(t, c.pos, pos)
				_, err = f.Seek(0, io.SeekStart)
				require.NoError(t, err)
				b, err := io.ReadAll(f)
				requireStatus(t, c.read, err)
				if c.read == 0 {
					require.Equal(t, c.content, string(b))
				}
				require.NoError(t, f.Close())
				require.Equal(t, c.content, get(t, cl, "f"))
			})
		})
	}
}

// An append goes to the end of what another has appended meanwhile.
func TestAppend(t *testing.T) {
	run(t, func(c *afctest.Client) {
		a, b := open(t, c, "log", afc.ModeAppend), open(t, c, "log", afc.ModeAppend)
		for i := range 3 {
			_, err := fmt.Fprintf(a, "a%d ", i)
			require.NoError(t, err)
			_, err = fmt.Fprintf(b, "b%d ", i)
			require.NoError(t, err)
		}
		require.Equal(t, "a0 b0 a1 b1 a2 b2 ", get(t, c, "log"))
	})
}

func TestHandlesThatAreNotOpen(t *testing.T) {
	run(t, func(c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		require.NoError(t, f.Close())
		for _, h := range []uint64{0, 77, f.Handle, math.MaxUint64} {
			for _, op := range []afc.Op{afc.OpFileRefRead, afc.OpFileRefWrite, afc.OpFileRefSeek, afc.OpFileRefTell, afc.OpFileRefClose,
				afc.OpFileRefSetFileSize, afc.OpFileRefLock, afc.OpFileRefSetImmutable, afc.OpFileRefReadOffset, afc.OpFileRefWriteOffset,
				afc.OpDirRead, afc.OpDirClose} {
				_, err := do(c, afc.Request{Op: op, Handle: h, Lock: afc.LockShared, Length: 1})
				requireStatus(t, afc.StatusInvalidArgument, err)
			}
		}
	})
}

func TestHandlesAreNeverZeroNorReused(t *testing.T) {
	run(t, func(c *afctest.Client) {
		seen := map[uint64]bool{0: true}
		for range 500 {
			f := open(t, c, "f", afc.ModeWrite)
			require.False(t, seen[f.Handle])
			seen[f.Handle] = true
			require.NoError(t, f.Close())
		}
	})
}

// A client that never closes runs out of handles, and of nothing else.
func TestNoResources(t *testing.T) {
	run(t, func(c *afctest.Client) {
		var all []*afctest.File
		for range service.DefaultMaxHandles {
			all = append(all, open(t, c, "f", afc.ModeWrite))
		}
		_, err := c.Open("f", afc.ModeRead)
		requireStatus(t, afc.StatusNoResources, err)
		_, err = do(c, afc.Request{Op: afc.OpDirOpen, Path: "/"})
		requireStatus(t, afc.StatusNoResources, err)
		_, err = c.Stat("f")
		require.NoError(t, err)
		require.NoError(t, all[100].Close())
		open(t, c, "f", afc.ModeRead)
	})
}

func TestSeek(t *testing.T) {
	run(t, func(c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		_, err := f.Write([]byte("0123456789"))
		require.NoError(t, err)
		for _, s := range []struct {
			whence int
			off    int64
			want   int64
		}{
			{io.SeekStart, 3, 3}, {io.SeekCurrent, 4, 7}, {io.SeekCurrent, -2, 5}, {io.SeekEnd, -1, 9}, {io.SeekEnd, 0, 10},
			{io.SeekEnd, 5 << 30, 5<<30 + 10}, {io.SeekStart, math.MaxInt64, math.MaxInt64}, {io.SeekStart, 0, 0},
		} {
			pos, err := f.Seek(s.off, s.whence)
			require.NoError(t, err)
			require.Equal(t, s.want, pos)
		}
		_, err = f.Seek(4, io.SeekStart)
		require.NoError(t, err)
		for _, bad := range []struct {
			whence int
			off    int64
		}{{io.SeekStart, -1}, {io.SeekCurrent, -5}, {io.SeekEnd, -11}, {io.SeekCurrent, math.MaxInt64}, {io.SeekEnd, math.MinInt64}, {3, 0}, {-1, 0}} {
			_, err = f.Seek(bad.off, bad.whence)
			requireStatus(t, afc.StatusInvalidArgument, err)
		}
		pos, err := f.Tell()
		require.NoError(t, err)
		require.EqualValues(t, 4, pos, "a bad seek moves nothing")
	})
}

func TestPartialReads(t *testing.T) {
	run(t, func(c *afctest.Client) {
		put(t, c, "f", "0123456789")
		f := open(t, c, "f", afc.ModeRead)
		buf := make([]byte, 4)
		for _, want := range []string{"0123", "4567", "89"} {
			n, err := f.Read(buf)
			require.NoError(t, err)
			require.Equal(t, want, string(buf[:n]))
		}
		_, err := f.Read(buf)
		require.Equal(t, io.EOF, err, "an empty DATA packet")
		_, err = f.Seek(100, io.SeekStart)
		require.NoError(t, err)
		_, err = f.Read(buf)
		require.Equal(t, io.EOF, err)
		var b strings.Builder
		_, err = c.Do(&afc.Request{Op: afc.OpFileRefRead, Handle: f.Handle, Length: 0}, nil, &b)
		require.NoError(t, err)
		require.Empty(t, b.String())
	})
}

// A read may ask for more than there is, or than there can be.
func TestReadMoreThanThereIs(t *testing.T) {
	run(t, func(c *afctest.Client) {
		put(t, c, "f", "data")
		f := open(t, c, "f", afc.ModeRead)
		var b strings.Builder
		_, err := c.Do(&afc.Request{Op: afc.OpFileRefRead, Handle: f.Handle, Length: math.MaxUint64}, nil, &b)
		require.NoError(t, err)
		require.Equal(t, "data", b.String())
	})
}

// pymobiledevice3 asks for 4 MiB at once, and loses what a shorter answer leaves
// out.
func TestReadOf4MiBIsWhole(t *testing.T) {
	run(t, func(c *afctest.Client) {
		data := noise(9 << 20)
		require.NoError(t, c.WriteFile("f", data))
		f := open(t, c, "f", afc.ModeRead)
		buf := make([]byte, 4<<20)
		for _, want := range [][]byte{data[:4<<20], data[4<<20 : 8<<20], data[8<<20:]} {
			n, err := f.Read(buf)
			require.NoError(t, err)
			require.Equal(t, len(want), n)
			require.Equal(t, want, buf[:n])
		}
	})
}

func TestShortReads(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{MaxRead: 3}, func(_ *sim.World, c *afctest.Client) {
		put(t, c, "f", "0123456789")
		f := open(t, c, "f", afc.ModeRead)
		buf := make([]byte, 8)
		n, err := f.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "012", string(buf[:n]))
		require.Equal(t, "0123456789", get(t, c, "f"))
	})
}

func TestSetFileSize(t *testing.T) {
	run(t, func(c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		_, err := f.Write([]byte("0123456789"))
		require.NoError(t, err)
		require.NoError(t, f.Truncate(3))
		pos, err := f.Tell()
		require.NoError(t, err)
		require.EqualValues(t, 10, pos)
		_, err = f.Write([]byte("!"))
		require.NoError(t, err)
		require.Equal(t, "012\x00\x00\x00\x00\x00\x00\x00!", get(t, c, "f"))
		requireStatus(t, afc.StatusInvalidArgument, f.Truncate(1<<63))
		r := open(t, c, "f", afc.ModeRead)
		requireStatus(t, afc.StatusPermDenied, r.Truncate(0))
		require.NoError(t, c.Truncate("f", 2))
		require.Equal(t, "01", get(t, c, "f"))
	})
}

func TestReadAndWriteWithOffset(t *testing.T) {
	run(t, func(c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		_, err := f.Write([]byte("0123456789"))
		require.NoError(t, err)
		_, err = c.Do(&afc.Request{Op: afc.OpFileRefWriteOffset, Handle: f.Handle, Offset: 4}, []byte("ab"), nil)
		require.NoError(t, err)
		var b strings.Builder
		_, err = c.Do(&afc.Request{Op: afc.OpFileRefReadOffset, Handle: f.Handle, Offset: 3, Length: 4}, nil, &b)
		require.NoError(t, err)
		require.Equal(t, "3ab6", b.String())
		pos, err := f.Tell()
		require.NoError(t, err)
		require.EqualValues(t, 10, pos, "the position stays")
		for _, op := range []afc.Op{afc.OpFileRefReadOffset, afc.OpFileRefWriteOffset} {
			_, err = c.Do(&afc.Request{Op: op, Handle: f.Handle, Offset: -1, Length: 1}, []byte("x"), nil)
			requireStatus(t, afc.StatusInvalidArgument, err)
		}
		_, err = do(c, afc.Request{Op: afc.OpFileRefSetImmutable, Handle: f.Handle, Hint: 0xFF})
		require.NoError(t, err)
	})
}

func TestWriteFileAtomic(t *testing.T) {
	run(t, func(c *afctest.Client) {
		require.NoError(t, c.Mkdir("d"))
		require.NoError(t, c.WriteFileAtomic("d/f", []byte("first")))
		old := open(t, c, "d/f", afc.ModeRead)
		require.NoError(t, c.WriteFileAtomic("d/f", nil))
		require.Empty(t, get(t, c, "d/f"))
		b, err := io.ReadAll(old)
		require.NoError(t, err)
		require.Equal(t, "first", string(b), "who has it open sees the old file")
		put(t, c, "d/.afc-1", "in the way")
		require.NoError(t, c.WriteFileAtomic("d/f", []byte("second")))
		names, err := c.ReadDir("d")
		require.NoError(t, err)
		require.Equal(t, []string{".afc-1", "f"}, names)
		require.Equal(t, "in the way", get(t, c, "d/.afc-1"))
	})
}

// noise returns n bytes that do not repeat within a chunk.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}
