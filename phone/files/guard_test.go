package files_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
)

func TestReadOnly(t *testing.T) {
	m := files.NewMemory(files.Options{})
	put(t, m, "f", "text")
	require.NoError(t, m.Mkdir("d"))
	r := files.ReadOnly(m)
	require.Equal(t, "text", get(t, r, "f"))
	_, err := r.ReadDir("/")
	require.NoError(t, err)
	sub, err := r.Sub("d")
	require.NoError(t, err)
	for name, err := range map[string]error{
		"write":        files.WriteFile(r, "f", nil),
		"mkdir":        r.Mkdir("e"),
		"remove":       r.Remove("f"),
		"rename":       r.Rename("f", "g"),
		"link":         r.Link("f", "g"),
		"symlink":      r.Symlink("f", "g"),
		"set time":     r.SetModTime("f", noon),
		"mkdir in sub": sub.Mkdir("e"),
	} {
		require.Equal(t, files.ErrPermission, sentinel(t, err), name)
	}
	_, err = r.Open("f", files.Write)
	requireErr(t, files.ErrPermission, err)
	require.Equal(t, m.Space(), r.Space())
	requireErr(t, files.ErrInvalid, r.Mkdir("a\x00"))
}

// An app's container of which only Documents may be seen, as house_arrest shows
// it for VendDocuments.
func TestGuard(t *testing.T) {
	m := files.NewMemory(files.Options{})
	require.NoError(t, files.MkdirAll(m, "Documents/sub"))
	require.NoError(t, m.Mkdir("Library"))
	put(t, m, "Library/secret", "s")
	g := &files.Guard{Tree: m, Allow: func(name string, change bool) bool {
		return strings.HasPrefix(name+"/", "Documents/") && (name != "Documents" || !change)
	}}
	put(t, g, "Documents/f", "text")
	put(t, g, "/x/../Documents/sub/../g", "text")
	_, err := g.ReadDir("/")
	requireErr(t, files.ErrPermission, err)
	_, err = g.ReadDir("Documents")
	require.NoError(t, err)
	_, err = g.Lstat("Library/secret")
	requireErr(t, files.ErrPermission, err)
	_, err = g.Lstat("Library/nothing")
	requireErr(t, files.ErrPermission, err)
	_, err = g.Open("Documents/../Library/secret", files.Read)
	requireErr(t, files.ErrPermission, err)
	requireErr(t, files.ErrPermission, g.Rename("Documents/f", "Library/f"))
	requireErr(t, files.ErrPermission, g.Rename("Library/secret", "Documents/s"))
	requireErr(t, files.ErrPermission, g.Link("Library/secret", "Documents/s"))
	requireErr(t, files.ErrPermission, g.Symlink("../Library/secret", "Documents/s"))
	require.NoError(t, g.Symlink("../f", "Documents/sub/l"))
	require.Equal(t, "text", get(t, g, "Documents/sub/l"))
	requireErr(t, files.ErrPermission, g.Remove("Documents"))
	_, err = g.Sub("Library")
	requireErr(t, files.ErrPermission, err)
	_, err = g.Sub("Documents/f")
	requireErr(t, files.ErrNotDir, err)
	sub, err := g.Sub("Documents/sub")
	require.NoError(t, err)
	put(t, sub, "h", "text")
	require.Equal(t, "text", get(t, m, "Documents/sub/h"))
}
