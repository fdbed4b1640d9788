package session_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

// Both ends send more than fits, and read, at the same time: in crypto/tls a reader
// may need the lock that a waiting writer holds, which would stop the world.
func TestReadBesideWrite(t *testing.T) {
	w := sim.New()
	client, server, _ := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		data := bytes.Repeat([]byte("plugfest"), 100_000)
		done := 0
		both := w.NewCond("both")
		for _, end := range []io.ReadWriter{client, server} {
			w.Go("writer", func() {
				_, err := end.Write(data)
				require.NoError(t, err)
			})
			w.Go("reader", func() {
				got := make([]byte, len(data))
				for n := 0; n < len(got); {
					k, err := end.Read(got[n:])
					require.NoError(t, err)
					n += k
				}
				require.True(t, bytes.Equal(data, got))
				done++
				both.Signal()
			})
		}
		both.WaitFor(sim.Never, func() bool { return done == 2 })
	})
}

// A broken record makes crypto/tls answer with an alert from within Read, while a
// write waits for a host that does not read.
func TestBrokenRecordBesideWrite(t *testing.T) {
	w := sim.New()
	client, server, raw := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		var wrote, read error
		ended := 0
		w.Go("writer", func() {
			_, wrote = server.Write(make([]byte, 1<<20)) // nobody reads it
			ended++
		})
		w.Go("reader", func() {
			_, read = server.Read(make([]byte, 100))
			ended++
		})
		w.Sleep(time.Second)
		_, err := raw.Write([]byte{23, 3, 3, 0, 4, 1, 2, 3, 4})
		require.NoError(t, err)
		w.Sleep(time.Second)
		require.Equal(t, 1, ended)
		require.ErrorContains(t, read, "bad record MAC")
		require.NoError(t, raw.Close())
		w.Sleep(time.Second)
		require.Equal(t, 2, ended)
		require.Error(t, wrote)
	})
}

// With no writer about, the alert leaves at once.
func TestAlertIsSent(t *testing.T) {
	w := sim.New()
	client, server, raw := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		_, err := raw.Write([]byte{23, 3, 3, 0, 4, 1, 2, 3, 4})
		require.NoError(t, err)
		_, err = server.Read(make([]byte, 100))
		require.ErrorContains(t, err, "bad record MAC")
		_, err = client.Read(make([]byte, 100))
		require.ErrorContains(t, err, "bad record MAC")
	})
}

// Writers take turns, each message in one piece.
func TestWritersTakeTurns(t *testing.T) {
	w := sim.New()
	client, server, _ := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		const writers, size = 5, 50_000
		for i := range writers {
			w.Go("writer", func() {
				_, err := server.Write(bytes.Repeat([]byte{byte('a' + i)}, size))
				require.NoError(t, err)
			})
		}
		got := make([]byte, writers*size)
		_, err := io.ReadFull(client, got)
		require.NoError(t, err)
		for i := range writers {
			part := got[i*size : (i+1)*size]
			require.Equal(t, size, bytes.Count(part, part[:1]), "a piece of one writer")
		}
	})
}

// A deadline that passes is no end: the next read goes on where this one was, even
// in the middle of a record.
func TestDeadlineInARecord(t *testing.T) {
	w := sim.New()
	client, server, _ := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		buf := make([]byte, 10)
		for range 3 {
			require.NoError(t, server.SetReadDeadline(w.Time().Add(time.Second)))
			_, err := server.Read(buf)
			var timeout interface{ Timeout() bool }
			require.ErrorAs(t, err, &timeout)
			require.True(t, timeout.Timeout())
		}
		require.NoError(t, server.SetReadDeadline(w.Time().Add(time.Second)))
		_, err := client.Write([]byte("hello"))
		require.NoError(t, err)
		n, err := server.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "hello", string(buf[:n]))
	})
}

// A peer may say nothing for hours, but must end in time what it has begun, however
// small the pieces are in which it comes.
func TestRecordInTime(t *testing.T) {
	for _, c := range []struct {
		begun []byte
		want  string
	}{
		{[]byte{23}, "TLS record: no more than 1 bytes of its header in time"},
		{[]byte{23, 3, 3, 0}, "TLS record: no more than 4 bytes of its header in time"},
		{[]byte{23, 3, 3, 0, 100}, "TLS record: no more than 0 of 100 bytes in time"},
		{append([]byte{23, 3, 3, 0, 100}, make([]byte, 40)...), "TLS record: no more than 40 of 100 bytes in time"},
	} {
		w := sim.New()
		client, server, raw := secure(t, w)
		run(t, w, func() {
			shake(t, w, client, server)
			server.Patience(time.Minute)
			w.Go("client", func() {
				w.Sleep(10 * time.Hour)
				_, err := client.Write([]byte("hello"))
				require.NoError(t, err)
				w.Sleep(10 * time.Hour)
				for _, x := range c.begun {
					_, err := raw.Write([]byte{x})
					require.NoError(t, err)
					w.Sleep(time.Second)
				}
			})
			buf := make([]byte, 10)
			n, err := server.Read(buf)
			require.NoError(t, err)
			require.Equal(t, "hello", string(buf[:n]))
			_, err = server.Read(buf)
			require.EqualError(t, err, c.want)
			require.Equal(t, 20*time.Hour+time.Minute+1, w.Now())
			_, err = server.Read(buf)
			require.EqualError(t, err, c.want, "and that was the end")
		})
	}
}

// The deadline of the reader counts beside that of the record.
func TestRecordAndReaderInTime(t *testing.T) {
	w := sim.New()
	client, server, raw := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		server.Patience(time.Minute)
		_, err := raw.Write([]byte{23})
		require.NoError(t, err)
		buf := make([]byte, 10)
		for range 2 {
			require.NoError(t, server.SetReadDeadline(w.Time().Add(20*time.Second)))
			_, err = server.Read(buf)
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		}
		require.NoError(t, server.SetReadDeadline(time.Time{}))
		_, err = server.Read(buf)
		require.ErrorContains(t, err, "1 bytes of its header in time")
		require.Equal(t, time.Minute+1, w.Now())
	})
}

// Closing says so to the other end, in close_notify; a host that does not read is not
// waited for longer than five seconds.
func TestClose(t *testing.T) {
	w := sim.New()
	client, server, _ := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		require.NoError(t, server.Close())
		require.NoError(t, server.Close(), "twice")
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
	w = sim.New()
	client, server, _ = secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		w.Go("writer", func() { _, _ = server.Write(make([]byte, 1<<20)) })
		w.Sleep(time.Second)
		require.NoError(t, server.Close())
		require.Equal(t, time.Second+1, w.Now(), "a writer waits: no close_notify")
	})
	w = sim.New()
	client, server, raw := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		_, err := server.Write(make([]byte, 8000))
		require.NoError(t, err)
		_ = raw
		start := w.Now()
		require.NoError(t, server.SetWriteDeadline(w.Time().Add(time.Second)))
		_, err = server.Write(make([]byte, 8000))
		require.Error(t, err)
		require.NoError(t, server.Close())
		require.LessOrEqual(t, w.Now()-start, 6*time.Second)
	})
}

func run(t testing.TB, w *sim.World, main func()) {
	t.Helper()
	require.NoError(t, w.Run(main))
}

// secure makes both ends of a TLS connection over a pipe with small buffers.
func secure(t testing.TB, w *sim.World) (client, server *session.TLS, raw net.Conn) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: sim.Epoch, NotAfter: sim.Epoch.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	a, b := w.PipeSize("usbmux", 8<<10)
	client = session.NewTLS(w, a, func(c net.Conn) *tls.Conn {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true, Time: w.Time})
	})
	server = session.NewTLS(w, b, func(c net.Conn) *tls.Conn {
		return tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, SessionTicketsDisabled: true, Time: w.Time})
	})
	return client, server, a
}

// shake does the handshake of both ends.
func shake(t testing.TB, w *sim.World, client, server *session.TLS) {
	t.Helper()
	w.Go("server handshake", func() { require.NoError(t, server.Handshake()) })
	require.NoError(t, client.Handshake())
	w.Sleep(1)
}

// Who taps sees the clear text of both directions, once.
func TestTap(t *testing.T) {
	w := sim.New()
	client, server, _ := secure(t, w)
	var seen []string
	client.Tap(func(out bool, clear []byte) {
		seen = append(seen, map[bool]string{true: "> ", false: "< "}[out]+string(clear))
	})
	run(t, w, func() {
		shake(t, w, client, server)
		require.Empty(t, seen, "the handshake is not clear text")
		buf := make([]byte, 10)
		_, err := client.Write([]byte("ping"))
		require.NoError(t, err)
		_, err = server.Read(buf)
		require.NoError(t, err)
		_, err = server.Write([]byte("pong"))
		require.NoError(t, err)
		_, err = client.Read(buf)
		require.NoError(t, err)
	})
	require.Equal(t, []string{"> ping", "< pong"}, seen)
}
