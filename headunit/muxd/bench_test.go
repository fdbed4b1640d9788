package muxd_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Bytes from a client to the phone.
func BenchmarkUpload(b *testing.B) {
	const chunk = 64 << 10
	x := newRig(b, muxd.Options{})
	b.SetBytes(chunk)
	b.ReportAllocs()
	x.run(func(dev usbmuxd.Device) {
		conn, err := x.d.Dial(dev.ID, portSink)
		require.NoError(b, err)
		buf := make([]byte, chunk)
		b.ResetTimer()
		for range b.N {
			if _, err := conn.Write(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Bytes from the phone to a client.
func BenchmarkDownload(b *testing.B) {
	const chunk = 64 << 10
	x := newRig(b, muxd.Options{})
	b.SetBytes(chunk)
	b.ReportAllocs()
	x.run(func(dev usbmuxd.Device) {
		conn, err := x.d.Dial(dev.ID, portRead)
		require.NoError(b, err)
		x.w.Go("phone", func() {
			buf := make([]byte, chunk)
			for {
				if _, err := x.conns[0].Write(buf); err != nil {
					return
				}
			}
		})
		buf := make([]byte, chunk)
		b.ResetTimer()
		for range b.N {
			if _, err := io.ReadFull(conn, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A client that connects to a port of the phone, says a word, and goes.
func BenchmarkConnect(b *testing.B) {
	x := newRig(b, muxd.Options{})
	b.ReportAllocs()
	x.run(func(dev usbmuxd.Device) {
		word := []byte("x")
		for range b.N {
			conn, err := x.d.Dial(dev.ID, portEcho)
			if err != nil {
				b.Fatal(err)
			}
			if _, err = conn.Write(word); err == nil {
				_, err = io.ReadFull(conn, word)
			}
			if err != nil {
				b.Fatal(err)
			}
			conn.Close()
		}
	})
}

// What a phone costs that is shown and has one idle connection: both ends of
// everything.
func BenchmarkIdlePhones(b *testing.B) {
	x := newRig(b, muxd.Options{})
	var before, after runtime.MemStats
	x.run(func(usbmuxd.Device) {
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.ResetTimer()
		for range b.N {
			x.d.Watch(x.another())
		}
		x.d.WaitDevice(sim.Never)
		for len(x.d.Devices()) < b.N+1 {
			x.w.Sleep(1e6)
		}
		for _, dev := range x.d.Devices() {
			if _, err := x.d.Dial(dev.ID, portRead); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		heap := after.HeapAlloc + after.StackInuse - before.HeapAlloc - before.StackInuse
		b.ReportMetric(float64(heap)/float64(b.N), "B/phone")
	})
}
