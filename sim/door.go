package sim

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// door is where code outside meets the world. It holds the only lock in a
// world.
type door struct {
	mu     sync.Mutex
	posted []func()
	spare  []func()
	knock  chan struct{} // has one element while posted is not empty
	out    int           // processes outside
	held   int           // Hold calls not released
}

func (d *door) init() { d.knock = make(chan struct{}, 1) }

// Post has fn called inside the world, between processes; fn must not wait.
// It may be called from any goroutine, and returns at once. Calls are made in
// the order of their posting.
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

// Call runs fn as a process of the world and waits for its end. It is for
// goroutines outside; inside it would wait for itself.
func (w *World) Call(name string, fn func()) {
	done := make(chan struct{})
	w.Post(func() {
		w.Go(name, func() {
			defer close(done)
			fn()
		})
	})
	<-done
}

// Hold keeps a world with nothing to do open for posts from outside, instead of
// reporting a deadlock. The returned function, safe to call more than once and
// from any goroutine, lets go.
func (w *World) Hold() (release func()) {
	w.door.mu.Lock()
	w.door.held++
	w.door.mu.Unlock()
	return sync.OnceFunc(func() {
		w.Post(func() {
			w.door.mu.Lock()
			w.door.held--
			w.door.mu.Unlock()
		})
	})
}

// Outside runs fn on a goroutine outside of the world and waits for it; other
// processes go on meanwhile. On the virtual clock time stands still until fn
// is back, so that a trace does not depend on the machine's speed. Reason says
// what is waited for, as in a [DeadlockError].
//
// If the world ends first, the process is stopped and fn left to finish.
func (w *World) Outside(reason string, fn func()) {
	p := w.me("Outside")
	d := &w.door
	d.mu.Lock()
	d.out++
	d.mu.Unlock()
	var failure *PanicError
	back := false
	name := p.name
	go func() {
		defer func() {
			if v := recover(); v != nil {
				failure = &PanicError{Process: name, Value: v, Stack: debug.Stack()}
			}
			w.Post(func() {
				d.mu.Lock()
				d.out--
				d.mu.Unlock()
				back = true
				w.ready(p)
			})
		}()
		fn()
	}()
	p.reason = reason
	for !back {
		w.park(p)
	}
	if failure != nil {
		panic(failure)
	}
}

func (d *door) outside() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out
}

func (d *door) expecting() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out > 0 || d.held > 0 || len(d.posted) > 0
}

// drain makes the posted calls; with block it first waits for one.
func (d *door) drain(w *World, block bool) {
	if block {
		<-d.knock
	} else {
		select {
		case <-d.knock:
		default:
			return
		}
	}
	d.deliver(w)
}

// wait waits for a post for at most t of real time, and reports whether one
// came and was made.
func (d *door) wait(w *World, t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-d.knock:
		w.advance(time.Since(w.started))
		d.deliver(w)
		return true
	case <-timer.C:
		return false
	}
}

func (d *door) deliver(w *World) {
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

func (w *World) String() string {
	return fmt.Sprintf("world(seed %d, t=%v, %d processes)", w.seed, w.now, len(w.living))
}
