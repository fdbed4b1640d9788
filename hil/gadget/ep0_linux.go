package gadget

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/plugfest/plugfest/sim/usb"
)

// ep0Worker does what blocks on ep0: data and status stages end when the host has
// had its part, and the kernel knows no other way to do them.
type ep0Worker struct {
	wake int // eventfd of the engine
	jobs chan ep0Job
	mu   sync.Mutex
	done []ep0Job
}

// ep0Job is one of them.
type ep0Job struct {
	function int
	in       *instance
	setup    usb.Setup
	read     bool   // the data stage of an OUT request
	stall    bool   // refuse
	data     []byte // answer to an IN request; what has been read
	err      error
}

func (w *ep0Worker) init(wake int) {
	w.wake = wake
	w.jobs = make(chan ep0Job, 256) // more than there are functions
}

func (w *ep0Worker) do(j ep0Job) { w.jobs <- j }

func (w *ep0Worker) stop() { close(w.jobs) }

// run does the jobs. A signal would break a stage off, with its data lost: the
// thread takes none, and ends with the worker.
func (w *ep0Worker) run() {
	runtime.LockOSThread()
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i]--
	}
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil)
	for j := range w.jobs {
		j.run()
		w.mu.Lock()
		w.done = append(w.done, j)
		w.mu.Unlock()
		signal(w.wake)
	}
}

// finished calls fn for each job that is done.
func (w *ep0Worker) finished(fn func(ep0Job)) {
	w.mu.Lock()
	list := w.done
	w.done = nil
	w.mu.Unlock()
	for _, j := range list {
		fn(j)
	}
}

func (j *ep0Job) run() {
	var n int
	switch in := j.setup.In(); {
	case j.read:
		j.data = make([]byte, j.setup.Length)
		n, j.err = unix.Read(j.in.ep0, j.data)
		j.data = j.data[:max(n, 0)]
	case in != j.stall: // an answer to IN; the wrong direction for OUT
		_, j.err = unix.Write(j.in.ep0, j.data)
	default:
		_, j.err = unix.Read(j.in.ep0, nil)
	}
}
