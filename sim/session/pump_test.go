package session_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
)

// script is an engine whose answers the test writes down.
type script struct {
	fed   []byte
	ticks []time.Duration
	due   time.Duration // sim.Never: no deadline
	queue [][]byte
	onFed func()
}

func newScript() *script { return &script{due: sim.Never} }

func (s *script) Feed(_ time.Duration, data []byte) {
	s.fed = append(s.fed, data...)
	if s.onFed != nil {
		s.onFed()
	}
}

func (s *script) Tick(now time.Duration) {
	s.ticks = append(s.ticks, now)
	s.due = sim.Never
}

func (s *script) Deadline() (time.Duration, bool) { return s.due, s.due != sim.Never }

func (s *script) NextOutput() ([]byte, bool) {
	if len(s.queue) == 0 {
		return nil, false
	}
	out := s.queue[0]
	s.queue = s.queue[1:]
	return out, true
}

func (s *script) say(text string) { s.queue = append(s.queue, []byte(text)) }

// pumped starts a pump on one end of a pipe with n bytes of buffer and returns
// the other end. It counts the calls of events.
func pumped(w *sim.World, n int, e session.Engine) (p *session.Pump, far io.ReadWriteCloser, events *int) {
	near, far := w.PipeSize("transport", n)
	events = new(int)
	p = session.NewPump(w, "pump", near, e, func() { *events++ })
	p.Start()
	return p, far, events
}

func read(t testing.TB, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	require.NoError(t, err)
	return string(b)
}

func TestPumpCarriesBothDirections(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		e.onFed = func() { e.say("answer") }
		_, far, _ := pumped(w, 100, e)
		far.Write([]byte("question"))
		require.Equal(t, "answer", read(t, far, 6))
		require.Equal(t, "question", string(e.fed))
	})
}

// What the engine queues while the writer is busy with the transport is not
// forgotten: the wake-up comes when nobody waits for it.
func TestPumpLosesNoWakeUpWhileItWrites(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		p, far, _ := pumped(w, 1, e)
		e.say("first")
		p.Turn()
		w.Sleep(time.Second) // the writer hangs in the second byte now
		e.say("second")
		p.Turn()
		e.say("third")
		p.Turn()
		require.Equal(t, "firstsecondthird", read(t, far, 16))
	})
}

// An engine may queue output on its own, when it is asked for output: the pump
// looks again after every write.
func TestPumpAsksUntilTheEngineHasNothing(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		for range 50 {
			e.say("x")
		}
		_, far, _ := pumped(w, 3, e)
		require.Len(t, read(t, far, 50), 50)
	})
}

func TestPumpTicksWhenTheDeadlineComes(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		e.due = 5 * time.Second
		p, _, _ := pumped(w, 100, e)
		w.Sleep(time.Second)
		e.due = 3 * time.Second // earlier
		p.Turn()
		w.SleepUntil(4 * time.Second)
		require.Equal(t, []time.Duration{3 * time.Second}, e.ticks)

		e.due = 6 * time.Second
		p.Turn()
		w.SleepUntil(5 * time.Second)
		e.due = 8 * time.Second // later
		p.Turn()
		w.SleepUntil(9 * time.Second)
		require.Equal(t, []time.Duration{3 * time.Second, 8 * time.Second}, e.ticks)

		e.due = 10 * time.Second
		p.Turn()
		e.due = sim.Never // not at all
		p.Turn()
		w.SleepUntil(20 * time.Second)
		require.Len(t, e.ticks, 2)

		e.due = w.Now() - time.Second // past: at once
		p.Turn()
		w.Sleep(time.Nanosecond)
		require.Equal(t, []time.Duration{3 * time.Second, 8 * time.Second, 20 * time.Second}, e.ticks)
	})
}

func TestPumpEndsWithItsTransport(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		e.due = time.Minute
		p, far, events := pumped(w, 100, e)
		far.Write([]byte("last words"))
		far.Close()
		p.WaitClosed()
		require.ErrorIs(t, p.Err(), io.EOF)
		require.Equal(t, "last words", string(e.fed))
		require.True(t, p.Wait(w.Now()), "both processes have ended")

		before := *events
		p.Turn() // for whoever still wants to know why
		require.Greater(t, *events, before)
		w.Sleep(2 * time.Minute)
		require.Empty(t, e.ticks, "a closed pump lets its timer go")
	})
}

func TestPumpEndsWhenItCannotWrite(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		near, far := w.Pipe("transport")
		never := w.NewCond("data that never comes")
		p := session.NewPump(w, "pump", deaf{near, never}, e, func() {})
		p.Start()
		far.Close()
		w.Sleep(time.Second)
		require.False(t, p.Closed(), "its reader hangs elsewhere")
		e.say("hello")
		p.Turn()
		p.WaitClosed()
		require.ErrorIs(t, p.Err(), io.ErrClosedPipe)
		require.False(t, p.Wait(w.Now()+time.Hour), "the reader cannot be woken")
	})
}

// deaf is a transport whose reads never return, as those of a device that the
// kernel has lost.
type deaf struct {
	io.ReadWriteCloser
	never *sim.Cond
}

func (d deaf) Read([]byte) (int, error) {
	d.never.Wait()
	return 0, io.EOF
}

func TestFlushReturnsWhenTheTransportHasTakenEverything(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		p, far, _ := pumped(w, 4, e)
		e.say("0123456789")
		e.say("abcdef")
		w.Go("slow reader", func() {
			w.Sleep(time.Second)
			read(t, far, 12) // 4 are left, as many as the pipe holds
		})
		p.Flush()
		require.Equal(t, time.Second, w.Now())
		require.Equal(t, "cdef", read(t, far, 4))

		p.Flush() // nothing to do: no wait
		require.Equal(t, time.Second, w.Now())
	})
}

func TestFlushDoesNotHangOnAPumpThatCloses(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		p, _, _ := pumped(w, 4, e)
		e.say("more than the pipe holds")
		w.After(time.Second, func() { p.Close() })
		p.Flush()
		require.Equal(t, time.Second, w.Now())
		p.Flush()
	})
}

func TestInjectedBytesGoBeforeTheEngines(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		e.say("engine")
		p, far, _ := pumped(w, 100, e)
		bytes := []byte("injected")
		p.Inject(bytes)
		copy(bytes, "XXXXXXXX") // the pump has a copy
		require.Equal(t, "injectedengine", read(t, far, 14))
	})
}

// Close wakes both processes wherever they hang, and says so to nobody as an
// error.
func TestCloseWhileBothDirectionsHang(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		p, far, events := pumped(w, 1, e)
		e.say("stuck")
		p.Turn()
		w.Sleep(time.Second)
		before := *events
		require.NoError(t, p.Close())
		require.Equal(t, before+1, *events, "the owner is told")
		require.NoError(t, p.Close())
		require.Equal(t, before+1, *events, "once")
		require.True(t, p.Wait(w.Now()+time.Nanosecond))
		require.NoError(t, p.Err())
		require.True(t, p.Closed())
		_, err := io.ReadAll(far)
		require.NoError(t, err, "the transport is closed too")
	})
}

// After Close the engine is left alone, whatever arrives late.
func TestAClosedPumpFeedsNothing(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		e := newScript()
		p, far, _ := pumped(w, 100, e)
		w.Yield() // the reader waits now
		far.Write([]byte("too late"))
		p.Close()
		w.Sleep(time.Second)
		require.Empty(t, e.fed)
	})
}
