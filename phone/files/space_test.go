package files_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
)

func TestSpaceDefaults(t *testing.T) {
	require.Equal(t, files.Space{Total: 128e9, Free: 64e9, BlockSize: 4096}, files.NewMemory(files.Options{}).Space())
	require.Equal(t, files.Space{Total: 1000, Free: 1000, BlockSize: 512},
		files.NewMemory(files.Options{Total: 1000, Free: 5000, BlockSize: 512}).Space())
	require.Zero(t, files.NewMemory(files.Options{Free: -1}).Space().Free)
}

// Space is counted in whole blocks, and comes back with the last name and the
// last open file.
func TestSpaceIsCounted(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		free := func() int64 { return tree.Space().Free }
		all := free()
		put(t, tree, "f", "1")
		require.Equal(t, all-4096, free())
		put(t, tree, "f", "2")
		require.Equal(t, all-4096, free())
		put(t, tree, "g", string(make([]byte, 100_000)))
		require.Equal(t, all-4096-102_400, free())
		require.NoError(t, tree.Link("g", "h"))
		require.NoError(t, tree.Remove("g"))
		require.Equal(t, all-4096-102_400, free())
		require.NoError(t, tree.Rename("f", "h"))
		require.Equal(t, all-4096, free(), "what was replaced is free")
		f := open(t, tree, "h", files.Write)
		require.NoError(t, f.Truncate(0))
		require.Equal(t, all, free())
		require.Equal(t, int64(10<<20), tree.Space().Total)
	})
}

func TestOutOfSpace(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		f := open(t, tree, "f", files.Read|files.Write|files.Create)
		data := bytes.Repeat([]byte("x"), 700_000)
		n, err := f.WriteAt(data, 0)
		require.NoError(t, err)
		require.Equal(t, len(data), n)
		n, err = f.WriteAt(data, int64(len(data)))
		requireErr(t, files.ErrNoSpace, err)
		require.Equal(t, 1<<20-700_000, n, "as much as there was room for")
		require.Zero(t, tree.Space().Free)
		i, err := f.Stat()
		require.NoError(t, err)
		require.EqualValues(t, 1<<20, i.Size)
		n, err = f.WriteAt([]byte("x"), 1<<20)
		requireErr(t, files.ErrNoSpace, err)
		require.Zero(t, n)
		n, err = f.WriteAt([]byte("y"), 5)
		require.NoError(t, err, "what is there can be changed")
		require.Equal(t, 1, n)
		requireErr(t, files.ErrNoSpace, files.WriteFile(tree, "g", []byte("x")))

		tree.(files.Filler).SetFree(4096)
		put(t, tree, "g", "x")
		requireErr(t, files.ErrNoSpace, files.WriteFile(tree, "h", []byte("x")))
		tree.(files.Filler).SetFree(-5)
		require.Zero(t, tree.Space().Free)
		tree.(files.Filler).SetFree(math.MaxInt64)
		require.Equal(t, tree.Space().Total, tree.Space().Free)
	})
}

// A removed file keeps its content and its space until it is closed.
func TestRemovedWhileOpen(t *testing.T) {
	m := files.NewMemory(files.Options{Total: 1 << 20, Free: 1 << 20})
	put(t, m, "f", "text")
	f := open(t, m, "f", files.Read|files.Write)
	require.NoError(t, m.Remove("f"))
	_, err := m.Lstat("f")
	requireErr(t, files.ErrNotExist, err)
	buf := make([]byte, 4)
	_, err = f.ReadAt(buf, 0)
	require.NoError(t, err)
	require.Equal(t, "text", string(buf))
	i, err := f.Stat()
	require.NoError(t, err)
	require.Zero(t, i.Links)
	require.EqualValues(t, 1<<20-4096, m.Space().Free)
	require.NoError(t, f.Close())
	require.EqualValues(t, 1<<20, m.Space().Free)
}

// A file of 5 GiB costs what was written to it.
func TestSparse(t *testing.T) {
	m := files.NewMemory(files.Options{})
	free := m.Space().Free
	f := open(t, m, "big", files.Read|files.Write|files.Create)
	require.NoError(t, f.Truncate(5<<30))
	_, err := f.WriteAt([]byte("end"), 5<<30-3)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("middle"), 1<<32-3) // over the edge of 32 bits
	require.NoError(t, err)

	i, err := m.Lstat("big")
	require.NoError(t, err)
	require.EqualValues(t, 5<<30, i.Size)
	require.LessOrEqual(t, i.Blocks*512, int64(3*64<<10))
	require.Equal(t, free-i.Blocks*512, m.Space().Free)

	buf := make([]byte, 10)
	_, err = f.ReadAt(buf, 1<<32-5)
	require.NoError(t, err)
	require.Equal(t, "\x00\x00middle\x00\x00", string(buf))
	_, err = f.ReadAt(buf, 3<<30)
	require.NoError(t, err)
	require.Equal(t, make([]byte, 10), buf, "the old content of the buffer is gone")

	require.NoError(t, f.Truncate(1<<32))
	require.NoError(t, f.Truncate(math.MaxInt64))
	_, err = f.ReadAt(buf, 1<<32-5)
	require.NoError(t, err)
	require.Equal(t, "\x00\x00mid\x00\x00\x00\x00\x00", string(buf), "what was cut off does not come back")
	n, err := f.WriteAt([]byte("x"), math.MaxInt64-1)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, f.Truncate(0))
	require.Equal(t, free, m.Space().Free)
	i, err = f.Stat()
	require.NoError(t, err)
	require.Zero(t, i.Blocks)
}

// Times come from the clock that the tree was given.
func TestMemoryTimes(t *testing.T) {
	now := noon
	m := files.NewMemory(files.Options{Now: func() time.Time { return now }})
	at := func(name string) (i files.Info) {
		i, err := m.Lstat(name)
		require.NoError(t, err)
		return i
	}
	put(t, m, "f", "")
	require.Equal(t, noon, at("f").BirthTime)
	now = now.Add(time.Minute)
	f := open(t, m, "f", files.Read|files.Write)
	require.Equal(t, noon, at("f").ModTime)
	_, err := f.WriteAt([]byte("x"), 0)
	require.NoError(t, err)
	require.Equal(t, now, at("f").ModTime)
	require.Equal(t, noon, at("f").BirthTime)
	now = now.Add(time.Minute)
	_, err = f.WriteAt(nil, 0)
	require.NoError(t, err)
	require.NotEqual(t, now, at("f").ModTime, "nothing was written")
	require.NoError(t, f.Truncate(0))
	require.Equal(t, now, at("f").ModTime)
	require.Equal(t, noon, at("").ModTime)
	require.NoError(t, m.Rename("f", "g"))
	require.Equal(t, now, at("").ModTime)

	require.Equal(t, sim.Epoch, func() time.Time {
		i, err := files.NewMemory(files.Options{}).Lstat("/")
		require.NoError(t, err)
		return i.ModTime
	}())
}

// Directories count as those of APFS: an empty one has 64 bytes and two links.
func TestMemoryDirectorySizes(t *testing.T) {
	m := files.NewMemory(files.Options{})
	i, err := m.Lstat("/")
	require.NoError(t, err)
	require.Equal(t, files.Info{Kind: files.Directory, Size: 64, Links: 2, ModTime: sim.Epoch, BirthTime: sim.Epoch}, i)
	put(t, m, "f", "")
	require.NoError(t, m.Mkdir("d"))
	i, err = m.Lstat("/")
	require.NoError(t, err)
	require.EqualValues(t, 128, i.Size)
	require.EqualValues(t, 4, i.Links)
}

// Writing what is there already allocates nothing, nor does reading.
func TestMemoryDoesNotAllocate(t *testing.T) {
	m := files.NewMemory(files.Options{})
	f := open(t, m, "f", files.Read|files.Write|files.Create)
	data := make([]byte, 200_000)
	n := testing.AllocsPerRun(100, func() {
		if _, err := f.WriteAt(data, 1000); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(data, 1000); err != nil {
			t.Fatal(err)
		}
	})
	require.Zero(t, n)
}
