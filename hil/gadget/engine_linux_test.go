package gadget

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/plugfest/plugfest/sim/usb"
)

// ring is an OUT endpoint of an engine that nobody calls the kernel for.
type ring struct {
	*testing.T
	e *linuxEngine
	x *endpointIO
	n byte
}

func newRing(t *testing.T) *ring {
	e := &linuxEngine{plan: testPlan(t), o: &Options{ReadPackets: 1}, aio: &aio{}, speed: usb.High}
	e.functions = []functionIO{{instance: &instance{files: []int{-1, -1}}, running: true}, {}}
	e.endpoints = make([]endpointIO, len(e.plan.endpoints))
	x := &e.endpoints[epOut0]
	*x = endpointIO{index: epOut0, function: &e.functions[0], file: 1, memory: make([]byte, ringSize)}
	x.begin(512)
	return &ring{T: t, e: e, x: x}
}

// ask begins what can be begun, and returns how many reads that are.
func (r *ring) ask() int {
	r.e.aio.batch = nil
	r.x.ask(r.e)
	return len(r.e.aio.batch)
}

// arrive completes the next reads with packets of these lengths.
func (r *ring) arrive(lengths ...int) {
	for _, n := range lengths {
		slot := int(r.x.told) % r.x.slots
		r.n++
		if n > 0 {
			r.x.memory[slot*r.x.slot] = r.n
		}
		r.e.completed(&ioEvent{data: r.x.mark(slot), res: int64(n)})
	}
}

// pieces returns what has been told, as slots and lengths, the first byte of each
// piece, and how it ended.
func (r *ring) pieces() [][3]int {
	var list [][3]int
	for _, p := range r.e.reports {
		require.Equal(r, reportData, p.kind)
		how := 0
		if p.ended {
			how = 1
		}
		if p.zero {
			how = 2
		}
		list = append(list, [3]int{p.slots, len(p.data), how})
	}
	r.e.reports = nil
	return list
}

// Packets that arrive together are one piece, which ends where the host ended it.
func TestPieces(t *testing.T) {
	for name, c := range map[string]struct {
		arrive []int
		want   [][3]int
	}{
		"one":                               {[]int{512}, [][3]int{{1, 512, 0}}},
		"short":                             {[]int{7}, [][3]int{{1, 7, 1}}},
		"nothing":                           {[]int{0}, [][3]int{{1, 0, 2}}},
		"run":                               {[]int{512, 512, 512}, [][3]int{{3, 1536, 0}}},
		"run with an end":                   {[]int{512, 512, 100}, [][3]int{{3, 1124, 1}}},
		"run with nothing":                  {[]int{512, 512, 0}, [][3]int{{3, 1024, 2}}},
		"two":                               {[]int{512, 100, 512, 1}, [][3]int{{2, 612, 1}, {2, 513, 1}}},
		"nothing, and a run":                {[]int{0, 0, 512}, [][3]int{{1, 0, 2}, {1, 0, 2}, {1, 512, 0}}},
		"after an operation that was ended": {[]int{512, -int(unix.ESHUTDOWN), 512}, [][3]int{{1, 512, 0}, {1, 512, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t)
			require.Equal(t, maxSlots, r.ask())
			r.arrive(c.arrive...)
			require.Equal(t, c.want, r.pieces())
		})
	}
}

// The ring goes round, and a piece ends where its memory does.
func TestRing(t *testing.T) {
	r := newRing(t)
	require.Equal(t, maxSlots, r.ask())
	require.Zero(t, r.ask(), "all are under way")
	for range 60 {
		r.arrive(512)
	}
	require.Equal(t, [][3]int{{60, 60 * 512, 0}}, r.pieces())
	require.Zero(t, r.ask(), "the device has all of it still")
	r.x.release(10)
	require.Equal(t, 10, r.ask())
	r.arrive(512, 512, 512, 512, 512, 512)
	require.Equal(t, [][3]int{{4, 4 * 512, 0}, {2, 2 * 512, 0}}, r.pieces())
	require.Equal(t, 8, r.x.function.flight)
	r.x.release(50)
	require.Equal(t, 50, r.ask())
	r.x.release(100)
	require.Equal(t, 6, r.ask(), "no more than there were")
	require.Equal(t, maxSlots, r.x.function.flight)
}

// Operations that the host has ended leave their memory, in the order in which it
// comes free; none is begun until an event says that it makes sense.
func TestRingEnds(t *testing.T) {
	r := newRing(t)
	r.ask()
	r.arrive(512, 512)
	for range maxSlots - 2 {
		r.arrive(-int(unix.ESHUTDOWN))
	}
	require.False(t, r.x.function.running)
	require.Zero(t, r.ask())
	require.Zero(t, r.x.function.flight)
	r.x.function.running = true
	r.x.begin(512)
	require.Zero(t, r.ask(), "the device has the oldest still")
	r.x.release(1)
	require.Equal(t, 1, r.ask())
	r.x.release(1)
	require.Equal(t, maxSlots-1, r.ask())
	require.Equal(t, [][3]int{{2, 1024, 0}}, r.pieces())

	// Another speed has other packets, once nothing is left.
	r.x.begin(64)
	require.Equal(t, 512, r.x.slot)
	for range maxSlots {
		r.arrive(-int(unix.ESHUTDOWN))
	}
	r.x.begin(64)
	require.Equal(t, 64, r.x.slot)
}

// What is of a former round comes too late: neither its data nor its end are of
// this one.
func TestFormerRound(t *testing.T) {
	r := newRing(t)
	r.ask()
	former := r.x.mark(0)
	r.x.function.round++
	r.e.completed(&ioEvent{data: former, res: 512})
	r.e.completed(&ioEvent{data: former + 1, res: -int64(unix.ESHUTDOWN)})
	require.True(t, r.x.function.running)
	require.Empty(t, r.pieces())
	require.Equal(t, 2, r.ask())

	in := &r.e.endpoints[epIn0]
	*in = endpointIO{index: epIn0, in: true, function: r.x.function, errno: make([]error, inSlots), parts: []int{1, 1, 2, 0}}
	former = in.mark(0)
	r.x.function.round++
	r.e.completed(&ioEvent{data: former, res: 512})
	r.e.completed(&ioEvent{data: in.mark(1), res: 512})
	r.e.completed(&ioEvent{data: in.mark(2), res: 512})
	require.True(t, r.x.function.running)
	require.Len(t, r.e.reports, 2, "one has another part under way")
	require.False(t, r.e.reports[0].ok, "the host of now has not got it")
	require.True(t, r.e.reports[1].ok)
	r.e.completed(&ioEvent{data: in.mark(2), res: -int64(unix.ESHUTDOWN)})
	require.False(t, r.e.reports[2].ok)
	require.False(t, r.x.function.running)
}

// An error that no host causes is told, once, and nothing is tried any more.
func TestUnknownErrors(t *testing.T) {
	r := newRing(t)
	r.ask()
	for range 3 {
		r.e.completed(&ioEvent{data: r.x.mark(int(r.x.told)), res: -int64(unix.EIO)})
	}
	require.Len(t, r.e.reports, 1)
	require.Equal(t, reportFailed, r.e.reports[0].kind)
	require.EqualError(t, r.e.reports[0].err, "gadget: move data of endpoint 01: "+unix.EIO.Error())
	require.Zero(t, r.ask())
}

// Slots of many packets end early where the host ends a transfer.
func TestLargeReads(t *testing.T) {
	r := newRing(t)
	r.x.begin(16384)
	require.Equal(t, ringSize/16384, r.ask())
	r.arrive(16384, 1024, 100)
	require.Equal(t, [][3]int{{2, 17408, 2}, {1, 100, 1}}, r.pieces())
}

// Events wait until what they have ended is told; a SETUP that was given up is
// not told at all, or is told to be so.
func TestHeldEvents(t *testing.T) {
	e := &linuxEngine{plan: testPlan(t), o: &Options{}}
	e.functions = make([]functionIO, 2)
	kinds := func() []string {
		var list []string
		for _, r := range e.reports {
			if r.kind != reportState {
				list = append(list, r.kind.String())
			}
		}
		e.reports = nil
		return list
	}
	f := &e.functions[0]
	f.running, f.flight = true, 1
	f.hold(e, 0, event{kind: eventSuspend})
	e.release()
	require.Equal(t, []string{"suspended"}, kinds(), "it ends nothing")
	f.hold(e, 0, event{kind: eventUnbind})
	require.False(t, f.running)
	e.functions[1].hold(e, 1, event{kind: eventResume})
	e.release()
	require.Empty(t, kinds(), "one after the other, over all functions")
	f.flight = 0
	e.release()
	require.Equal(t, []string{"unbound", "resumed"}, kinds())

	f.flight = 1
	f.hold(e, 0, event{kind: eventUnbind})
	f.until = f.until.Add(-2 * holdTime)
	e.release()
	require.Equal(t, []string{"unbound"}, kinds(), "but not for ever")
	f.flight = 0

	in := event{eventSetup, usb.Setup{RequestType: 0xC0, Length: 4}}
	f.hold(e, 0, in)
	f.hold(e, 0, in)
	e.release()
	require.Equal(t, []string{"setup"}, kinds(), "the first was never told")
	require.True(t, f.pending)
	f.hold(e, 0, in)
	e.release()
	require.Equal(t, []string{"withdrawn", "setup"}, kinds())
	f.withdraw(e, 0)
	f.withdraw(e, 0)
	require.Equal(t, []string{"withdrawn"}, kinds())
}

// Steady reading allocates nothing.
func TestReadsDoNotAllocate(t *testing.T) {
	r := newRing(t)
	r.e.reports = make([]report, 0, 8)
	r.e.aio.batch = make([]*iocb, 0, maxSlots)
	r.ask()
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		r.arrive(512, 512, 512, 100)
		r.e.reports = r.e.reports[:0]
		r.x.release(4)
		r.e.aio.batch = r.e.aio.batch[:0]
		r.x.ask(r.e)
	}))
}
