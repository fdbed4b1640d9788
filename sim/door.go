package sim

import (
	"errors"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// ErrEnded is what [World.Call] returns when the world has ended.
var ErrEnded = errors.New("sim: the world has ended")

// door is where code outside meets the world. It holds the only lock in a
// world.
type door struct {
	mu     sync.Mutex
	posted []func()
	held   int            // Hold calls not released
	calls  map[*call]bool // Calls not returned
	ended  bool           // a Run is over, and no other has begun

	knock chan struct{} // has an element while posted is not empty

	// The world's own, without the lock:
	spare   []func()
	alarm   *time.Timer
	outside int // processes outside for which time stands still
	away    int // processes outside for which it does not
}

// Post has fn called inside the world, between processes; fn must not wait.
// It may be called from any goroutine, and returns at once. Calls are made in
// the order of their posting. On the virtual clock they are made when no process
// can run at that instant.
//
// A world that nobody waits in ends with a deadlock before a post can reach it:
// hold it open with [World.Hold].
func (w *World) Post(fn func()) {
	d := &w.door
	d.mu.Lock()
	d.posted = append(d.posted, fn)
	d.mu.Unlock()
	select {
	case d.knock <- struct{}{}:
	default:
	}
}

type call struct{ ended chan error }

// Call runs fn as a process of the world and waits for its end. It is for
// goroutines outside; inside it would wait for itself. It returns nil, or
// [ErrEnded] if the world ended before fn did. Before the first Run it waits.
func (w *World) Call(name string, fn func()) error {
	d := &w.door
	c := &call{ended: make(chan error, 1)}
	d.mu.Lock()
	if d.ended {
		d.mu.Unlock()
		return ErrEnded
	}
	if d.calls == nil {
		d.calls = make(map[*call]bool)
	}
	d.calls[c] = true
	d.mu.Unlock()
	w.Post(func() {
		if !d.pending(c) {
			return // its own Run is over
		}
		w.Go(name, func() {
			fn()
			d.settle(c)
		})
	})
	return <-c.ended
}

func (d *door) pending(c *call) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[c]
}

func (d *door) settle(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.calls, c)
	c.ended <- nil
}

// Hold keeps a world with nothing to do open for posts from outside, instead of
// reporting a deadlock. The returned function, safe to call more than once and
// from any goroutine, lets go.
func (w *World) Hold() (release func()) {
	d := &w.door
	d.mu.Lock()
	d.held++
	d.mu.Unlock()
	return sync.OnceFunc(func() {
		d.mu.Lock()
		d.held--
		d.mu.Unlock()
		w.Post(func() {}) // have the world look again
	})
}

// Outside runs fn on a goroutine outside of the world and waits for it; other
// processes go on meanwhile. On the virtual clock time stands still until fn
// is back, so that a trace does not depend on the machine's speed. Reason says
// what is waited for, as in a [DeadlockError].
//
// A panic of fn comes out of Outside, as a [*PanicError]. If the world ends
// first, the process is stopped and fn left to finish.
func (w *World) Outside(reason string, fn func()) { w.leave(reason, &w.door.outside, fn) }

// leave runs fn outside, and counts the process among those who are.
func (w *World) leave(reason string, count *int, fn func()) {
	t := &trip{p: w.me("Outside"), count: count, fn: fn}
	*count++
	go t.run()
	t.p.reason = reason
	for !t.back {
		w.park(t.p)
	}
	switch {
	case t.failure != nil:
		panic(t.failure)
	case t.goexit:
		runtime.Goexit()
	}
}

// trip is a process that is outside.
type trip struct {
	p       *process
	count   *int
	fn      func()
	failure *PanicError
	goexit  bool
	back    bool
}

func (t *trip) run() {
	t.goexit = true
	defer func() {
		if v := recover(); v != nil {
			t.goexit = false
			t.failure = &PanicError{Process: t.p.name, Value: v, Stack: debug.Stack()}
		}
		t.p.w.Post(t.end)
	}()
	t.fn()
	t.goexit = false
}

func (t *trip) end() {
	if t.p.finished {
		return // his world ended, and does not count him any more
	}
	*t.count--
	t.back = true
	t.p.w.ready(t.p)
}

func (d *door) open() {
	d.mu.Lock()
	d.ended = false
	d.mu.Unlock()
}

// close lets go of everybody who waits at the door.
func (d *door) close() {
	d.outside, d.away = 0, 0
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	for c := range d.calls {
		c.ended <- ErrEnded
	}
	clear(d.calls)
}

// expecting reports whether something may still come in.
func (d *door) expecting() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outside > 0 || d.away > 0 || d.held > 0 || len(d.posted) > 0
}

// poll is deliver for busy worlds: it costs a load where nobody knocks.
func (d *door) poll() {
	if len(d.knock) > 0 {
		d.deliver()
	}
}

// wait waits for a knock, at most for t of real time, and reports whether there
// was one.
func (d *door) wait(t time.Duration) bool {
	if t == Never {
		<-d.knock
		return true
	}
	if d.alarm == nil {
		d.alarm = time.NewTimer(t)
	} else {
		d.alarm.Reset(t)
	}
	select {
	case <-d.knock:
		d.alarm.Stop()
		return true
	case <-d.alarm.C:
		return false
	}
}

// deliver makes the posted calls, and reports whether somebody knocked.
func (d *door) deliver() bool {
	select {
	case <-d.knock:
		d.take()
		return true
	default:
		return false
	}
}

func (d *door) take() {
	d.mu.Lock()
	calls := d.posted
	d.posted = d.spare[:0]
	d.mu.Unlock()
	for i, fn := range calls {
		calls[i] = nil
		fn()
	}
	d.spare = calls[:0]
}
