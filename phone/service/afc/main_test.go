package afc_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs fn with a client of an empty tree of 1 GiB.
func run(t *testing.T, fn func(c *afctest.Client)) {
	t.Helper()
	tree := files.NewMemory(files.Options{Total: 2 << 30, Free: 1 << 30})
	afctest.Run(t, tree, service.Options{Model: "iPhone14,7"}, func(_ *sim.World, c *afctest.Client) { fn(c) })
}

// status returns the status in an error of the client.
func status(t require.TestingT, err error) afc.Status {
	if err == nil {
		return afc.StatusSuccess
	}
	var st afc.Status
	require.True(t, errors.As(err, &st), "%v", err)
	return st
}

// requireStatus checks with what status a request was refused.
func requireStatus(t require.TestingT, want afc.Status, err error) {
	require.Equal(t, want.String(), status(t, err).String())
}

// do makes a request that is answered with a status or a number.
func do(c *afctest.Client, r afc.Request) (uint64, error) { return c.Do(&r, nil, nil) }

// put writes a file.
func put(t testing.TB, c *afctest.Client, path, text string) {
	t.Helper()
	require.NoError(t, c.WriteFile(path, []byte(text)))
}

// get reads a file.
func get(t testing.TB, c *afctest.Client, path string) string {
	t.Helper()
	b, err := c.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// open opens a file.
func open(t testing.TB, c *afctest.Client, path string, mode afc.OpenMode) *afctest.File {
	t.Helper()
	f, err := c.Open(path, mode)
	require.NoError(t, err)
	return f
}
