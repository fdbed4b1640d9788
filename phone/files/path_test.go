package files_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/phone/files"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"/":                      "",
		".":                      "",
		"..":                     "",
		"/..":                    "",
		"../../etc/passwd":       "etc/passwd",
		"/DCIM":                  "DCIM",
		"DCIM/":                  "DCIM",
		"//DCIM///100APPLE//":    "DCIM/100APPLE",
		"./a/./b":                "a/b",
		"/a/../b":                "b",
		"/a/../../../b":          "b",
		"a/b/..":                 "a",
		"...":                    "...",
		"a\\..\\b":               "a\\..\\b",
		"Ünicode/日本":             "Ünicode/日本",
		strings.Repeat("x", 255): strings.Repeat("x", 255),
	} {
		got, err := files.Clean(in)
		require.NoError(t, err, "%q", in)
		require.Equal(t, want, got, "%q", in)
	}
	for in, want := range map[string]error{
		"a\x00b":                           files.ErrInvalid,
		"\x00":                             files.ErrInvalid,
		"a\xff":                            files.ErrInvalid,
		strings.Repeat("x", 256):           files.ErrNameTooLong,
		"a/" + strings.Repeat("x", 256):    files.ErrNameTooLong,
		strings.Repeat("x", 256) + "/a":    files.ErrNameTooLong,
		strings.Repeat("x/", 512):          files.ErrNameTooLong,
		"\x00" + strings.Repeat("/", 1024): files.ErrNameTooLong,
	} {
		_, err := files.Clean(in)
		requireErr(t, want, err)
	}
}

// Cleaning twice changes nothing, and no part of a clean name leads anywhere.
func TestCleanProperty(t *testing.T) {
	part := rapid.SampledFrom([]string{"..", ".", "", "a", "b c", "...", "/", "ü"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(part).Draw(t, "parts"), "/")
		once, err := files.Clean(in)
		if err != nil {
			t.Skip()
		}
		twice, err := files.Clean(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
		if once != "" {
			for _, p := range strings.Split(once, "/") {
				require.NotContains(t, []string{"", ".", ".."}, p)
			}
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "/a/../b", "\x00", "../..", "//a//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		clean, err := files.Clean(in)
		if err != nil {
			sentinel(t, err)
			return
		}
		again, err := files.Clean("/" + clean)
		if err != nil && len(clean) < files.MaxPath || again != clean && err == nil {
			t.Fatalf("%q, then %q, %v", clean, again, err)
		}
		if strings.HasPrefix(clean, "/") || strings.Contains(clean+"/", "../") && strings.Contains("/"+clean+"/", "/../") {
			t.Fatalf("%q", clean)
		}
	})
}
