package afc_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// faulty is a tree whose files cannot be read from an offset on, cannot be
// described, or are of any kind.
type faulty struct {
	*files.Memory
	from int64
	stat error
	kind files.Kind
}

func (f *faulty) Open(name string, flag files.Flag) (files.File, error) {
	file, err := f.Memory.Open(name, flag)
	return &faultyFile{file, f}, err
}

func (f *faulty) Lstat(name string) (files.Info, error) {
	i, err := f.Memory.Lstat(name)
	if f.kind != 0 {
		i.Kind = f.kind
	}
	return i, errors.Join(err, f.stat)
}

type faultyFile struct {
	files.File
	f *faulty
}

func (f *faultyFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.f.from {
		return 0, syscall.EIO
	}
	return f.File.ReadAt(p[:min(int64(len(p)), f.f.from-off)], off)
}

func (f *faultyFile) Stat() (files.Info, error) {
	i, err := f.File.Stat()
	return i, errors.Join(err, f.f.stat)
}

// A disk that fails at once is a status.
func TestReadFails(t *testing.T) {
	tree := &faulty{Memory: files.NewMemory(files.Options{})}
	require.NoError(t, files.WriteFile(tree.Memory, "f", make([]byte, 300_000)))
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		f := open(t, c, "f", afc.ModeReadAppend)
		_, err := f.Read(make([]byte, 300_000))
		requireStatus(t, afc.StatusIOError, err)
		_, err = c.Hash("f")
		requireStatus(t, afc.StatusIOError, err)

		tree.from = 1 << 30
		tree.stat = errors.New("strange")
		_, err = f.Read(make([]byte, 5))
		requireStatus(t, afc.StatusUnknownError, err)
		_, err = f.Write(make([]byte, 5))
		requireStatus(t, afc.StatusUnknownError, err)
		_, err = f.Seek(0, io.SeekEnd)
		requireStatus(t, afc.StatusUnknownError, err)
		_, err = c.Hash("f")
		requireStatus(t, afc.StatusUnknownError, err)
		_, err = c.Stat("f")
		requireStatus(t, afc.StatusUnknownError, err)
	})
}

// One that fails in the middle of an answer ends the connection: it is too late
// for a status, and bytes must not be made up.
func TestReadFailsInTheMiddle(t *testing.T) {
	tree := &faulty{Memory: files.NewMemory(files.Options{}), from: 65536 - 40}
	require.NoError(t, files.WriteFile(tree.Memory, "f", bytes.Repeat([]byte("x"), 300_000)))
	w := sim.New()
	require.NoError(t, w.Run(func() {
		c, ended := afctest.Serve(w, tree, service.Options{})
		f := open(t, c, "f", afc.ModeRead)
		_, err := f.Read(make([]byte, 300_000))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorIs(t, ended(), syscall.EIO)
	}))
}

func TestFormats(t *testing.T) {
	tree := &faulty{Memory: files.NewMemory(files.Options{})}
	require.NoError(t, files.WriteFile(tree.Memory, "f", nil))
	afctest.Run(t, tree, service.Options{}, func(_ *sim.World, c *afctest.Client) {
		for k, want := range map[files.Kind]string{
			files.Regular: "S_IFREG", files.Directory: "S_IFDIR", files.SymbolicLink: "S_IFLNK", files.BlockDevice: "S_IFBLK",
			files.CharDevice: "S_IFCHR", files.Pipe: "S_IFIFO", files.Socket: "S_IFSOCK",
		} {
			tree.kind = k
			i, err := c.Stat("f")
			require.NoError(t, err)
			require.Equal(t, want, i.Format)
		}
	})
}

// mute is a connection to which nothing can be sent.
type mute struct{ net.Conn }

func (mute) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A client to which no answer can be sent ends the service, whatever it asked.
func TestAnswersCannotBeSent(t *testing.T) {
	long := make([]byte, 100_000)
	for name, reqs := range map[string][]afc.Request{
		"status":  {{Op: afc.OpMakeDir, Path: "d"}},
		"data":    {{Op: afc.OpReadDir, Path: "/"}},
		"read":    {{Op: afc.OpFileRefOpen, Mode: afc.ModeRead, Path: "f"}, {Op: afc.OpFileRefRead, Handle: 1, Length: 100_000}},
		"hash":    {{Op: afc.OpGetDeviceInfo}, {Op: afc.OpGetFileHash, Path: "f"}},
		"garbage": nil,
	} {
		tree := files.NewMemory(files.Options{})
		require.NoError(t, files.WriteFile(tree, "f", long))
		w := sim.New()
		require.NoError(t, w.Run(func() {
			near, far := w.Pipe("afc")
			b := []byte("garbage")
			if reqs != nil {
				b = b[:0]
			}
			for i := range reqs {
				b, _ = reqs[i].AppendTo(b, 1, 0)
			}
			_, err := near.Write(b)
			require.NoError(t, err)
			require.ErrorIs(t, service.Serve(w, mute{far}, tree, service.Options{}), io.ErrClosedPipe, name)
		}))
	}
}

// Thousands of answers that nobody has read yet are not kept in memory.
func TestManyAnswersAtOnce(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	w := sim.New()
	require.NoError(t, w.Run(func() {
		near, far := w.Pipe("afc")
		w.Go("afc", func() { _ = service.Serve(w, far, tree, service.Options{}) })
		const n = 20_000
		w.Go("client", func() {
			b, _ := (&afc.Request{Op: afc.OpFileRefTell, Handle: 1}).AppendTo(nil, 1, 0)
			for range n {
				_, err := near.Write(b)
				require.NoError(t, err)
			}
		})
		_, err := io.CopyN(io.Discard, near, 48*n)
		require.NoError(t, err)
	}))
}
