package afc_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// two runs fn with two connections to one tree.
func two(t *testing.T, fn func(w *sim.World, a, b *afctest.Client)) {
	t.Helper()
	tree := files.NewMemory(files.Options{})
	w := sim.New()
	require.NoError(t, w.Run(func() {
		a, endA := afctest.Serve(w, tree, service.Options{})
		b, endB := afctest.Serve(w, tree, service.Options{})
		fn(w, a, b)
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
		require.NoError(t, endA())
		require.NoError(t, endB())
	}))
}

func TestTwoClientsSeeOneTree(t *testing.T) {
	two(t, func(_ *sim.World, a, b *afctest.Client) {
		put(t, a, "f", "from a")
		require.Equal(t, "from a", get(t, b, "f"))
		f := open(t, a, "f", afc.ModeRead)
		_, err := b.Do(&afc.Request{Op: afc.OpFileRefTell, Handle: f.Handle}, nil, nil)
		requireStatus(t, afc.StatusInvalidArgument, err)
		require.NoError(t, b.Remove("f"))
		got, err := io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, "from a", string(got), "what is open stays readable")
		_, err = a.Stat("f")
		requireStatus(t, afc.StatusObjectNotFound, err)
	})
}

// The lock with which idevicebackup2 keeps others from syncing.
func TestLocksAcrossConnections(t *testing.T) {
	two(t, func(_ *sim.World, a, b *afctest.Client) {
		const name = "/com.apple.itunes.lock_sync"
		fa, fb := open(t, a, name, afc.ModeReadWrite), open(t, b, name, afc.ModeReadWrite)
		require.NoError(t, fa.Lock(afc.LockExclusive))
		requireStatus(t, afc.StatusOpWouldBlock, fb.Lock(afc.LockExclusive))
		requireStatus(t, afc.StatusOpWouldBlock, fb.Lock(afc.LockShared))
		require.NoError(t, fa.Lock(afc.Unlock))
		require.NoError(t, fb.Lock(afc.LockShared))
		require.NoError(t, fa.Lock(afc.LockShared))
		requireStatus(t, afc.StatusOpWouldBlock, fa.Lock(afc.LockExclusive))
		require.NoError(t, fb.Close())
		require.NoError(t, fa.Lock(afc.LockExclusive))
		for _, op := range []afc.LockOp{0, 1, 2, 4, 8, 7, 1 << 63} {
			requireStatus(t, afc.StatusInvalidArgument, fa.Lock(op))
		}
	})
}

// Two clients copy at the same time, each its own files, and the bytes do not mix.
func TestTwoClientsCopyAtOnce(t *testing.T) {
	two(t, func(w *sim.World, a, b *afctest.Client) {
		done := w.NewCond("copies")
		left := 2
		for i, c := range []*afctest.Client{a, b} {
			w.Go(fmt.Sprint("client ", i), func() {
				dir := fmt.Sprint("dir", i)
				require.NoError(t, c.Mkdir(dir))
				for n := range 20 {
					data := bytes.Repeat([]byte{byte(i*100 + n)}, 70_000+n)
					name := fmt.Sprintf("%s/%d", dir, n)
					require.NoError(t, c.WriteFile(name, data))
					got, err := c.ReadFile(name)
					require.NoError(t, err)
					require.True(t, bytes.Equal(data, got))
				}
				left--
				done.Signal()
			})
		}
		done.WaitFor(sim.Never, func() bool { return left == 0 })
		for _, dir := range []string{"dir0", "dir1"} {
			names, err := a.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, names, 20)
		}
	})
}

// A file that gets shorter while it is being read: the answer is as long as it
// said, and ends in zeros.
func TestTruncatedWhileRead(t *testing.T) {
	tree := files.NewMemory(files.Options{})
	const size = 1 << 20
	require.NoError(t, files.WriteFile(tree, "f", bytes.Repeat([]byte("x"), size)))
	afctest.Run(t, tree, service.Options{}, func(w *sim.World, c *afctest.Client) {
		f := open(t, c, "f", afc.ModeRead)
		require.NoError(t, c.Send(&afc.Request{Op: afc.OpFileRefRead, Handle: f.Handle, Length: size}, nil))
		w.Sleep(time.Second) // the pipe is full
		require.NoError(t, files.WriteFile(tree, "f", nil))
		var got bytes.Buffer
		_, err := c.Receive(&got)
		require.NoError(t, err)
		require.Equal(t, size, got.Len())
		n := bytes.IndexByte(got.Bytes(), 0)
		require.Positive(t, n)
		require.Equal(t, bytes.Repeat([]byte("x"), n), got.Bytes()[:n])
		require.Equal(t, make([]byte, size-n), got.Bytes()[n:])
		_, err = c.Stat("f")
		require.NoError(t, err)
	})
}

// A client that does not read stalls itself, and nobody else.
func TestClientThatDoesNotRead(t *testing.T) {
	two(t, func(w *sim.World, a, b *afctest.Client) {
		require.NoError(t, a.WriteFile("f", make([]byte, 1<<20)))
		f := open(t, a, "f", afc.ModeRead)
		require.NoError(t, a.Send(&afc.Request{Op: afc.OpFileRefRead, Handle: f.Handle, Length: 1 << 20}, nil))
		w.Sleep(time.Hour)
		require.Len(t, get(t, b, "f"), 1<<20)
		var got bytes.Buffer
		_, err := a.Receive(&got)
		require.NoError(t, err)
		require.Equal(t, 1<<20, got.Len())
	})
}

// Over a real socket, on the machine's clock.
func TestOverASocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	dialled := make(chan net.Conn, 1)
	go func() {
		c, _ := net.Dial("tcp", l.Addr().String())
		dialled <- c
	}()
	accepted, err := l.Accept()
	require.NoError(t, err)

	w := sim.New(sim.RealTime())
	tree := files.NewMemory(files.Options{Now: w.Time})
	conn := w.Import("host", accepted)
	ended := make(chan error, 1)
	go func() {
		_ = w.Run(func() {
			err := service.Serve(w, conn, tree, service.Options{})
			_ = conn.Close()
			ended <- err
		})
	}()
	c := afctest.New(<-dialled)
	data := noise(1 << 20)
	require.NoError(t, c.WriteFile("f", data))
	got, err := c.ReadFile("f")
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.NoError(t, c.Close())
	require.NoError(t, <-ended)
}
