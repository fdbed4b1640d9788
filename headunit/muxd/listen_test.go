package muxd_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// real makes a rig on the machine's clock whose daemon listens at an address.
func real(t *testing.T, address string) (*rig, net.Listener) {
	t.Helper()
	l, err := muxd.Open(address)
	require.NoError(t, err)
	x := newRig(t, muxd.Options{}, sim.RealTime())
	x.d.Listen(l)
	return x, l
}

// dial connects over a real socket, and asks for a port.
func dial(l net.Listener, id uint32, port uint16) (net.Conn, usbmuxd.Result, error) {
	c, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		return nil, 0, err
	}
	b, err := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.Connect, DeviceID: id, HasDevice: true, Port: port, HasPort: true}.AppendTo(nil)
	if err != nil {
		return c, 0, err
	}
	if _, err = c.Write(b); err != nil {
		return c, 0, err
	}
	var dec usbmuxd.Decoder
	buf := make([]byte, 4096)
	for {
		m, ok, err := dec.Next()
		if err != nil {
			return c, 0, err
		}
		if ok {
			r, err := usbmuxd.ParseReply(m)
			return c, r.Result, err
		}
		n, err := c.Read(buf)
		if err != nil {
			return c, 0, err
		}
		dec.Feed(buf[:n])
	}
}

// 300 programs connect at once over real sockets, TCP and Unix, and each gets
// its own bytes back.
func TestParallelRealClients(t *testing.T) {
	for _, address := range []string{"tcp:127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "usbmuxd")} {
		x, l := real(t, address)
		x.run(func(dev usbmuxd.Device) {
			failed := make(chan error, 300)
			x.w.Outside("clients", func() {
				var all sync.WaitGroup
				for i := range 300 {
					all.Add(1)
					go func() {
						defer all.Done()
						c, result, err := dial(l, dev.ID, portEcho)
						if c != nil {
							defer c.Close()
						}
						want := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 500)
						got := make([]byte, len(want))
						if err == nil && result == usbmuxd.OK {
							if _, err = c.Write(want); err == nil {
								_, err = io.ReadFull(c, got)
							}
						}
						if err != nil || !bytes.Equal(got, want) {
							failed <- err
						}
					}()
				}
				all.Wait()
			})
			require.Empty(t, failed)
		})
	}
}

// When the world ends, programs outside see the end of their connections, and
// nobody is left waiting for others.
func TestEndOfTheWorldClosesClients(t *testing.T) {
	x, l := real(t, "127.0.0.1:0")
	var c net.Conn
	x.run(func(dev usbmuxd.Device) {
		x.w.Outside("client", func() {
			var result usbmuxd.Result
			var err error
			c, result, err = dial(l, dev.ID, portEcho)
			assert.NoError(t, err)
			assert.Equal(t, usbmuxd.OK, result)
		})
	})
	require.NotNil(t, c)
	defer c.Close()
	_, err := io.ReadAll(c)
	require.NoError(t, err)
	_, err = net.Dial("tcp", l.Addr().String())
	require.Error(t, err)
}

// Close of the daemon stops it listening.
func TestCloseStopsListening(t *testing.T) {
	x, l := real(t, "127.0.0.1:0")
	x.run(func(usbmuxd.Device) {
		require.NoError(t, x.d.Close())
		x.w.Outside("client", func() {
			_, err := net.Dial("tcp", l.Addr().String())
			assert.Error(t, err)
		})
	})
}

// The forms of an address.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for address, network := range map[string]string{
		"127.0.0.1:0": "tcp", "localhost:0": "tcp", "tcp:127.0.0.1:0": "tcp", "tcp://127.0.0.1:0": "tcp",
		dir + "/a": "unix", "unix:" + dir + "/b": "unix", "UNIX:" + dir + "/c": "unix", "unix://" + dir + "/d": "unix",
	} {
		l, err := muxd.Open(address)
		require.NoError(t, err, address)
		require.Equal(t, network, l.Addr().Network(), address)
		require.NoError(t, l.Close())
	}
	for _, address := range []string{"", "nonsense", "tcp:", "unix:"} {
		_, err := muxd.Open(address)
		require.ErrorContains(t, err, "muxd: address", address)
	}
}

// A socket that nobody serves any more is replaced, one that is served is not,
// and another kind of file never is. Everybody may connect.
func TestOpenUnixSocketAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usbmuxd")
	l, err := muxd.Open(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o666), info.Mode().Perm())
	_, err = muxd.Open(path)
	require.Error(t, err, "it is served")
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	l, err = muxd.Open(path)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(path, []byte("keep me"), 0o600))
	_, err = muxd.Open(path)
	require.Error(t, err)
	require.FileExists(t, path)
}
