package service_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
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
		w.Sleep(second)
		_, err := raw.Write([]byte{23, 3, 3, 0, 4, 1, 2, 3, 4})
		require.NoError(t, err)
		w.Sleep(second)
		require.Equal(t, 1, ended)
		require.ErrorContains(t, read, "bad record MAC")
		require.NoError(t, raw.Close())
		w.Sleep(second)
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
			require.NoError(t, server.SetReadDeadline(w.Time().Add(second)))
			_, err := server.Read(buf)
			var timeout interface{ Timeout() bool }
			require.ErrorAs(t, err, &timeout)
			require.True(t, timeout.Timeout())
		}
		require.NoError(t, server.SetReadDeadline(w.Time().Add(second)))
		_, err := client.Write([]byte("hello"))
		require.NoError(t, err)
		n, err := server.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "hello", string(buf[:n]))
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
		w.Sleep(second)
		require.NoError(t, server.Close())
		require.Equal(t, second+1, w.Now(), "a writer waits: no close_notify")
	})
	w = sim.New()
	client, server, raw := secure(t, w)
	run(t, w, func() {
		shake(t, w, client, server)
		_, err := server.Write(make([]byte, 8000))
		require.NoError(t, err)
		_ = raw
		start := w.Now()
		require.NoError(t, server.SetWriteDeadline(w.Time().Add(second)))
		_, err = server.Write(make([]byte, 8000))
		require.Error(t, err)
		require.NoError(t, server.Close())
		require.LessOrEqual(t, w.Now()-start, 6*second)
	})
}
