package afc_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// source is 2,000 files in 40 directories, of sizes around the edges of buffers,
// and their hashes.
func source() (content func(i int) []byte, name func(i int) string) {
	all := noise(200_000)
	sizes := []int{0, 1, 39, 40, 4095, 4096, 4097, 16384, 65535, 65536, 65537, 100_000}
	content = func(i int) []byte {
		n := sizes[i%len(sizes)]
		return all[i%1000 : i%1000+n]
	}
	name = func(i int) string {
		return fmt.Sprintf("/copy/dir %02d/sub/file-%04d ü.bin", i%40, i)
	}
	return content, name
}

// Copy a tree in, as ifuse does (writes of 64 KiB), and out again through
// another connection (reads of 32 KiB), by hash; then remove it.
func TestCopyTree(t *testing.T) {
	const count = 2000
	for kind, tree := range map[string]files.Tree{
		"memory": files.NewMemory(files.Options{}),
		"host":   hostTree(t),
	} {
		t.Run(kind, func(t *testing.T) {
			content, name := source()
			afctest.Run(t, tree, service.Options{}, func(w *sim.World, c *afctest.Client) {
				before, err := c.DeviceInfo()
				require.NoError(t, err)
				for i := range count {
					require.NoError(t, c.Mkdir(path.Dir(name(i))))
					f := open(t, c, name(i), afc.ModeWrite)
					for rest := content(i); len(rest) > 0; {
						n := min(64<<10, len(rest))
						_, err := f.Write(rest[:n])
						require.NoError(t, err)
						rest = rest[n:]
					}
					require.NoError(t, f.Close())
				}

				out, ended := afctest.Serve(w, tree, service.Options{})
				found := 0
				var walk func(dir string)
				walk = func(dir string) {
					names, err := out.ReadDir(dir)
					require.NoError(t, err)
					for _, n := range names {
						n = path.Join(dir, n)
						info, err := out.Stat(n)
						require.NoError(t, err)
						if info.Format == afc.FormatDirectory {
							walk(n)
							continue
						}
						found++
						var i int
						_, err = fmt.Sscanf(path.Base(n), "file-%d", &i)
						require.NoError(t, err)
						require.Equal(t, name(i), n)
						require.EqualValues(t, len(content(i)), info.Size)
						h := sha256.New()
						f := open(t, out, n, afc.ModeRead)
						_, err = io.CopyBuffer(h, struct{ io.Reader }{f}, make([]byte, 32<<10))
						require.NoError(t, err)
						require.NoError(t, f.Close())
						want := sha256.Sum256(content(i))
						require.True(t, bytes.Equal(want[:], h.Sum(nil)), n)
					}
				}
				walk("/copy")
				require.Equal(t, count, found)
				require.NoError(t, out.RemoveAll("/copy"))
				after, err := out.DeviceInfo()
				require.NoError(t, err)
				require.Equal(t, before.FreeBytes, after.FreeBytes)
				require.NoError(t, out.Close())
				require.NoError(t, ended())
			})
		})
	}
}

// hostTree is a tree over a directory that is removed when the test ends.
func hostTree(t testing.TB) files.Tree {
	h, err := files.NewHost(t.TempDir(), files.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return h
}
