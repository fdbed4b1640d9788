package afc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// Seeking, writing and reading allocate nothing, at either end.
func TestNoAllocations(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		f := open(t, c, "f", afc.ModeWriteRead)
		data := make([]byte, 200_000)
		n := testing.AllocsPerRun(50, func() {
			_, err := f.Seek(0, 0)
			if err == nil {
				_, err = f.Write(data)
			}
			if err == nil {
				_, err = f.Seek(0, 0)
			}
			if err == nil {
				_, err = f.Read(data)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		require.Zero(t, n)
	})
}
