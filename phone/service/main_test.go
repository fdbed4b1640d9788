package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const second = time.Second

func run(t testing.TB, w *sim.World, main func()) {
	t.Helper()
	require.NoError(t, w.Run(main))
}
