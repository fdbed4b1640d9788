package gadget

import (
	"errors"
	"io"
	"path"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/plugfest/plugfest/sim/usb"
)

// linuxEngine is a gadget of configfs. One goroutine does all of its I/O, so that
// what the kernel tells over several files comes in an order: see pass.
type linuxEngine struct {
	f    files
	plan *plan
	o    *Options
	sink func([]report)

	lock      io.Closer
	role      string // to write in the end, once the port's was switched
	bound     bool
	trace     *tracer
	functions []functionIO
	endpoints []endpointIO
	memory    []byte
	pins      runtime.Pinner
	aio       *aio
	wake      int  // eventfd: somebody wants something
	state     int  // file with the controller's state
	gone      bool // there is no such file any more
	speed     usb.Speed
	reports   []report
	worker    ep0Worker
	over      sync.WaitGroup

	mu       sync.Mutex
	commands []command
	spare    []command
	stopping bool
	broken   bool // closed, or about to be
}

// command is what the world wants.
type command struct {
	verb     verb
	ep       int
	n        int // slots to free; bytes to write
	slot     int
	zero     bool
	function int
	data     []byte
	stall    bool
}

type verb uint8

const (
	verbFree verb = iota
	verbWrite
	verbHalt
	verbAnswer
)

// functionIO is a FunctionFS instance at work.
type functionIO struct {
	*instance
	running bool   // endpoints are enabled, as far as is known
	round   uint32 // how often they have been
	flight  int    // operations under way
	held    []event
	until   time.Time // when held events are told in any case
	pending bool      // a SETUP waits for its answer
	setup   usb.Setup // that one
	busy    bool      // the worker has ep0
}

// holdTime is how long an event waits for operations that it has ended. They end at
// once, but on a busy machine it takes time until that is heard.
const holdTime = 200 * time.Millisecond

func (e *linuxEngine) free(ep, n int) { e.command(command{verb: verbFree, ep: ep, n: n}) }

func (e *linuxEngine) write(ep, slot, n int, zero bool) {
	e.command(command{verb: verbWrite, ep: ep, slot: slot, n: n, zero: zero})
}

func (e *linuxEngine) halt(ep int) { e.command(command{verb: verbHalt, ep: ep}) }

func (e *linuxEngine) answer(function int, data []byte, stall bool) {
	e.command(command{verb: verbAnswer, function: function, data: append([]byte(nil), data...), stall: stall})
}

func (e *linuxEngine) command(c command) {
	e.mu.Lock()
	e.commands = append(e.commands, c)
	if len(e.commands) == 1 && !e.broken {
		signal(e.wake)
	}
	e.mu.Unlock()
}

func (e *linuxEngine) begin() {
	e.worker.init(e.wake)
	e.over.Add(2)
	go func() {
		defer e.over.Done()
		defer e.worker.stop()
		e.loop()
	}()
	go func() {
		defer e.over.Done()
		e.worker.run()
	}()
}

// close unbinds, which ends every operation, and then everything else.
func (e *linuxEngine) close() error {
	var err error
	if e.bound {
		err = unbind(e.f, e.plan.gadget)
		e.bound = false
	}
	e.mu.Lock()
	e.stopping = true
	e.mu.Unlock()
	signal(e.wake)
	e.over.Wait()
	return errors.Join(err, e.tearDown())
}

// loop runs until close.
func (e *linuxEngine) loop() {
	fds := []unix.PollFd{{Fd: int32(e.wake), Events: unix.POLLIN}, {Fd: int32(e.aio.event), Events: unix.POLLIN},
		{Fd: int32(e.state), Events: unix.POLLPRI | unix.POLLERR}}
	always := len(fds)
	for range e.functions {
		fds = append(fds, unix.PollFd{Events: unix.POLLIN})
	}
	changed := true
	for {
		stop, err := e.pass(changed)
		e.tell()
		if err != nil {
			e.reports = append(e.reports, report{kind: reportFailed, err: err})
			e.tell()
			return
		}
		if stop {
			return
		}
		if e.gone {
			fds[2].Fd = -1
		}
		for i := range e.functions {
			f := &e.functions[i]
			fds[always+i].Fd = int32(f.event)
			if f.busy {
				fds[always+i].Fd = -1
			}
		}
		_, err = unix.Poll(fds, e.patience())
		changed = err == nil && fds[2].Revents != 0
	}
}

// patience is how long to wait for something to happen, in milliseconds.
func (e *linuxEngine) patience() int {
	wait := -1
	for i := range e.functions {
		if f := &e.functions[i]; len(f.held) > 0 {
			wait = max(int(time.Until(f.until).Milliseconds())+1, 0)
		}
	}
	return wait
}

// pass does what there is to do. Data that has arrived comes before the events
// that are read after it: events end every operation of their endpoints, and wait
// until these have been told of. New operations are begun last, as endpoints may
// have been ended in between.
func (e *linuxEngine) pass(changed bool) (stop bool, err error) {
	drain(e.wake)
	drain(e.aio.event)
	if err := e.complete(); err != nil {
		return false, err
	}
	e.worker.finished(e.ep0Done)
	for i := range e.functions {
		if err := e.hear(i); err != nil {
			return false, err
		}
	}
	if changed {
		e.readState()
	}
	e.release()
	if stop = e.obey(); stop {
		return true, e.drainAll()
	}
	for i := range e.endpoints {
		e.endpoints[i].ask(e)
	}
	return false, e.aio.submit()
}

// obey does what the world wants, and reports whether that is to end.
func (e *linuxEngine) obey() bool {
	e.mu.Lock()
	list, stop := e.commands, e.stopping
	e.commands = e.spare[:0]
	e.mu.Unlock()
	for i := range list {
		c := &list[i]
		switch c.verb {
		case verbFree:
			e.endpoints[c.ep].release(c.n)
		case verbWrite:
			e.endpoints[c.ep].send(e, c)
		case verbHalt:
			p := &e.plan.endpoints[c.ep]
			_ = e.functions[p.function].refuse(p.file-1, p.in()) // disabled meanwhile: the host has other worries
		case verbAnswer:
			e.reply(c)
		}
		*c = command{}
	}
	e.spare = list
	return stop
}

// drainAll waits for what unbinding has ended.
func (e *linuxEngine) drainAll() error {
	deadline := time.Now().Add(time.Second)
	for e.inFlight() > 0 && time.Now().Before(deadline) {
		fds := []unix.PollFd{{Fd: int32(e.aio.event), Events: unix.POLLIN}}
		_, _ = unix.Poll(fds, 100)
		drain(e.aio.event)
		if err := e.complete(); err != nil {
			return err
		}
	}
	return nil
}

func (e *linuxEngine) inFlight() int {
	n := 0
	for i := range e.functions {
		n += e.functions[i].flight
	}
	return n
}

func (e *linuxEngine) report(r report) { e.reports = append(e.reports, r) }

// tell hands over what is to be reported.
func (e *linuxEngine) tell() {
	if len(e.reports) > 0 {
		e.sink(e.reports)
		clear(e.reports)
		e.reports = e.reports[:0]
	}
}

// readState tells of the state of the controller.
func (e *linuxEngine) readState() {
	var b [64]byte
	state := stateGone
	if n, err := unix.Pread(e.state, b[:], 0); err == nil {
		for n > 0 && (b[n-1] == '\n' || b[n-1] == 0) {
			n--
		}
		state = string(b[:n])
	}
	e.gone = state == stateGone
	e.speed = readSpeed(e.f, e.plan.udc)
	e.report(report{kind: reportState, state: state, speed: e.speed})
}

func (e *linuxEngine) openState() (err error) {
	at := path.Join(udcRoot, e.plan.udc, "state")
	e.state, err = unix.Open(at, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return explain("open", at, err)
}
