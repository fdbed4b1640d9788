package lab_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

func TestRun(t *testing.T) {
	labtest.Need(t, lab.Options{})
	var out, errs strings.Builder
	r, err := lab.Run(t.Context(), lab.Options{Modules: []string{"dummy_hcd num=2"}, Dir: t.TempDir()},
		lab.Command{Args: []string{"sh", "-c", "ls /sys/class/udc; echo oh >&2; exit 3"}, Stdout: &out, Stderr: &errs})
	require.NoError(t, err)
	require.Equal(t, 3, r.ExitCode)
	require.Equal(t, "dummy_udc.0\ndummy_udc.1\n", out.String())
	require.Equal(t, "oh\n", errs.String())
	require.Contains(t, r.KernelLog, "dummy_hcd")
}
