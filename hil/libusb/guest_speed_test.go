//go:build libusb && linux && cgo

package libusb

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// What passes through libusb and the kernel, with the kernel's own source and
// sink as the device. TestInLab with -v prints the table.
func TestGuestThroughput(t *testing.T) {
	g := newGadget(t, 0,
		[2]string{"max_speed", "super-speed"},
		[2]string{"functions/SourceSink.0/pattern", "2"}, // neither written nor looked at
		[2]string{"functions/SourceSink.0/bulk_buflen", "65536"},
		[2]string{"functions/SourceSink.0/bulk_qlen", "16"})
	defer g.remove()
	g.plug()
	inGuestWith(t, g, func(b *guestBench) {
		require.Equal(t, usb.Super, b.conn.Info().Speed)
		in, out := b.configure(2)
		table := []string{"way   in flight    MB/s  us each  allocations each"}
		for _, size := range []int{1024, 16 << 10, 64 << 10} {
			for _, n := range []int{1, 4, 16} {
				for _, ep := range []uint8{in, out} {
					table = append(table, b.throughput(ep, size, n))
				}
			}
		}
		t.Log("\n" + strings.Join(table, "\n"))
	})
}

// throughput keeps n transfers in flight for a while.
func (b *guestBench) throughput(ep uint8, size, n int) string {
	const span = 200 * time.Millisecond
	var before, after runtime.MemStats
	count, bytes, under := 0, 0, 0
	over := b.w.NewCond("transfers")
	begin := b.w.Now()
	done := func(t *usb.Transfer) {
		if t.Status != usb.OK || t.Actual != size {
			b.Errorf("%d bytes, %v", t.Actual, t.Status)
		}
		count++
		bytes += t.Actual
		if under--; b.w.Now()-begin < span {
			under++
			b.conn.Submit(t)
		}
		over.Signal()
	}
	runtime.ReadMemStats(&before)
	for range n {
		under++
		b.conn.Submit(&usb.Transfer{Endpoint: ep, Data: make([]byte, size), Done: done})
	}
	require.True(b, over.WaitFor(b.w.Now()+patience, func() bool { return under == 0 }))
	runtime.ReadMemStats(&after)
	took := b.w.Now() - begin
	require.Positive(b, bytes)
	way := "out"
	if ep&usb.DirIn != 0 {
		way = "in "
	}
	return fmt.Sprintf("%s %2d x %5d %7.1f %8.1f %8.2f", way, n, size, float64(bytes)/1e6/took.Seconds(),
		took.Seconds()*1e6/float64(count), float64(after.Mallocs-before.Mallocs)/float64(count))
}
