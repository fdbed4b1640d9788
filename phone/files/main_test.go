package files_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/phone/files"
)

// scratch is a directory for all tests, removed at the end.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "files"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(scratch)
		os.Exit(code)
	}))
}

// both runs a test on a tree of each kind, with 1 MiB free.
func both(t *testing.T, test func(t *testing.T, tree files.Tree)) {
	o := files.Options{Total: 10 << 20, Free: 1 << 20}
	t.Run("memory", func(t *testing.T) { test(t, files.NewMemory(o)) })
	t.Run("host", func(t *testing.T) { test(t, newHost(t, o)) })
}

func newHost(t testing.TB, o files.Options) *files.Host {
	h, err := files.NewHost(t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return h
}

// sentinels are all that an error of a tree may hold.
var sentinels = []error{
	files.ErrNotExist, files.ErrExist, files.ErrPermission, files.ErrInvalid, files.ErrClosed, files.ErrIsDir, files.ErrNotDir,
	files.ErrNotEmpty, files.ErrNoSpace, files.ErrTooLarge, files.ErrLoop, files.ErrNameTooLong, files.ErrWouldBlock, io.EOF,
}

// sentinel returns the one that err holds; it must be a proper error of a tree.
func sentinel(t require.TestingT, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var pe *fs.PathError
	require.ErrorAs(t, err, &pe)
	require.NotEmpty(t, pe.Op)
	require.Equal(t, "/", pe.Path[:1])
	require.Contains(t, sentinels, pe.Err)
	require.True(t, errors.Is(err, pe.Err))
	return pe.Err
}

func requireErr(t *testing.T, want, err error) {
	t.Helper()
	require.Equal(t, want, sentinel(t, err))
}

// put writes a file.
func put(t testing.TB, tree files.Tree, name, text string) {
	t.Helper()
	require.NoError(t, files.WriteFile(tree, name, []byte(text)))
}

// get reads a file.
func get(t testing.TB, tree files.Tree, name string) string {
	t.Helper()
	b, err := files.ReadFile(tree, name)
	require.NoError(t, err)
	return string(b)
}

// open opens a file that is closed when the test ends.
func open(t testing.TB, tree files.Tree, name string, flag files.Flag) files.File {
	t.Helper()
	f, err := tree.Open(name, flag)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

var noon = time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)

// newHostRapid is newHost for a run of rapid: its directory is removed by the
// test around it.
func newHostRapid(t *rapid.T, o files.Options) *files.Host {
	dir, err := os.MkdirTemp(scratch, "run")
	require.NoError(t, err)
	h, err := files.NewHost(dir, o)
	require.NoError(t, err)
	return h
}
