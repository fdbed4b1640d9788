//go:build linux

package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// apt puts programs in front of apt's: lists says what apt-cache prints, deb is
// the package that apt-get downloads; it has none if that is empty.
func apt(t *testing.T, lists, deb string) {
	dir := t.TempDir()
	program := func(name, script string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	program("apt-cache", "[ \"$1 $2\" = 'depends linux-image-amd64' ] || exit 0\nprintf '%s' "+quote(lists)+"\n")
	if deb == "" {
		program("apt-get", "echo 'E: no network' >&2; exit 100\n")
	} else {
		program("apt-get", "[ \"$*\" = '-qq download linux-image-1.2-amd64' ] && cp "+quote(deb)+" .\n")
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func TestPrepareFetchesTheCurrentKernel(t *testing.T) {
	if missing := programs(Options{}); len(missing) > 0 {
		t.Skip(&MissingError{missing})
	}
	const lists = "linux-image-amd64\n  Depends: linux-image-1.2-amd64\n"
	deb := testDeb(t)
	cache := t.TempDir()
	prepare := func() (string, error) {
		var log lockedLog
		err := Prepare(t.Context(), Options{Cache: cache, Log: &log})
		return log.String(), err
	}

	apt(t, "", "")
	_, err := prepare()
	require.EqualError(t, err, "lab: apt-cache depends linux-image-6.12-amd64, linux-image-amd64: names no kernel: "+
		"run apt-get update, or name a Debian kernel package with Kernel")
	apt(t, lists, "")
	_, err = prepare()
	require.EqualError(t, err, "lab: apt-get -qq download linux-image-1.2-amd64: exit status 100: E: no network (if the package lists are old: apt-get update)")

	old := filepath.Join(cache, "linux-image-1.1-amd64_1.1-1_amd64")
	unpacked(t, old, "1.1-amd64")
	log, err := prepare()
	require.NoError(t, err, "an old one will do")
	require.Contains(t, log, "keeping linux-image-1.1-amd64_1.1-1_amd64: lab: apt-get")

	apt(t, lists, deb)
	log, err = prepare()
	require.NoError(t, err)
	require.Equal(t, "downloading linux-image-1.2-amd64\nunpacking linux-image-1.2-amd64_1.2-3_amd64.deb\n", log)
	k, err := newestKernel(cache)
	require.NoError(t, err)
	require.Equal(t, "1.2-amd64", k.release)
	require.DirExists(t, old, "somebody may be using it")

	log, err = prepare()
	require.NoError(t, err)
	require.Empty(t, log, "it is there already")
}
