package files_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
)

const layout = `
entries:
  - path: /a/b/text.txt
    text: "hello\n"
    modified: 2025-06-01T10:00:00Z
  - {path: empty, text: ""}
  - {path: a/noise, noise: 100001}
  - {path: a/zeros, zeros: 6000000000}
  - {path: a/pic.jpg, picture: 32x24}
  - {path: dir/sub}
  - {path: link, link: a/b/text.txt}
`

func TestLayout(t *testing.T) {
	l, err := files.ParseLayout([]byte(layout))
	require.NoError(t, err)
	both(t, func(t *testing.T, tree files.Tree) {
		require.NoError(t, l.Build(tree))
		var seen []string
		require.NoError(t, files.Walk(tree, "", func(name string, i files.Info) error {
			if i.Kind == files.Regular && !strings.HasSuffix(name, "jpg") {
				name = fmt.Sprint(name, " ", i.Size)
			}
			seen = append(seen, name)
			return nil
		}))
		require.Equal(t, []string{"", "a", "a/b", "a/b/text.txt 6", "a/noise 100001", "a/pic.jpg", "a/zeros 6000000000",
			"dir", "dir/sub", "empty 0", "link"}, seen)
		require.Equal(t, "hello\n", get(t, tree, "link"))
		i, err := tree.Lstat("a/b/text.txt")
		require.NoError(t, err)
		require.True(t, i.ModTime.Equal(time.Date(2025, 6, 1, 10, 0, 0, 0, time.UTC)))
		img, err := jpeg.Decode(strings.NewReader(get(t, tree, "a/pic.jpg")))
		require.NoError(t, err)
		require.Equal(t, "(32,24)", img.Bounds().Max.String())
	})
	again := files.NewMemory(files.Options{})
	require.NoError(t, l.Build(again))
	require.NotEqual(t, bytes.Repeat([]byte{get(t, again, "a/noise")[0]}, 100001), []byte(get(t, again, "a/noise")))
	other := files.NewMemory(files.Options{})
	require.NoError(t, l.Build(other))
	require.Equal(t, get(t, other, "a/noise"), get(t, again, "a/noise"), "the same each time")
	require.Error(t, l.Build(again), "the link stands there already")
}

func TestLayoutErrors(t *testing.T) {
	for in, want := range map[string]string{
		"entries: [{path: a, size: 5}]":                       "size",
		"entries: [{path: a, text: x, zeros: 5}]":             "files: layout: a: is text, noise, zeros, picture or link, but only one of them",
		"entries: [{path: a, zeros: -5}]":                     "files: layout: a: noise and zeros are numbers of bytes",
		"entries: [{path: /}]":                                "files: layout: /: needs a path below the root",
		"entries: [{path: a, picture: big}]":                  `files: layout: a: picture "big" is no size; want for example 160x120, up to 8192`,
		"entries: [{path: a, picture: 5x5x5}]":                `files: layout: a: picture "5x5x5" is no size; want for example 160x120, up to 8192`,
		"entries: [{path: a, picture: 9000x5}]":               `files: layout: a: picture "9000x5" is no size; want for example 160x120, up to 8192`,
		"entries: [{path: a, link: b, modified: 2025-01-01}]": "files: layout: a: a link has no time of its own",
		"entries: 5": "files: layout: ",
	} {
		_, err := files.ParseLayout([]byte(in))
		require.ErrorContains(t, err, want, in)
	}
	l, err := files.ParseLayout([]byte("entries: [{path: f, text: x}, {path: f/g}]"))
	require.NoError(t, err)
	requireErr(t, files.ErrExist, l.Build(files.NewMemory(files.Options{})))
	l, err = files.ParseLayout([]byte("entries: [{path: f, noise: 5000}]"))
	require.NoError(t, err)
	require.ErrorIs(t, l.Build(files.NewMemory(files.Options{Free: -1})), files.ErrNoSpace)
}

// What tools look for on a phone.
func TestMedia(t *testing.T) {
	m := files.NewMedia(files.Options{Free: -1})
	require.Zero(t, m.Space().Free, "a full phone has its media too")
	require.Equal(t, int64(128e9), m.Space().Total)
	for _, dir := range []string{"Books", "DCIM/100APPLE", "Downloads", "PublicStaging", "PhotoData", "Recordings", "iTunes_Control/iTunes"} {
		i, err := m.Lstat(dir)
		require.NoError(t, err)
		require.Equal(t, files.Directory, i.Kind, dir)
	}
	require.Empty(t, get(t, m, "com.apple.itunes.lock_sync"))
	_, err := jpeg.Decode(strings.NewReader(get(t, m, "DCIM/100APPLE/IMG_0001.JPG")))
	require.NoError(t, err)
	i, err := m.Lstat("DCIM/100APPLE/IMG_0001.JPG")
	require.NoError(t, err)
	require.Equal(t, 2025, i.ModTime.Year())
}
