package afc_test

import (
	"crypto/sha1"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// What each operation on a path is refused with. In the tree are a directory
// "dir" with a file "in" and an empty directory "sub", a file "file", a link
// "out" that leads out of the tree, and a link "loop" to itself.
func TestStatusOfPaths(t *testing.T) {
	for _, c := range []struct {
		req  afc.Request
		want afc.Status
	}{
		{afc.Request{Op: afc.OpReadDir, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpReadDir, Path: "nothing/at/all/"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpReadDir, Path: "file"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpReadDir, Path: "out"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpReadDir, Path: "loop"}, afc.StatusUnknownError},
		{afc.Request{Op: afc.OpReadDir, Path: strings.Repeat("x", 300)}, afc.StatusUnknownError},
		{afc.Request{Op: afc.OpReadDir, Path: "\xff"}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpReadDir, Path: "/../../dir/./sub/"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpReadDir, Path: ""}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpReadDir, Path: "."}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpGetFileInfo, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpGetFileInfo, Path: "file/in"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpGetFileInfo, Path: "out/passwd"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpGetFileInfo, Path: "out"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpGetFileInfo, Path: "/"}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpMakeDir, Path: "dir"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpMakeDir, Path: "/"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpMakeDir, Path: "a/b/c/d/"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpMakeDir, Path: "file"}, afc.StatusObjectExists},
		{afc.Request{Op: afc.OpMakeDir, Path: "file/sub"}, afc.StatusObjectExists},
		{afc.Request{Op: afc.OpMakeDir, Path: "out/new"}, afc.StatusPermDenied},

		{afc.Request{Op: afc.OpRemovePath, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpRemovePath, Path: "nothing/./at/all/"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpRemovePath, Path: "file/in"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpRemovePath, Path: "dir"}, afc.StatusDirNotEmpty},
		{afc.Request{Op: afc.OpRemovePath, Path: "/"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpRemovePath, Path: "dir/sub"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpRemovePath, Path: "out"}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpRemovePathAndContents, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpRemovePathAndContents, Path: "/"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpRemovePathAndContents, Path: "dir"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpRemovePathAndContents, Path: "file"}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpRenamePath, Path: "nothing", NewPath: "new"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpRenamePath, Path: "file", NewPath: "nothing/new"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpRenamePath, Path: "file/x", NewPath: "new"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpRenamePath, Path: "dir/in", NewPath: "file/new"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpRenamePath, Path: "file", NewPath: "dir"}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpRenamePath, Path: "dir", NewPath: "file"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpRenamePath, Path: "dir", NewPath: "dir/sub/x"}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpRenamePath, Path: "dir", NewPath: "/"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpRenamePath, Path: "file", NewPath: "file"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpRenamePath, Path: "file", NewPath: "dir/in"}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.HardLink, Path: "nothing", NewPath: "new"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.HardLink, Path: "dir", NewPath: "new"}, afc.StatusPermDenied},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.HardLink, Path: "file", NewPath: "dir"}, afc.StatusObjectExists},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.SymbolicLink, Path: "nothing", NewPath: "file"}, afc.StatusObjectExists},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.SymbolicLink, Path: "", NewPath: "new"}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.SymbolicLink, Path: "nothing", NewPath: "new"}, afc.StatusSuccess},
		{afc.Request{Op: afc.OpMakeLink, LinkType: 3, Path: "file", NewPath: "new"}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpMakeLink, LinkType: 0, Path: "file", NewPath: "new"}, afc.StatusInvalidArgument},

		{afc.Request{Op: afc.OpTruncateFile, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpTruncateFile, Path: "dir"}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpTruncateFile, Path: "file", Size: 1 << 63}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpTruncateFile, Path: "file", Size: 5 << 30}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpSetModTime, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpSetModTime, Path: "file", Time: math.MaxUint64}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpSetModTime, Path: "dir", Time: 1}, afc.StatusSuccess},

		{afc.Request{Op: afc.OpFileRefOpen, Path: "nothing", Mode: afc.ModeRead}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "nothing/new", Mode: afc.ModeWrite}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "dir", Mode: afc.ModeRead}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "dir", Mode: afc.ModeWrite}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "file/in", Mode: afc.ModeRead}, afc.StatusReadError},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "file", Mode: 0}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "file", Mode: 7}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpFileRefOpen, Path: "out/passwd", Mode: afc.ModeRead}, afc.StatusPermDenied},

		{afc.Request{Op: afc.OpGetFileHash, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpGetFileHash, Path: "dir"}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpGetFileHashWithRange, Path: "file", Offset: -1}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpGetSizeOfPathContents, Path: "nothing"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpDirOpen, Path: "file"}, afc.StatusReadError},
		{afc.Request{Op: afc.OpWriteFileAtomic, Path: "dir"}, afc.StatusObjectIsDir},
		{afc.Request{Op: afc.OpWriteFileAtomic, Path: "nothing/new"}, afc.StatusObjectNotFound},
		{afc.Request{Op: afc.OpWriteFileAtomic, Path: "\xff"}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpWriteFileAtomic, Path: "/"}, afc.StatusObjectIsDir},

		{afc.Request{Op: afc.OpSetFSBlockSize, Size: 0}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpSetSocketBlockSize, Size: 0}, afc.StatusInvalidArgument},
		{afc.Request{Op: afc.OpSetSocketBlockSize, Size: 0x800000}, afc.StatusSuccess},
	} {
		t.Run(c.req.Op.String()+" "+c.req.Path, func(t *testing.T) {
			run(t, func(cl *afctest.Client) {
				require.NoError(t, cl.Mkdir("dir/sub"))
				put(t, cl, "dir/in", "in")
				put(t, cl, "file", "file")
				require.NoError(t, cl.Link(afc.SymbolicLink, "../..", "out"))
				require.NoError(t, cl.Link(afc.SymbolicLink, "loop", "loop"))
				_, err := do(cl, c.req)
				requireStatus(t, c.want, err)
				_, err = cl.ReadDir("/")
				require.NoError(t, err, "the connection goes on")
			})
		})
	}
}

func TestReadDir(t *testing.T) {
	run(t, func(c *afctest.Client) {
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Empty(t, names)
		for _, n := range []string{"b", "a", "Ünicode 日本", "c/d"} {
			require.NoError(t, c.Mkdir(n))
		}
		names, err = c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "c", "Ünicode 日本"}, names)
	})
}

// A listing that is larger than any buffer arrives whole.
func TestReadLongDir(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	var want []string
	for i := range 5000 {
		name := strings.Repeat("n", 100) + string(rune('a'+i/676)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
		require.NoError(t, tree.Mkdir(name))
		want = append(want, name)
	}
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, want, names)

		h, err := do(c, afc.Request{Op: afc.OpDirOpen, Path: "/"})
		require.NoError(t, err)
		var got []string
		for {
			var b strings.Builder
			_, err := c.Do(&afc.Request{Op: afc.OpDirRead, Handle: h}, nil, &b)
			require.NoError(t, err)
			if b.Len() == 0 {
				break
			}
			require.LessOrEqual(t, b.Len(), 16<<10)
			for n := range afc.Strings([]byte(b.String())) {
				got = append(got, n)
			}
		}
		require.Equal(t, append([]string{".", ".."}, want...), got)
		_, err = do(c, afc.Request{Op: afc.OpDirClose, Handle: h})
		require.NoError(t, err)
		_, err = do(c, afc.Request{Op: afc.OpDirClose, Handle: h})
		requireStatus(t, afc.StatusInvalidArgument, err)
		_, err = do(c, afc.Request{Op: afc.OpDirRead, Handle: h})
		requireStatus(t, afc.StatusInvalidArgument, err)
	})
}

func TestFileInfo(t *testing.T) {
	tree := files.NewMemory(files.Options{Now: func() time.Time { return sim.Epoch }})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		put(t, c, "file", "12345")
		require.NoError(t, c.Mkdir("dir/sub"))
		require.NoError(t, c.Link(afc.HardLink, "file", "dir/second"))
		require.NoError(t, c.Link(afc.SymbolicLink, "../file", "dir/link"))
		set := time.Date(2001, 9, 9, 1, 46, 40, 123456789, time.UTC)
		require.NoError(t, c.SetModTime("dir/link", set), "a link is followed")
		epoch := uint64(sim.Epoch.UnixNano())
		for path, want := range map[string]afc.FileInfo{
			"file":     {Size: 5, Blocks: 8, Links: 2, Format: "S_IFREG", ModTime: 1_000_000_000_123_456_789, BirthTime: epoch},
			"dir":      {Size: 160, Links: 5, Format: "S_IFDIR", ModTime: epoch, BirthTime: epoch},
			"dir/sub":  {Size: 64, Links: 2, Format: "S_IFDIR", ModTime: epoch, BirthTime: epoch},
			"dir/link": {Size: 7, Links: 1, Format: "S_IFLNK", ModTime: epoch, BirthTime: epoch, LinkTarget: "../file"},
		} {
			got, err := c.Stat(path)
			require.NoError(t, err)
			require.Equal(t, want, got, path)
		}
	})
}

func TestOldTimes(t *testing.T) {
	tree := files.NewMemory(files.Options{Now: func() time.Time { return time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC) }})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		i, err := c.Stat("/")
		require.NoError(t, err)
		require.Zero(t, i.ModTime)
	})
}

func TestDeviceInfo(t *testing.T) {
	run(t, func(c *afctest.Client) {
		d, err := c.DeviceInfo()
		require.NoError(t, err)
		require.Equal(t, afc.DeviceInfo{Model: "iPhone14,7", TotalBytes: 2 << 30, FreeBytes: 1 << 30, BlockSize: 4096}, d)
		put(t, c, "f", "x")
		d, err = c.DeviceInfo()
		require.NoError(t, err)
		require.EqualValues(t, 1<<30-4096, d.FreeBytes)
	})
}

func TestRemoveAll(t *testing.T) {
	run(t, func(c *afctest.Client) {
		require.NoError(t, c.Mkdir("keep"))
		put(t, c, "keep/f", "x")
		require.NoError(t, c.Mkdir("a/b/c"))
		put(t, c, "a/b/f", "x")
		require.NoError(t, c.Link(afc.SymbolicLink, "../keep", "a/link"))
		require.NoError(t, c.RemoveAll("a"))
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"keep"}, names)
		require.Equal(t, "x", get(t, c, "keep/f"), "links are removed, not followed")
	})
}

func TestHash(t *testing.T) {
	run(t, func(c *afctest.Client) {
		text := strings.Repeat("0123456789", 20_000)
		put(t, c, "f", text)
		got, err := c.Hash("f")
		require.NoError(t, err)
		want := sha1.Sum([]byte(text))
		require.Equal(t, want[:], got)
		for _, r := range []struct {
			off  int64
			n    uint64
			text string
		}{{5, 10, text[5:15]}, {199_995, math.MaxUint64, text[199_995:]}, {1 << 40, 5, ""}, {1 << 40, math.MaxUint64, ""}, {3, 0, ""}} {
			var b strings.Builder
			_, err := c.Do(&afc.Request{Op: afc.OpGetFileHashWithRange, Path: "f", Offset: r.off, Length: r.n}, nil, &b)
			require.NoError(t, err)
			want := sha1.Sum([]byte(r.text))
			require.Equal(t, string(want[:]), b.String())
		}
	})
}

// Hashing costs the machine's time, so a file that is too long is refused.
func TestHashIsBounded(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{MaxHash: 1000}, func(_ *sim.World, c *afctest.Client) {
		put(t, c, "f", "x")
		require.NoError(t, c.Truncate("f", 1001))
		_, err := c.Hash("f")
		requireStatus(t, afc.StatusTooMuchData, err)
		require.NoError(t, c.Truncate("f", 1000))
		_, err = c.Hash("f")
		require.NoError(t, err)
	})
}

func TestSizeOfPathContents(t *testing.T) {
	run(t, func(c *afctest.Client) {
		require.NoError(t, c.Mkdir("a/b"))
		put(t, c, "a/f", "12345")
		put(t, c, "a/b/f", "1234")
		put(t, c, "outside", "1")
		var b strings.Builder
		_, err := c.Do(&afc.Request{Op: afc.OpGetSizeOfPathContents, Path: "a"}, nil, &b)
		require.NoError(t, err)
		require.Equal(t, []afc.Pair{{Key: "st_size", Value: "9"}, {Key: "st_blocks", Value: "16"}}, afc.ParsePairs([]byte(b.String())))
	})
}

func TestConnectionOptions(t *testing.T) {
	run(t, func(c *afctest.Client) {
		info := func() []afc.Pair {
			var b strings.Builder
			_, err := c.Do(&afc.Request{Op: afc.OpGetConnectionInfo}, nil, &b)
			require.NoError(t, err)
			return afc.ParsePairs([]byte(b.String()))
		}
		require.Empty(t, info())
		_, err := do(c, afc.Request{Op: afc.OpSetFSBlockSize, Size: 0x800000})
		require.NoError(t, err)
		_, err = c.Do(&afc.Request{Op: afc.OpSetConnectionOptions}, afc.AppendStrings(nil, "Key", "value"), nil)
		require.NoError(t, err)
		want := []afc.Pair{{Key: "FSBlockSize", Value: "8388608"}, {Key: "Key", Value: "value"}}
		require.Equal(t, want, info())
		_, err = c.Do(&afc.Request{Op: afc.OpSetConnectionOptions}, make([]byte, 5000), nil)
		requireStatus(t, afc.StatusTooMuchData, err)
		require.Equal(t, want, info(), "nothing has changed")
	})
}
