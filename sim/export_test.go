package sim_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// echoInside sends back what it gets until its end, as a process.
func echoInside(w *sim.World, c net.Conn) {
	w.Go("echo", func() {
		_, _ = io.Copy(c, c)
		_ = c.Close()
	})
}

func TestExport(t *testing.T) {
	w := sim.New(sim.RealTime())
	a, b := w.Pipe("service")
	out := w.Export(a) // before Run
	require.Equal(t, "service", out.LocalAddr().String())
	require.Equal(t, "service", out.RemoteAddr().String())
	echoInside(w, b)
	stop := serve(t, w)
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	go func() {
		_, err := out.Write(data)
		require.NoError(t, err)
		require.NoError(t, out.(closeWriter).CloseWrite())
	}()
	got, err := io.ReadAll(out)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.NoError(t, out.Close())
	stop()
}

func TestExportFromOutside(t *testing.T) {
	w := sim.New(sim.RealTime())
	stop := serve(t, w)
	var out net.Conn
	require.NoError(t, w.Call("accept", func() {
		a, b := w.Pipe("service")
		echoInside(w, b)
		out = w.Export(a)
	}))
	writeString(t, out, "hello")
	require.Equal(t, "hello", readString(t, out, 10))
	_ = out.SetReadDeadline(time.Now().Add(2 * ms))
	_, err := out.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "on the machine's clock")
	stop()
	_, err = out.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the world has ended")
	_, err = out.Write([]byte("x"))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestExportEnds(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("service")
		out := w.Export(a)
		w.Outside("the outside closes", func() { _, _ = out.Write([]byte("bye")); _ = out.Close() })
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		require.Equal(t, "bye", string(got))
		for err == nil { // until the refusal has come through
			_, err = b.Write([]byte("x"))
			w.Sleep(ms)
		}
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.Empty(t, w.Waits())
	})
	run(t, w, func() {
		a, b := w.Pipe("service")
		out := w.Export(a)
		writeString(t, b, "bye")
		_ = b.Close()
		w.Outside("the outside reads", func() {
			got, err := io.ReadAll(out)
			require.NoError(t, err)
			require.Equal(t, "bye", string(got))
			for err == nil {
				_, err = out.Write([]byte("x"))
			}
			require.ErrorIs(t, err, io.ErrClosedPipe)
		})
		w.Yield()
		require.Empty(t, w.Waits())
	})
}

// A writer outside learns of the close inside although he has not read yet what
// was sent before it.
func TestExportRefusesWritesBeforeAllIsRead(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("service")
		out := w.Export(a)
		writeString(t, b, "unread")
		_ = b.Close()
		w.Outside("the outside writes", func() {
			var err error
			for err == nil {
				_, err = out.Write([]byte("x"))
			}
			require.ErrorIs(t, err, io.ErrClosedPipe)
			got, err := io.ReadAll(out)
			require.NoError(t, err)
			require.Equal(t, "unread", string(got))
		})
	})
}

// Any connection of the world can be exported: a link, for one.
func TestExportOfALink(t *testing.T) {
	w := sim.New(sim.RealTime())
	l := w.Link("bluetooth", sim.Impairments{Latency: ms}, sim.Impairments{Latency: ms})
	out := w.Export(l.A)
	echoInside(w, l.B)
	stop := serve(t, w)
	start := time.Now()
	writeString(t, out, "ping")
	require.Equal(t, "ping", readString(t, out, 10))
	require.GreaterOrEqual(t, time.Since(start), 2*ms)
	_ = out.Close()
	stop()
}

// Both at once: a process outside talks to a socket through the world.
func TestImportAndExportTogether(t *testing.T) {
	a, b := loopback(t)
	go echo(b)
	w := sim.New(sim.RealTime())
	out := w.Export(w.Import("socket", a))
	stop := serve(t, w)
	data := bytes.Repeat([]byte("x"), 300_000)
	go func() {
		_, _ = out.Write(data)
		_ = out.(closeWriter).CloseWrite()
	}()
	got, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Len(t, got, len(data))
	stop()
}
