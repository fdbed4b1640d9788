package files_test

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
)

func TestFiles(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		_, err := tree.Open("f", files.Read)
		requireErr(t, files.ErrNotExist, err)
		_, err = tree.Open("d/f", files.Write|files.Create)
		requireErr(t, files.ErrNotExist, err)

		f := open(t, tree, "/f", files.Read|files.Write|files.Create)
		n, err := f.WriteAt([]byte("hello"), 0)
		require.NoError(t, err)
		require.Equal(t, 5, n)
		n, err = f.WriteAt([]byte("world"), 10)
		require.NoError(t, err)
		require.Equal(t, 5, n)
		buf := make([]byte, 20)
		n, err = f.ReadAt(buf, 0)
		require.Equal(t, io.EOF, err)
		require.Equal(t, "hello\x00\x00\x00\x00\x00world", string(buf[:n]))
		n, err = f.ReadAt(buf[:5], 10)
		require.NoError(t, err)
		require.Equal(t, "world", string(buf[:n]))
		_, err = f.ReadAt(buf, 15)
		require.Equal(t, io.EOF, err)

		require.NoError(t, f.Truncate(3))
		require.NoError(t, f.Truncate(6))
		require.Equal(t, "hel\x00\x00\x00", get(t, tree, "f"), "what was cut off does not come back")
		_, err = f.WriteAt([]byte("!"), 8)
		require.NoError(t, err)
		require.Equal(t, "hel\x00\x00\x00\x00\x00!", get(t, tree, "f"))

		put(t, tree, "f", "new")
		i, err := f.Stat()
		require.NoError(t, err)
		require.EqualValues(t, 3, i.Size, "the same file")
		require.Equal(t, files.Regular, i.Kind)
	})
}

func TestOpenFlags(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		put(t, tree, "f", "text")
		require.NoError(t, tree.Mkdir("d"))
		for _, c := range []struct {
			name string
			flag files.Flag
			want error
		}{
			{"d", files.Read, files.ErrIsDir},
			{"", files.Read, files.ErrIsDir},
			{"d", files.Write | files.Create, files.ErrIsDir},
			{"f", files.Write | files.Create | files.Exclusive, files.ErrExist},
			{"d", files.Write | files.Create | files.Exclusive, files.ErrExist},
			{"f/x", files.Read, files.ErrNotDir},
			{"f/x", files.Write | files.Create, files.ErrNotDir},
			{"x/y", files.Read, files.ErrNotExist},
			{"a\x00", files.Read, files.ErrInvalid},
		} {
			_, err := tree.Open(c.name, c.flag)
			require.Equal(t, c.want, sentinel(t, err), "%q %b", c.name, c.flag)
		}
		r := open(t, tree, "f", files.Read|files.Truncate)
		require.Equal(t, "text", get(t, tree, "f"), "who may not write does not truncate")
		_, err := r.WriteAt([]byte("x"), 0)
		requireErr(t, files.ErrPermission, err)
		requireErr(t, files.ErrPermission, r.Truncate(0))
		w := open(t, tree, "f", files.Write)
		_, err = w.ReadAt(make([]byte, 1), 0)
		requireErr(t, files.ErrPermission, err)
		for _, off := range []int64{-1, math.MinInt64} {
			_, err = r.ReadAt(make([]byte, 1), off)
			requireErr(t, files.ErrInvalid, err)
			_, err = w.WriteAt(make([]byte, 1), off)
			requireErr(t, files.ErrInvalid, err)
			requireErr(t, files.ErrInvalid, w.Truncate(off))
		}
		_, err = w.WriteAt([]byte("xx"), math.MaxInt64)
		requireErr(t, files.ErrTooLarge, err)
		x := open(t, tree, "new", files.Write|files.Create|files.Exclusive)
		require.NoError(t, x.Close())
		requireErr(t, files.ErrClosed, x.Close())
		_, err = x.WriteAt([]byte("x"), 0)
		requireErr(t, files.ErrClosed, err)
		_, err = x.Stat()
		requireErr(t, files.ErrClosed, err)
		requireErr(t, files.ErrClosed, x.Truncate(0))
		requireErr(t, files.ErrClosed, x.Lock(files.Shared))
	})
}

func TestDirectories(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, tree.Mkdir("d"))
		requireErr(t, files.ErrExist, tree.Mkdir("/d/"))
		requireErr(t, files.ErrExist, tree.Mkdir("/"))
		requireErr(t, files.ErrNotExist, tree.Mkdir("x/y"))
		for _, n := range []string{"b", "a", "C", "ü", "a b"} {
			put(t, tree, "d/"+n, n)
		}
		names, err := tree.ReadDir("d")
		require.NoError(t, err)
		require.Equal(t, []string{"C", "a", "a b", "b", "ü"}, names)
		names, err = tree.ReadDir("")
		require.NoError(t, err)
		require.Equal(t, []string{"d"}, names)
		_, err = tree.ReadDir("x")
		requireErr(t, files.ErrNotExist, err)
		_, err = tree.ReadDir("d/a")
		requireErr(t, files.ErrNotDir, err)

		requireErr(t, files.ErrNotEmpty, tree.Remove("d"))
		requireErr(t, files.ErrNotExist, tree.Remove("x"))
		requireErr(t, files.ErrNotDir, tree.Remove("d/a/b"))
		requireErr(t, files.ErrPermission, tree.Remove("/"))
		require.NoError(t, files.RemoveAll(tree, "d"))
		requireErr(t, files.ErrNotExist, files.RemoveAll(tree, "d"))
		requireErr(t, files.ErrPermission, files.RemoveAll(tree, "/"))
		names, err = tree.ReadDir("/")
		require.NoError(t, err)
		require.Empty(t, names)
	})
}

func TestMkdirAll(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "/a/b/../b/c/"))
		require.NoError(t, files.MkdirAll(tree, "a/b/c"), "again")
		require.NoError(t, files.MkdirAll(tree, "/"))
		put(t, tree, "f", "")
		requireErr(t, files.ErrExist, files.MkdirAll(tree, "f"))
		requireErr(t, files.ErrExist, files.MkdirAll(tree, "f/x"))
		requireErr(t, files.ErrExist, files.MkdirAll(tree, "f/x/y"))
		require.NoError(t, tree.Symlink("a", "l"))
		require.NoError(t, files.MkdirAll(tree, "l"))
		require.NoError(t, files.MkdirAll(tree, "l/b/d"))
		names, err := tree.ReadDir("a/b")
		require.NoError(t, err)
		require.Equal(t, []string{"c", "d"}, names)
	})
}

func TestRename(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "d/sub"))
		require.NoError(t, tree.Mkdir("empty"))
		put(t, tree, "f", "f")
		put(t, tree, "g", "g")
		for _, c := range []struct {
			from, to string
			want     error
		}{
			{"x", "y", files.ErrNotExist},
			{"f", "x/y", files.ErrNotExist},
			{"f/x", "y", files.ErrNotDir},
			{"f", "g/x", files.ErrNotDir},
			{"f", "d", files.ErrIsDir},
			{"d", "f", files.ErrNotDir},
			{"empty", "d", files.ErrNotEmpty},
			{"d", "d/sub/x", files.ErrInvalid},
			{"/", "x", files.ErrPermission},
			{"f", "/", files.ErrPermission},
		} {
			require.Equal(t, c.want, sentinel(t, tree.Rename(c.from, c.to)), "%s to %s", c.from, c.to)
		}
		require.NoError(t, tree.Rename("f", "f"))
		require.Equal(t, "f", get(t, tree, "f"))
		require.NoError(t, tree.Rename("f", "g"))
		require.Equal(t, "f", get(t, tree, "g"))
		require.NoError(t, tree.Rename("d", "empty"))
		require.NoError(t, tree.Rename("g", "empty/sub/g"))
		require.Equal(t, "f", get(t, tree, "empty/sub/g"))
		names, err := tree.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"empty"}, names)
	})
}

// A directory does not go into itself, by no name of it, and what stood at the
// place it was to take stays.
func TestRenameIntoItself(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "d/sub/deep"))
		require.NoError(t, tree.Symlink("d/sub", "link"))
		for _, to := range []string{"d/sub/deep", "link/deep", "link/new"} {
			requireErr(t, files.ErrInvalid, tree.Rename("d", to))
		}
		i, err := tree.Lstat("d/sub/deep")
		require.NoError(t, err)
		require.Equal(t, files.Directory, i.Kind)
	})
}

func TestHardLinks(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		put(t, tree, "f", "text")
		require.NoError(t, tree.Mkdir("d"))
		require.NoError(t, tree.Link("f", "d/g"))
		requireErr(t, files.ErrExist, tree.Link("f", "d/g"))
		requireErr(t, files.ErrNotExist, tree.Link("x", "y"))
		requireErr(t, files.ErrPermission, tree.Link("d", "e"))
		i, err := tree.Lstat("d/g")
		require.NoError(t, err)
		require.EqualValues(t, 2, i.Links)
		require.Equal(t, "g", i.Name)
		put(t, tree, "d/g", "changed")
		require.Equal(t, "changed", get(t, tree, "f"))
		require.NoError(t, tree.Rename("f", "d/g"), "one file: nothing happens")
		require.Equal(t, "changed", get(t, tree, "f"))
		require.NoError(t, tree.Remove("f"))
		require.Equal(t, "changed", get(t, tree, "d/g"))
	})
}

func TestSymbolicLinks(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "d/sub"))
		put(t, tree, "d/f", "text")
		require.NoError(t, tree.Symlink("../f", "d/sub/l"))
		i, err := tree.Lstat("d/sub/l")
		require.NoError(t, err)
		require.Equal(t, files.SymbolicLink, i.Kind)
		require.Equal(t, "../f", i.Target)
		require.EqualValues(t, 4, i.Size)
		require.Equal(t, "text", get(t, tree, "d/sub/l"))
		requireErr(t, files.ErrExist, tree.Symlink("x", "d/sub/l"))

		require.NoError(t, tree.Symlink("d/sub/..", "dir"))
		require.Equal(t, "text", get(t, tree, "dir/f"))
		names, err := tree.ReadDir("dir")
		require.NoError(t, err)
		require.Equal(t, []string{"f", "sub"}, names)
		requireErr(t, files.ErrExist, tree.Mkdir("dir"))
		require.NoError(t, tree.Remove("dir"), "the link, not what it leads to")
		require.Equal(t, "text", get(t, tree, "d/f"))

		require.NoError(t, tree.Symlink("nowhere", "dangling"))
		_, err = tree.Open("dangling", files.Read)
		requireErr(t, files.ErrNotExist, err)
		_, err = tree.Open("dangling", files.Write|files.Create|files.Exclusive)
		requireErr(t, files.ErrExist, err)
		put(t, tree, "dangling", "made")
		require.Equal(t, "made", get(t, tree, "nowhere"))

		requireErr(t, files.ErrInvalid, tree.Symlink("", "l"))
		requireErr(t, files.ErrInvalid, tree.Symlink("a\x00", "l"))
		requireErr(t, files.ErrNameTooLong, tree.Symlink(strings.Repeat("x", 1024), "l"))

		require.NoError(t, tree.Symlink("b", "a"))
		require.NoError(t, tree.Symlink("a", "b"))
		_, err = tree.Open("a", files.Read)
		requireErr(t, files.ErrLoop, err)
		_, err = tree.ReadDir("a/x")
		requireErr(t, files.ErrLoop, err)
	})
}

// No link leads out of the tree, whatever it is used for.
func TestLinksStayInTheTree(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, tree.Mkdir("d"))
		for name, target := range map[string]string{"abs": "/etc", "up": "..", "deep": "../../../../etc", "d/up2": "../.."} {
			require.NoError(t, tree.Symlink(target, name), "that it stands there is no harm")
			_, err := tree.ReadDir(name)
			requireErr(t, files.ErrPermission, err)
			_, err = tree.Open(name+"/passwd", files.Read)
			requireErr(t, files.ErrPermission, err)
			_, err = tree.Open(name+"/new", files.Write|files.Create)
			requireErr(t, files.ErrPermission, err)
			requireErr(t, files.ErrPermission, tree.Mkdir(name+"/new"))
			requireErr(t, files.ErrPermission, tree.Rename("d", name+"/new"))
			requireErr(t, files.ErrPermission, tree.SetModTime(name, noon))
			_, err = tree.Sub(name)
			requireErr(t, files.ErrPermission, err)
			_, err = tree.Lstat(name)
			require.NoError(t, err)
		}
		require.NoError(t, tree.Symlink("../d", "d/self"))
		names, err := tree.ReadDir("d/self")
		require.NoError(t, err)
		require.Equal(t, []string{"self", "up2"}, names)
	})
}

func TestTimes(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		put(t, tree, "f", "")
		require.NoError(t, tree.Symlink("f", "l"))
		require.NoError(t, tree.SetModTime("l", noon))
		i, err := tree.Lstat("f")
		require.NoError(t, err)
		require.True(t, noon.Equal(i.ModTime), "%v", i.ModTime)
		require.False(t, i.BirthTime.IsZero())
		i, err = tree.Lstat("l")
		require.NoError(t, err)
		require.False(t, noon.Equal(i.ModTime))
		requireErr(t, files.ErrNotExist, tree.SetModTime("x", noon))
	})
}

func TestSub(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "app/Documents"))
		put(t, tree, "secret", "s")
		sub, err := tree.Sub("app")
		require.NoError(t, err)
		put(t, sub, "/../../Documents/f", "text")
		require.Equal(t, "text", get(t, tree, "app/Documents/f"))
		require.Equal(t, tree.Space(), sub.Space())
		i, err := sub.Lstat("/")
		require.NoError(t, err)
		require.Equal(t, files.Directory, i.Kind)
		require.Empty(t, i.Name)
		requireErr(t, files.ErrPermission, sub.Remove("/"))

		require.NoError(t, sub.Symlink("../secret", "out"))
		_, err = sub.Open("out", files.Read)
		requireErr(t, files.ErrPermission, err)
		require.Equal(t, "s", get(t, tree, "app/out"), "within the whole tree it leads somewhere")

		_, err = tree.Sub("secret")
		requireErr(t, files.ErrNotDir, err)
		_, err = tree.Sub("x")
		requireErr(t, files.ErrNotExist, err)
	})
}

func TestLocks(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		put(t, tree, "f", "")
		put(t, tree, "other", "")
		require.NoError(t, tree.Link("f", "g"))
		a, b, c := open(t, tree, "f", files.Read), open(t, tree, "f", files.Read), open(t, tree, "g", files.Write)
		other := open(t, tree, "other", files.Read)

		require.NoError(t, a.Lock(files.Alone))
		require.NoError(t, a.Lock(files.Alone), "again")
		require.NoError(t, other.Lock(files.Alone))
		requireErr(t, files.ErrWouldBlock, b.Lock(files.Alone))
		requireErr(t, files.ErrWouldBlock, c.Lock(files.Shared))
		require.NoError(t, b.Lock(files.Unlock), "what one has not one may give up")
		requireErr(t, files.ErrWouldBlock, b.Lock(files.Shared))

		require.NoError(t, a.Lock(files.Shared))
		require.NoError(t, b.Lock(files.Shared))
		require.NoError(t, c.Lock(files.Shared))
		requireErr(t, files.ErrWouldBlock, a.Lock(files.Alone))
		require.NoError(t, b.Lock(files.Unlock))
		requireErr(t, files.ErrWouldBlock, a.Lock(files.Alone))
		require.NoError(t, c.Close())
		require.NoError(t, a.Lock(files.Alone))
		require.NoError(t, a.Close())
		require.NoError(t, b.Lock(files.Alone))
	})
}

func TestWalk(t *testing.T) {
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, files.MkdirAll(tree, "b/c"))
		put(t, tree, "b/c/f", "12345")
		put(t, tree, "a", "1")
		require.NoError(t, tree.Symlink("b", "l"))
		var seen []string
		require.NoError(t, files.Walk(tree, "/", func(name string, i files.Info) error {
			seen = append(seen, name+" "+i.Kind.String())
			return nil
		}))
		require.Equal(t, []string{" directory", "a file", "b directory", "b/c directory", "b/c/f file", "l symbolic link"}, seen)
		err := files.Walk(tree, "b", func(string, files.Info) error { return io.ErrUnexpectedEOF })
		require.Equal(t, io.ErrUnexpectedEOF, err)
		requireErr(t, files.ErrNotExist, files.Walk(tree, "x", nil))
	})
}
