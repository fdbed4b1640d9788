package afc_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// A phone fills up in the middle of a write: the client is told so, what fitted
// is there, and when there is room again the same handle goes on.
func TestOutOfSpace(t *testing.T) {
	tree := files.NewMemory(files.Options{Total: 10 << 20, Free: 1 << 20})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWrite)
		_, err := f.Write(make([]byte, 3<<20))
		requireStatus(t, afc.StatusNoSpaceLeft, err)
		i, err := c.Stat("f")
		require.NoError(t, err)
		require.EqualValues(t, 1<<20, i.Size)
		pos, err := f.Tell()
		require.NoError(t, err)
		require.EqualValues(t, 1<<20, pos)
		d, err := c.DeviceInfo()
		require.NoError(t, err)
		require.Zero(t, d.FreeBytes)
		require.EqualValues(t, 10<<20, d.TotalBytes)
		requireStatus(t, afc.StatusNoSpaceLeft, c.WriteFile("g", []byte("x")))
		i, err = c.Stat("g")
		require.NoError(t, err)
		require.Zero(t, i.Size)

		tree.SetFree(5 << 20)
		_, err = f.Write(make([]byte, 1<<20))
		require.NoError(t, err)
		require.NoError(t, f.Close())
		require.NoError(t, c.Remove("f"))
		d, err = c.DeviceInfo()
		require.NoError(t, err)
		require.EqualValues(t, 6<<20, d.FreeBytes)
	})
}

// An atomic write that does not fit leaves the old file, and nothing else.
func TestAtomicOutOfSpace(t *testing.T) {
	tree := files.NewMemory(files.Options{Total: 10 << 20, Free: 1 << 20})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		require.NoError(t, c.WriteFileAtomic("f", []byte("old")))
		requireStatus(t, afc.StatusNoSpaceLeft, c.WriteFileAtomic("f", make([]byte, 2<<20)))
		require.Equal(t, "old", get(t, c, "f"))
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"f"}, names)
		d, err := c.DeviceInfo()
		require.NoError(t, err)
		require.EqualValues(t, 1<<20-4096, d.FreeBytes)
	})
}

// Sizes over 4 GiB, by every way of saying them.
func TestFileOf5GiB(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		before, err := c.DeviceInfo()
		require.NoError(t, err)
		f := open(t, c, "big", afc.ModeWriteRead)
		_, err = f.Seek(5<<30-3, io.SeekStart)
		require.NoError(t, err)
		_, err = f.Write([]byte("end"))
		require.NoError(t, err)
		_, err = f.Seek(-(1<<30)-6, io.SeekCurrent) // the edge of 32 bits
		require.NoError(t, err)
		_, err = f.Write([]byte("middle"))
		require.NoError(t, err)
		pos, err := f.Tell()
		require.NoError(t, err)
		require.EqualValues(t, 1<<32, pos)

		i, err := c.Stat("big")
		require.NoError(t, err)
		require.EqualValues(t, 5<<30, i.Size)
		after, err := c.DeviceInfo()
		require.NoError(t, err)
		require.Less(t, before.FreeBytes-after.FreeBytes, uint64(1<<20), "it costs what was written")

		_, err = f.Seek(-6, io.SeekCurrent)
		require.NoError(t, err)
		buf := bytes.Repeat([]byte{0xFF}, 4<<20)
		n, err := f.Read(buf)
		require.NoError(t, err)
		require.Equal(t, 4<<20, n)
		require.Equal(t, append([]byte("middle"), make([]byte, 4<<20-6)...), buf)
		_, err = f.Seek(-3, io.SeekEnd)
		require.NoError(t, err)
		n, err = f.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "end", string(buf[:n]))

		require.NoError(t, f.Truncate(6<<30))
		require.NoError(t, c.Truncate("big", 7<<30))
		i, err = c.Stat("big")
		require.NoError(t, err)
		require.EqualValues(t, 7<<30, i.Size)
	})
}

// One packet of 256 MiB each way passes in pieces: the service holds none of it.
func TestLongPackets(t *testing.T) {
	if testing.Short() {
		t.Skip("256 MiB each way")
	}
	const size = 256 << 20
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{}, func(w *sim.World, c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		b, err := (&afc.Request{Op: afc.OpFileRefWrite, Handle: f.Handle}).AppendTo(nil, 2, size)
		require.NoError(t, err)
		conn := c.Conn()
		_, err = conn.Write(b)
		require.NoError(t, err)
		piece := noise(1 << 20)
		for off := 0; off < size; off += len(piece) {
			piece[0] = byte(off >> 20)
			_, err = conn.Write(piece)
			require.NoError(t, err)
		}
		_, err = io.ReadFull(conn, make([]byte, 48))
		require.NoError(t, err)
		i, err := tree.Lstat("f")
		require.NoError(t, err)
		require.EqualValues(t, size, i.Size)

		b, err = (&afc.Request{Op: afc.OpFileRefSeek, Handle: f.Handle}).AppendTo(nil, 3, 0)
		require.NoError(t, err)
		b, err = (&afc.Request{Op: afc.OpFileRefRead, Handle: f.Handle, Length: 1 << 40}).AppendTo(b, 4, 0)
		require.NoError(t, err)
		_, err = conn.Write(b)
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 48+40))
		require.NoError(t, err)
		got := make([]byte, len(piece))
		for off := 0; off < size; off += len(got) {
			_, err = io.ReadFull(conn, got)
			require.NoError(t, err)
			piece[0] = byte(off >> 20)
			require.True(t, bytes.Equal(piece, got), "at %d", off)
		}
	})
}
