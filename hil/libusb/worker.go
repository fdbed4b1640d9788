package libusb

import "sync"

// worker makes the calls of one handle in order, on a goroutine of its own. The
// world gives it jobs and never waits for it.
type worker struct {
	h    handle
	tell func() // posts that something has finished

	mu       sync.Mutex
	wake     sync.Cond
	jobs     []job
	finished []*urb // that the world does not know of yet
	inflight int
	last     func() // to be called at the end, nil while there is none in sight
	ended    bool
}

// job is one thing to do: submit or cancel a transfer, or a call.
type job struct {
	submit, cancel *urb
	call           func()
}

func newWorker(tell func()) *worker {
	k := &worker{tell: tell}
	k.wake.L = &k.mu
	return k
}

// add gives the worker something to do. It reports whether it will be done.
func (k *worker) add(j job) bool {
	k.mu.Lock()
	ok := !k.ended
	if ok {
		k.jobs = append(k.jobs, j)
	}
	k.mu.Unlock()
	k.wake.Signal()
	return ok
}

// run does jobs until finish is called and every transfer is back.
func (k *worker) run() {
	var batch []job
	for {
		k.mu.Lock()
		for len(k.jobs) == 0 && (k.last == nil || k.inflight > 0) {
			k.wake.Wait()
		}
		if len(k.jobs) == 0 {
			k.ended = true
			k.mu.Unlock()
			k.last()
			return
		}
		batch, k.jobs = k.jobs, batch[:0]
		k.mu.Unlock()
		for i := range batch {
			k.do(&batch[i])
			batch[i] = job{}
		}
	}
}

func (k *worker) do(j *job) {
	switch {
	case j.submit != nil:
		u := j.submit
		k.mu.Lock()
		k.inflight++
		k.mu.Unlock()
		u.refused = success
		if c := k.h.submit(u); c != success {
			u.refused = c
			k.done(u)
		}
	case j.cancel != nil:
		k.h.cancel(j.cancel)
	default:
		j.call()
	}
}

// done takes a transfer that has ended, on any goroutine.
func (k *worker) done(u *urb) {
	k.mu.Lock()
	k.finished = append(k.finished, u)
	k.inflight--
	first, last := len(k.finished) == 1, k.inflight == 0
	k.mu.Unlock()
	if first {
		k.tell()
	}
	if last {
		k.wake.Signal()
	}
}

// take returns what has finished since the last call; into is used again.
func (k *worker) take(into []*urb) []*urb {
	k.mu.Lock()
	defer k.mu.Unlock()
	into, k.finished = k.finished, into[:0]
	return into
}

// finish has run end, after last, as soon as nothing is under way.
func (k *worker) finish(last func()) {
	k.mu.Lock()
	k.last = last
	k.mu.Unlock()
	k.wake.Signal()
}
