//go:build unix

package files_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
)

func TestNewHostErrors(t *testing.T) {
	_, err := files.NewHost(filepath.Join(t.TempDir(), "nowhere"), files.Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// What is there already is shown, and no error names the machine's directory.
func TestHostShowsTheDirectory(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "DCIM"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "DCIM", "a.jpg"), []byte("picture"), 0o644))
	h, err := files.NewHost(dir, files.Options{})
	require.NoError(t, err)
	require.Equal(t, "picture", get(t, h, "/DCIM/a.jpg"))
	put(t, h, "new", "text")
	b, err := os.ReadFile(filepath.Join(dir, "new"))
	require.NoError(t, err)
	require.Equal(t, "text", string(b))
	for _, name := range []string{"x", "DCIM/a.jpg/x", "../../../../../../etc/passwd"} {
		_, err = h.Open(name, files.Read)
		require.Error(t, err)
		require.NotContains(t, err.Error(), dir)
	}
	i, err := h.Lstat("DCIM/a.jpg")
	require.NoError(t, err)
	require.EqualValues(t, 1, i.Links)
	require.Positive(t, i.Blocks)

	require.NoError(t, h.Close())
	_, err = h.Lstat("new")
	requireErr(t, files.ErrClosed, err)
}

// A link that was there before leads nowhere if it leads out.
func TestHostLinksOfOthers(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("s"), 0o644))
	dir := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "l")))
	h, err := files.NewHost(dir, files.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	_, err = h.Open("l", files.Read)
	requireErr(t, files.ErrPermission, err)
	_, err = h.Open("l", files.Write|files.Truncate)
	requireErr(t, files.ErrPermission, err)
	b, err := os.ReadFile(outside)
	require.NoError(t, err)
	require.Equal(t, "s", string(b))
}

// What is no file is described and listed, but never opened: a pipe would wait
// for its other end.
func TestHostSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	h, err := files.NewHost(dir, files.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	for name, kind := range map[string]files.Kind{"pipe": files.Pipe, "socket": files.Socket} {
		i, err := h.Lstat(name)
		require.NoError(t, err)
		require.Equal(t, kind, i.Kind)
		_, err = h.Open(name, files.Read)
		requireErr(t, files.ErrPermission, err)
		_, err = h.ReadDir(name)
		requireErr(t, files.ErrNotDir, err)
	}
	names, err := h.ReadDir("/")
	require.NoError(t, err)
	require.Equal(t, []string{"pipe", "socket"}, names)
}

// Sizes over 4 GiB pass through the machine's file system too.
func TestHostLargeFile(t *testing.T) {
	h := newHost(t, files.Options{})
	f := open(t, h, "big", files.Read|files.Write|files.Create)
	require.NoError(t, f.Truncate(5<<30))
	_, err := f.WriteAt([]byte("end"), 5<<30-3)
	require.NoError(t, err)
	i, err := h.Lstat("big")
	require.NoError(t, err)
	require.EqualValues(t, 5<<30, i.Size)
	buf := make([]byte, 3)
	_, err = f.ReadAt(buf, 5<<30-3)
	require.NoError(t, err)
	require.Equal(t, "end", string(buf))
}

func TestHostClosesItsSubTrees(t *testing.T) {
	h, err := files.NewHost(t.TempDir(), files.Options{})
	require.NoError(t, err)
	require.NoError(t, h.Mkdir("d"))
	sub, err := h.Sub("d")
	require.NoError(t, err)
	require.NoError(t, h.Close())
	requireErr(t, files.ErrClosed, sub.Mkdir("x"))
	require.NoError(t, h.Close(), "again")
}

func TestKinds(t *testing.T) {
	var names []string
	for k := files.Kind(0); k <= files.Socket; k++ {
		names = append(names, k.String())
	}
	require.Equal(t, "unknown kind,file,directory,symbolic link,block device,character device,pipe,socket", strings.Join(names, ","))
	i, err := os.Lstat("/dev/null")
	require.NoError(t, err)
	require.NotZero(t, i.Mode()&fs.ModeCharDevice)
	h, err := files.NewHost("/dev", files.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	n, err := h.Lstat("null")
	require.NoError(t, err)
	require.Equal(t, files.CharDevice, n.Kind)
}
