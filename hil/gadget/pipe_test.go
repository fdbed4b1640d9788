package gadget

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// What a device writes goes out in the packets that it means: a zero-length one
// where its transfer ends with a full one, and none where it goes on.
func TestWrites(t *testing.T) {
	for n, want := range map[int][]string{
		0:     {"write 0 0 false"},
		1:     {"write 0 1 false"},
		511:   {"write 0 511 false"},
		512:   {"write 0 512 true"},
		16383: {"write 0 16383 false"},
		16384: {"write 0 16384 false", "write 0 0 false"},
		20000: {"write 0 16384 false", "write 0 3616 false"},
		20480: {"write 0 16384 false", "write 0 4096 true"},
	} {
		onStage(t, Options{}, func(s *stage) {
			s.configured()
			data := pattern(n, n)
			k, err := s.dev.g.Endpoint(0x81).Write(data)
			require.NoError(s, err)
			require.Equal(s, n, k)
			require.Equal(s, want, s.sys.e.took(), "%d bytes", n)
			require.True(s, bytes.Equal(data, s.sys.e.data[epIn0]), "%d bytes", n)
		})
	}
}

// A host that does not read holds the device back.
func TestWritesWaitForTheHost(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.sys.e.hold = true
		data := pattern(1, inSlots*slotSize+1)
		finished := false
		s.w.Go("device", func() {
			_, err := s.dev.g.Endpoint(0x81).Write(data)
			require.NoError(s, err)
			finished = true
		})
		s.w.Sleep(1e9)
		require.Len(s, s.sys.e.took(), inSlots)
		require.False(s, finished)
		s.tell(report{kind: reportWritten, ep: epIn0, slot: 0, ok: true})
		require.True(s, finished)
		require.Equal(s, []string{"write 0 1 false"}, s.sys.e.took())
		require.True(s, bytes.Equal(data, s.sys.e.data[epIn0]))
	})
}

// What a host sends is read as transfers that end where the host ended them.
func TestReads(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		data := pattern(3, 2000)
		piece := func(from, to int, zero bool) report {
			return report{kind: reportData, ep: epOut0, data: data[from:to], slots: (to - from + 511) / 512, zero: zero}
		}
		for _, c := range []struct {
			list []report
			want []int // lengths of transfers
		}{
			{[]report{piece(0, 3, false)}, []int{3}},
			{[]report{piece(0, 512, false), piece(512, 513, false)}, []int{513}},
			{[]report{piece(0, 512, true)}, []int{512}},
			{[]report{piece(0, 1024, false), {kind: reportData, ep: epOut0, slots: 1, zero: true, data: data[:0]}}, []int{1024}},
			{[]report{{kind: reportData, ep: epOut0, slots: 1, zero: true, data: data[:0]}}, []int{0}},
			{[]report{piece(0, 10, false), piece(10, 30, false)}, []int{10, 20}},
		} {
			s.tell(c.list...)
			at := 0
			for _, n := range c.want {
				buf := make([]byte, 4096)
				k, err := s.dev.g.Endpoint(0x01).ReadTransfer(buf)
				require.NoError(s, err)
				require.Equal(s, n, k)
				require.Equal(s, data[at:at+n], buf[:k])
				at += n
			}
			free := 0
			for range s.sys.e.took() {
				free++
			}
			require.Equal(s, len(c.list), free, "what is read is free")
		}
	})
}

// What the device has not read stays where it is, and is let go of when the host
// ends its pipe.
func TestReadsAreHeldBack(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(report{kind: reportData, ep: epOut0, data: make([]byte, 1024), slots: 2})
		s.tell(report{kind: reportData, ep: epOut0, data: make([]byte, 3), slots: 1})
		require.Empty(s, s.sys.e.took())
		s.tell(disabled(0), disabled(1))
		require.Equal(s, []string{"free 1 2", "free 1 1"}, s.sys.e.took())
		s.tell(report{kind: reportData, ep: epOut0, data: make([]byte, 3), slots: 1})
		require.Equal(s, []string{"free 1 1"}, s.sys.e.took(), "and so is what comes too late")
	})
}

// Data on an endpoint of another setting proves that the host has selected that.
func TestDataProvesTheSetting(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.requests()
		s.tell(report{kind: reportData, ep: epOut1, data: []byte("native"), slots: 1})
		require.Equal(s, []string{setInterface1("01")}, s.requests())
		buf := make([]byte, 10)
		n, err := s.dev.g.Endpoint(0x04).Read(buf)
		require.NoError(s, err)
		require.Equal(s, "native", string(buf[:n]))
	})
}

// A new selection ends what was under way, and only there.
func TestSelectionEndsTransfers(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.tell(enabled(1, 1))
		var failed error
		s.w.Go("device", func() { _, failed = s.dev.g.Endpoint(0x04).Read(make([]byte, 1)) })
		other := false
		s.w.Go("other", func() {
			_, err := s.dev.g.Endpoint(0x01).Read(make([]byte, 1))
			other = err == nil
		})
		s.tell(enabled(1, 0))
		require.Equal(s, usb.Shutdown, failed)
		s.tell(report{kind: reportData, ep: epOut0, data: []byte("x"), slots: 1})
		require.True(s, other)
		s.tell(enabled(1, 1))
		_, err := s.dev.g.Endpoint(0x84).Write([]byte("again"))
		require.NoError(s, err)
		require.Equal(s, "again", string(s.sys.e.data[epIn1]))
	})
}

// What the controller could not send is lost, as in a FIFO; the pipe goes on when
// the host has enabled it again.
func TestWritesThatFail(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.sys.e.hold = true
		for range inSlots {
			_, err := s.dev.g.Endpoint(0x81).Write([]byte("x"))
			require.NoError(s, err)
		}
		for i := range inSlots {
			s.sys.e.tell(report{kind: reportWritten, ep: epIn0, slot: i})
		}
		s.sys.e.took()
		s.tell(enabled(0, 0), enabled(1, 0))
		_, err := s.dev.g.Endpoint(0x81).Write([]byte("y"))
		require.NoError(s, err)
		require.Equal(s, []string{"write 0 1 false"}, s.sys.e.took())
	})
}

// A halt is shown after what was written before it, and the device goes on.
func TestHalt(t *testing.T) {
	onStage(t, Options{}, func(s *stage) {
		s.configured()
		s.sys.e.hold = true
		_, err := s.dev.g.Endpoint(0x81).Write([]byte("before"))
		require.NoError(s, err)
		s.dev.g.Endpoint(0x81).SetHalt(true)
		s.w.Sleep(1e9)
		require.Equal(s, []string{"write 0 6 false"}, s.sys.e.took())
		s.sys.e.hold = false
		s.tell(report{kind: reportWritten, ep: epIn0, slot: 0, ok: true})
		require.Equal(s, []string{"halt 0"}, s.sys.e.took())
		require.False(s, s.dev.g.Endpoint(0x81).Halted())
		_, err = s.dev.g.Endpoint(0x81).Write([]byte("after"))
		require.NoError(s, err)
		require.Equal(s, []string{"write 0 5 false"}, s.sys.e.took())

		s.dev.g.Endpoint(0x81).SetHalt(true)
		s.w.Sleep(1e9)
		require.Equal(s, []string{"halt 0"}, s.sys.e.took(), "at once where nothing waits")

		// What the host was told had arrived is not lost.
		s.tell(report{kind: reportData, ep: epOut0, data: []byte("one"), slots: 1})
		s.dev.g.Endpoint(0x01).SetHalt(true)
		s.tell(report{kind: reportData, ep: epOut0, data: []byte("two"), slots: 1})
		require.Equal(s, []string{"halt 1"}, s.sys.e.took())
		for _, want := range []string{"one", "two"} {
			buf := make([]byte, 512)
			n, err := s.dev.g.Endpoint(0x01).ReadTransfer(buf)
			require.NoError(s, err)
			require.Equal(s, want, string(buf[:n]))
		}
	})
}

// Steady traffic allocates nothing.
func TestSteadyTrafficDoesNotAllocate(t *testing.T) {
	s := &stage{T: t, w: sim.New(), sys: &fakeSystem{}} // which nobody observes
	s.run(Options{}, func(s *stage) {
		s.configured()
		data, buf := make([]byte, 512), make([]byte, 512)
		out, in := s.dev.g.Endpoint(0x01), s.dev.g.Endpoint(0x81)
		quiet := &quietEngine{fakeEngine: s.sys.e}
		for i := range inSlots {
			quiet.buffer(epIn0, i)
		}
		s.port.at.engine = quiet
		list := make([]report, 1)
		tell := func(r report) {
			list[0] = r
			s.sys.e.sink(list)
		}
		round := func() {
			tell(report{kind: reportData, ep: epOut0, data: data, slots: 1})
			_, _ = out.Read(buf)
			_, _ = in.Write(buf)
			tell(report{kind: reportWritten, ep: epIn0, slot: quiet.slot, ok: true})
			s.w.Yield()
		}
		require.Zero(s, testing.AllocsPerRun(500, round))
	})
}

// quietEngine notes nothing but the last slot.
type quietEngine struct {
	*fakeEngine
	slot int
}

func (e *quietEngine) free(int, int)                   {}
func (e *quietEngine) write(_, slot, _ int, zero bool) { e.slot = slot }
