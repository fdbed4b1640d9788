package afctest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestClient(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	afctest.Run(t, tree, service.Options{Model: "iPad13,1"}, func(w *sim.World, c *afctest.Client) {
		require.NoError(t, c.Mkdir("/a/b"))
		require.NoError(t, c.WriteFile("/a/f", []byte("text")))
		require.NoError(t, c.WriteFileAtomic("/a/g", []byte("atomic")))
		require.NoError(t, c.Rename("/a/g", "/a/b/g"))
		require.NoError(t, c.Link(afc.HardLink, "/a/f", "/a/h"))
		require.NoError(t, c.Truncate("/a/f", 2))
		require.NoError(t, c.SetModTime("/a/f", time.Unix(5, 0)))
		names, err := c.ReadDir("/a")
		require.NoError(t, err)
		require.Equal(t, []string{"b", "f", "h"}, names)
		i, err := c.Stat("/a/h")
		require.NoError(t, err)
		require.EqualValues(t, 2, i.Size)
		require.EqualValues(t, 5e9, i.ModTime)
		b, err := c.ReadFile("/a/h")
		require.NoError(t, err)
		require.Equal(t, "te", string(b))
		h, err := c.Hash("/a/h")
		require.NoError(t, err)
		require.Len(t, h, 20)
		d, err := c.DeviceInfo()
		require.NoError(t, err)
		require.Equal(t, "iPad13,1", d.Model)
		require.NoError(t, c.Remove("/a/h"))
		require.NoError(t, c.RemoveAll("/a"))

		f, err := c.Open("/f", afc.ModeWriteRead)
		require.NoError(t, err)
		require.NoError(t, f.Lock(afc.LockShared))
		_, err = io.WriteString(f, "0123456789")
		require.NoError(t, err)
		pos, err := f.Seek(-4, io.SeekEnd)
		require.NoError(t, err)
		require.EqualValues(t, 6, pos)
		require.NoError(t, f.Truncate(8))
		b, err = io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, "67", string(b))
		n, err := f.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
		require.NoError(t, f.Close())
	})
}

// An error names what was asked, and holds the status.
func TestErrors(t *testing.T) {
	afctest.Run(t, files.NewMemory(files.Options{}), service.Options{}, func(_ *sim.World, c *afctest.Client) {
		for _, err := range []error{
			func() error { _, err := c.Open("/x", afc.ModeRead); return err }(),
			func() error { _, err := c.ReadFile("/x"); return err }(),
			func() error { _, err := c.ReadDir("/x"); return err }(),
			func() error { _, err := c.Stat("/x"); return err }(),
			func() error { _, err := c.Hash("/x"); return err }(),
			c.WriteFile("/x/y", nil), c.Truncate("/x", 0), c.Remove("/x"),
		} {
			require.ErrorIs(t, err, afc.StatusObjectNotFound)
			var e *afctest.Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, "/x", e.Path[:2])
		}
		_, err := c.Do(&afc.Request{Op: afc.OpFileRefTell, Handle: 7}, nil, nil)
		require.EqualError(t, err, "FileRefTell: afc: invalid argument (status 7)")
		_, err = c.Stat("a\x00b")
		require.ErrorIs(t, err, afc.ErrArgNUL)
	})
}

// A phone that answers wrongly is found out.
func TestWrongAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer []byte
		want   string
	}{
		"other number":     {afc.AppendStatus(nil, 2, 0), `ReadDir "/": reply has packet number 2, want 1`},
		"other reply":      {afc.AppendStatus(nil, 1, 0), `ReadDir "/": answered with Status, want Data`},
		"no reply":         {afc.NewHeader(afc.OpReadDir, 1, 0, 0).AppendTo(nil), `ReadDir "/": afc: ReadDir: no such request`},
		"no status":        {afc.NewHeader(afc.OpStatus, 1, 0, 0).AppendTo(nil), `ReadDir "/": afc: Status: offset 0: status 0: arguments end here`},
		"cut":              {afc.AppendData(nil, 1, 5), `ReadDir "/": unexpected EOF`},
		"nothing":          {nil, `ReadDir "/": EOF`},
		"garbage":          {[]byte("HTTP"), `ReadDir "/": afc: offset 0: magic 48 (want 43): not an AFC packet (wrong service, or a wrong length before?)`},
		"without dot dots": {append(afc.AppendData(nil, 1, 2), "a\x00"...), `ReadDir "/": listing ["a"] lacks the dot entries`},
	} {
		t.Run(name, func(t *testing.T) {
			w := sim.New()
			require.NoError(t, w.Run(func() {
				near, far := w.Pipe("afc")
				w.Go("phone", func() {
					_, _ = io.ReadFull(far, make([]byte, 42))
					_, _ = far.Write(c.answer)
					_ = far.Close()
				})
				_, err := afctest.New(near).ReadDir("/")
				require.EqualError(t, err, c.want)
			}))
		})
	}
}

type deaf struct{ net.Conn }

func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestSendErrors(t *testing.T) {
	c := afctest.New(deaf{})
	require.ErrorIs(t, c.Mkdir("/a"), io.ErrClosedPipe)
}

func Example() {
	w := sim.New()
	_ = w.Run(func() {
		c, ended := afctest.Serve(w, files.NewMemory(files.Options{}), service.Options{})
		fmt.Println(c.Mkdir("/DCIM/100APPLE"))
		fmt.Println(c.Remove("/DCIM"))
		_ = c.Close()
		fmt.Println(ended())
	})
	// Output:
	// <nil>
	// RemovePath "/DCIM": afc: directory not empty (status 33)
	// <nil>
}
