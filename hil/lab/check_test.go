//go:build linux

package lab

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMissingErrorSaysWhatToRun(t *testing.T) {
	require.EqualError(t, &MissingError{[]Missing{
		missing("depmod", "not in PATH", "kmod"),
		missing("modprobe", "not in PATH", "kmod"),
		{What: "a Debian kernel", Why: "none in /c", Fix: "plugfest lab --prepare"},
		missing("a static busybox", "not in /bin", "busybox-static"),
	}}, "the lab lacks depmod (not in PATH), modprobe (not in PATH), a Debian kernel (none in /c), a static busybox (not in /bin): "+
		"run apt-get install --no-install-recommends kmod busybox-static && plugfest lab --prepare")
	require.EqualError(t, &MissingError{[]Missing{{What: "Linux on amd64", Why: "this is darwin on arm64"}}},
		"the lab lacks Linux on amd64 (this is darwin on arm64)")
}

// Without a kernel there is no guest, and no download that nobody asked for.
func TestCheckWithoutKernel(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	err := Check(o)
	var lacks *MissingError
	require.True(t, errors.As(err, &lacks), "%v", err)
	last := lacks.Missing[len(lacks.Missing)-1]
	require.Equal(t, Missing{What: "a Debian kernel", Why: "none in " + o.Cache, Fix: "plugfest lab --prepare"}, last)
	_, err = Start(t.Context(), o)
	require.True(t, errors.As(err, &lacks), "%v", err)
}

func TestCheckOptions(t *testing.T) {
	require.EqualError(t, Check(Options{Memory: 1}), "lab: memory 1 MiB: want 128 or more")
	_, err := Start(t.Context(), Options{Memory: 1})
	require.EqualError(t, err, "lab: memory 1 MiB: want 128 or more")
	require.EqualError(t, Prepare(t.Context(), Options{Memory: 1}), "lab: memory 1 MiB: want 128 or more")
}
