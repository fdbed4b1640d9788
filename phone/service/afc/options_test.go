package afc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// A phone can be made to refuse anything.
func TestRefuse(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	o := service.Options{Refuse: func(r *afc.Request) afc.Status {
		switch {
		case r.Op == afc.OpSetModTime:
			return afc.StatusUnknownPacketType // before iOS 3.1
		case strings.HasPrefix(r.Path, "/Purchases"):
			return afc.StatusPermDenied
		}
		return afc.StatusSuccess
	}}
	afctest.Run(t, tree, o, func(_ *sim.World, c *afctest.Client) {
		require.NoError(t, c.Mkdir("/a"))
		requireStatus(t, afc.StatusPermDenied, c.Mkdir("/Purchases"))
		requireStatus(t, afc.StatusPermDenied, c.WriteFile("/Purchases/f", []byte("x")))
		requireStatus(t, afc.StatusPermDenied, c.WriteFileAtomic("/Purchases/f", make([]byte, 100_000)))
		requireStatus(t, afc.StatusUnknownPacketType, c.SetModTime("/a", sim.Epoch))
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, names)
	})
}

// Stock iOS makes no symbolic links.
func TestRefuseSymlinks(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{Refuse: service.RefuseSymlinks}, func(_ *sim.World, c *afctest.Client) {
		put(t, c, "f", "x")
		requireStatus(t, afc.StatusOpNotSupported, c.Link(afc.SymbolicLink, "f", "l"))
		require.NoError(t, c.Link(afc.HardLink, "f", "l"))
	})
}

// An old phone says "unknown error" for a directory that is not empty, but only
// to RemovePath.
func TestOldNotEmpty(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{OldNotEmpty: true}, func(_ *sim.World, c *afctest.Client) {
		require.NoError(t, c.Mkdir("d/sub"))
		require.NoError(t, c.Mkdir("e"))
		requireStatus(t, afc.StatusUnknownError, c.Remove("d"))
		requireStatus(t, afc.StatusDirNotEmpty, c.Rename("e", "d"))
	})
}

// A tree that may only be looked at.
func TestReadOnlyTree(t *testing.T) {
	m := files.NewMemory(files.Options{})
	require.NoError(t, files.WriteFile(m, "report.ips", []byte("crash")))
	afctest.Run(t, files.ReadOnly(m), service.Options{}, func(_ *sim.World, c *afctest.Client) {
		require.Equal(t, "crash", get(t, c, "report.ips"))
		requireStatus(t, afc.StatusPermDenied, c.Remove("report.ips"))
		requireStatus(t, afc.StatusPermDenied, c.WriteFile("new", nil))
		requireStatus(t, afc.StatusPermDenied, c.Mkdir("new"))
	})
}

// Each request is an event.
func TestEvents(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	w := sim.New()
	var seen []string
	w.Observe(func(e *sim.Event) {
		line := e.Who + " " + e.Layer + " " + e.Kind
		for _, f := range e.Fields {
			line += fmt.Sprintf(" %s=%s", f.Key, f.Value())
		}
		seen = append(seen, line)
	})
	require.NoError(t, w.Run(func() {
		c, ended := afctest.Serve(w, tree, service.Options{Who: "phone"})
		require.NoError(t, c.Mkdir("/a"))
		_, err := c.Open("/b", afc.ModeRead)
		require.Error(t, err)
		put(t, c, "/f", "text")
		require.Equal(t, "text", get(t, c, "/f"))
		require.NoError(t, c.Rename("/f", "/g"))
		_, err = c.ReadDir("/")
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, ended())
	}))
	require.Equal(t, []string{
		"phone state.afc MakeDir path=/a status=0",
		"phone state.afc FileRefOpen mode=r path=/b status=8",
		"phone state.afc FileRefOpen mode=w path=/f status=0",
		"phone state.afc FileRefWrite handle=1 status=0",
		"phone state.afc FileRefClose handle=1 status=0",
		"phone state.afc FileRefOpen mode=r path=/f status=0",
		"phone state.afc FileRefRead handle=2 bytes=4 status=0",
		"phone state.afc FileRefRead handle=2 status=0",
		"phone state.afc FileRefClose handle=2 status=0",
		"phone state.afc RenamePath path=/f to=/g status=0",
		"phone state.afc ReadDir path=/ bytes=9 status=0",
	}, seen)
}

// The service's answers have the name of no endpoint if it was given none.
func TestNoEvents(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	w := sim.New()
	n := 0
	w.Observe(func(*sim.Event) { n++ })
	require.NoError(t, w.Run(func() {
		c, _ := afctest.Serve(w, tree, service.Options{})
		require.NoError(t, c.Mkdir("/a"))
	}))
	require.Zero(t, n)
}
