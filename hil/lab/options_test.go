//go:build linux

package lab

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDefaults(t *testing.T) {
	t.Setenv("PLUGFEST_LAB_CACHE", "/some/cache")
	o, err := Options{}.filled()
	require.NoError(t, err)
	require.Equal(t, 2*time.Minute, o.TimeLimit)
	require.Equal(t, 512, o.Memory)
	require.Equal(t, 1, o.CPUs)
	require.Equal(t, "/some/cache", o.Cache)
	require.False(t, o.Network)
	o, err = Options{Forward: []Forward{{Guest: 1}}}.filled()
	require.NoError(t, err)
	require.True(t, o.Network, "a forwarded port needs a network")

	t.Setenv("PLUGFEST_LAB_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/home/me/.cache")
	o, err = Options{}.filled()
	require.NoError(t, err)
	require.Equal(t, "/home/me/.cache/plugfest/lab", o.Cache)
}

func TestOptionsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for want, o := range map[string]Options{
		"lab: time limit -1ns: want more than 0":                           {TimeLimit: -1},
		"lab: memory 64 MiB: want 128 or more":                             {Memory: 64},
		"lab: -1 CPUs: want 1 or more":                                     {CPUs: -1},
		"lab: directory /: the guest must not write to all of the machine": {Dir: "/"},
		"lab: directory " + file + ": not a directory":                     {Dir: file},
		"lab: directory /no/such: lstat /no: no such file or directory":    {Dir: "/no/such"},
		`lab: "dummy_hcd\nnum=2": a line break in a name`:                  {Modules: []string{"dummy_hcd\nnum=2"}},
	} {
		_, err := o.filled()
		require.EqualError(t, err, want)
	}
}

func TestDirIsItsRealPath(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	o, err := Options{Dir: link}.filled()
	require.NoError(t, err)
	require.Equal(t, dir, o.Dir)
}

func TestShown(t *testing.T) {
	t.Chdir("/")
	self, err := os.Executable()
	require.NoError(t, err)
	var want []string
	if hidden(self) {
		want = append(want, self)
	}
	require.Equal(t, want, Options{Show: []string{"/etc/hostname", "/tmp/no such file"}}.shown())
	file := filepath.Join("/tmp", filepath.Base(t.TempDir())+"-lab")
	write(t, file, "")
	defer os.Remove(file)
	require.Equal(t, append([]string{file}, want...), Options{Show: []string{file}}.shown())

	require.True(t, hidden("/tmp/a"))
	require.True(t, hidden("/run/user/0"))
	require.False(t, hidden("/tmp"), "the guest's own is empty, not hidden")
	require.False(t, hidden("/tmpfiles"))
	require.False(t, hidden("/var/tmp/a"))
}

func TestParseForward(t *testing.T) {
	for in, want := range map[string]Forward{
		"3241:3240": {3241, 3240},
		"0:3240":    {0, 3240},
		"3240":      {0, 3240},
		"1:65535":   {1, 65535},
	} {
		got, err := ParseForward(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", ":", "1:", ":1", "a:b", "1:65536", "-1:1", "1:2:3", "1 :2", "1:2 ", "+1:2"} {
		_, err := ParseForward(in)
		require.EqualError(t, err, `forward "`+in+`": want HOST:GUEST with TCP ports, such as 3241:3240`)
	}
	_, err := ParseForward("1:0")
	require.EqualError(t, err, `forward "1:0": the guest has no port 0`)
}

func TestPickPorts(t *testing.T) {
	asked := []Forward{{0, 1}, {5, 2}, {0, 3}}
	got, err := pickPorts(asked)
	require.NoError(t, err)
	require.Equal(t, Forward{0, 1}, asked[0], "the caller's own stay")
	require.Equal(t, Forward{5, 2}, got[1])
	require.NotZero(t, got[0].Host)
	require.NotZero(t, got[2].Host)
	require.NotEqual(t, got[0].Host, got[2].Host)
}
