package tap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/tap"
)

// serve runs a tap before a server, and returns how to reach it.
func serve(t *testing.T, o tap.Options, server func(net.Conn)) (dial func() net.Conn, x *tap.Tap) {
	t.Helper()
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			c, err := behind.Accept()
			if err != nil {
				return
			}
			server(c)
			c.Close()
		}
	}()
	if o.Dial == nil {
		o.Dial = func() (net.Conn, error) { return net.Dial("tcp", behind.Addr().String()) }
	}
	x = tap.New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- x.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		require.NoError(t, <-served)
		x.Close()
		require.NoError(t, behind.Close())
		<-gone
	})
	return func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		return c
	}, x
}

// Bytes pass as they are, also those that nobody can decode, and one side may
// stop sending before the other.
func TestBytesPass(t *testing.T) {
	dial, _ := serve(t, tap.Options{}, func(c net.Conn) {
		b, err := io.ReadAll(c)
		if err == nil {
			_, _ = c.Write(bytes.ToUpper(b))
		}
	})
	c := dial()
	defer c.Close()
	sent := bytes.Repeat([]byte("no message of usbmuxd\n"), 100_000)
	go func() {
		_, _ = c.Write(sent)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.True(t, bytes.Equal(bytes.ToUpper(sent), got))
}

func TestDaemonThatIsNotThere(t *testing.T) {
	notes := make(chan string, 1)
	dial, _ := serve(t, tap.Options{
		Dial: func() (net.Conn, error) { return nil, errors.New("nobody listens") },
		Note: func(n tap.Note) { notes <- n.Text },
	}, func(net.Conn) {})
	c := dial()
	defer c.Close()
	_, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "cannot be reached: nobody listens", <-notes)
}

// Close ends what is under way.
func TestClose(t *testing.T) {
	dial, x := serve(t, tap.Options{}, func(c net.Conn) { _, _ = io.Copy(c, c) })
	c := dial()
	defer c.Close()
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	x.Close()
	_, err = io.ReadAll(c)
	if err != nil {
		require.ErrorContains(t, err, "reset")
	}
}

// troubled is a listener that cannot accept for a while, now and then.
type troubled struct {
	net.Listener
	calls int
}

func (l *troubled) Accept() (net.Conn, error) {
	l.calls++
	switch l.calls {
	case 1:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	case 3:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.ECONNABORTED)}
	}
	return l.Listener.Accept()
}

// A listener that is out of files, or whose client has gone already, is asked again;
// connections go on meanwhile.
func TestServeOutlivesErrorsOfAccept(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	x := tap.New(tap.Options{Dial: func() (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			_, _ = io.Copy(far, far)
		}()
		return near, nil
	}})
	served := make(chan error, 1)
	go func() { served <- x.Serve(&troubled{Listener: l}) }()
	var clients []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		clients = append(clients, c)
		for _, c := range clients {
			_, err = c.Write([]byte("x"))
			require.NoError(t, err)
			_, err = io.ReadFull(c, make([]byte, 1))
			require.NoError(t, err)
		}
	}
	require.NoError(t, l.Close())
	require.NoError(t, <-served)
	x.Close()
}

// broken is a listener that cannot accept at all.
type broken struct {
	net.Listener
	asked chan struct{}
}

func (l broken) Accept() (net.Conn, error) {
	l.asked <- struct{}{}
	return nil, syscall.EMFILE
}

// Close ends what waits for a listener, too.
func TestCloseEndsServe(t *testing.T) {
	x := tap.New(tap.Options{})
	asked, served := make(chan struct{}), make(chan error, 1)
	go func() { served <- x.Serve(broken{asked: asked}) }()
	<-asked
	<-asked
	x.Close()
	for {
		select {
		case <-asked:
		case err := <-served:
			require.NoError(t, err)
			return
		}
	}
}

func ExampleNewConversation() {
	c := tap.NewConversation(func(n tap.Note) { fmt.Println(n.From, ">", n.Protocol, n.Text) })
	c.Feed(tap.Client, []byte("\x10\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00"))
	c.Feed(tap.Server, []byte("\x14\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"))
	// Output:
	// client > usbmuxd Listen tag=1 (binary)
	// server > usbmuxd Result tag=1 ok
}
