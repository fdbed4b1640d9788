package gadget

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

type linuxSystem struct {
	f          files
	alternates func() (bool, error) // takesAlternates, asked once
}

func newSystem() system {
	f := realFiles{}
	return linuxSystem{f, sync.OnceValues(func() (bool, error) { return takesAlternates(f) })}
}

// find names the controller; with a role to switch, it may not be there yet.
func (s linuxSystem) find(o *Options) (string, error) {
	list, err := listUDCs(s.f)
	switch {
	case err != nil:
		return "", err
	case o.UDC == "" && len(list) > 0:
		return list[0], nil
	case o.UDC == "":
		return "", &Error{Op: "look for", Path: udcRoot, Err: ErrNoUDC,
			Help: "this machine has none, or its driver is not loaded, or its port is host at present; without hardware: modprobe dummy_hcd"}
	case !slices.Contains(list, o.UDC) && o.WaitUDC <= 0:
		return "", &Error{Op: "look for", Path: path.Join(udcRoot, o.UDC), Err: ErrNoUDC, Help: "there is " + strings.Join(list, ", ")}
	}
	return o.UDC, nil
}

// waitStep is how often a controller is looked for.
const waitStep = 20 * time.Millisecond

// open makes the gadget and binds it.
func (s linuxSystem) open(p *plan, o *Options, udc string, sink func([]report)) (engine, error) {
	maximum, err := s.f.Read(path.Join(udcRoot, udc, "maximum_speed"))
	if err != nil || parseSpeed(maximum) > p.speed {
		p.limit = true // or the kernel runs the bus at a speed that the device has no descriptors for
	}
	e := &linuxEngine{f: s.f, plan: p, o: o, udc: udc, sink: sink, wake: -1, state: -1}
	if err := e.build(s.alternates); err != nil {
		e.tearDown()
		return nil, err
	}
	if err := e.bind(); err != nil {
		e.tearDown()
		return nil, err
	}
	e.begin()
	return e, nil
}

// claim makes the gadget's directory and locks it, after having removed what a
// former process left there.
func claim(f files, gadget string) (io.Closer, error) {
	dir := path.Join(configRoot, gadget)
	for range 2 {
		err := f.Mkdir(dir)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, explain("mkdir", dir, err)
		}
		stale, err := lock(f, gadget)
		if err != nil {
			return nil, err
		}
		err = unbind(f, gadget)
		if err == nil {
			err = demolish(f, gadget)
		}
		stale.Close()
		if err != nil {
			return nil, fmt.Errorf("what a former process left: %w", err)
		}
	}
	return lock(f, gadget)
}

// lock keeps other processes from a gadget.
func lock(f files, gadget string) (io.Closer, error) {
	at := path.Join(configRoot, gadget, "UDC")
	c, err := f.Lock(at)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, &Error{Op: "lock", Path: at, Err: ErrInUse, Help: "end that process"}
	}
	return c, explain("lock", at, err)
}

// build makes everything but the last step, which the host sees.
func (e *linuxEngine) build(alternates func() (bool, error)) (err error) {
	if e.lock, err = claim(e.f, e.plan.gadget); err != nil {
		return err
	}
	if err := build(e.f, e.plan); err != nil {
		return err
	}
	if err := e.checkAlternates(alternates); err != nil {
		return err
	}
	if !e.o.NoTrace && e.plan.hasAlternates() {
		e.trace = newTracer(e.plan.gadget)
	}
	for i := range e.plan.functions {
		in, err := mount(e.plan.source(i))
		if err != nil {
			return err
		}
		e.functions = append(e.functions, functionIO{instance: in})
		if err := in.describe(&e.plan.functions[i]); err != nil {
			return err
		}
	}
	return e.allocate()
}

// checkAlternates fails where the host will be refused what the device offers.
func (e *linuxEngine) checkAlternates(alternates func() (bool, error)) error {
	if e.o.RefuseAlternates || !e.plan.hasAlternates() {
		return nil
	}
	ok, err := alternates()
	if err != nil || ok {
		return nil // a kernel without kallsyms does not say
	}
	return &Error{Op: "attach to", Path: e.udc, Err: ErrAlternates,
		Help: "take Linux 6.8 or newer, or one with its change \"usb: gadget: f_fs: Add the missing get_alt callback\", or option alternates=refused"}
}

// bind binds the gadget, as soon as the controller is there and free.
func (e *linuxEngine) bind() error {
	if e.o.Role != "" {
		if err := e.f.Write(e.o.Role, "device"); err != nil {
			return explain("write to", e.o.Role, err)
		}
		e.switched = true
	}
	deadline := time.Now().Add(e.o.WaitUDC)
	for {
		err := bind(e.f, e.plan.gadget, e.udc)
		if err == nil {
			e.bound = true
			return e.openState()
		}
		soon := errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EBUSY)
		if !soon || !time.Now().Add(waitStep).Before(deadline) {
			return err
		}
		time.Sleep(waitStep)
	}
}

// tearDown undoes all of it, however far it came.
func (e *linuxEngine) tearDown() error {
	var errs []error
	if e.bound {
		errs = append(errs, unbind(e.f, e.plan.gadget))
	}
	e.releaseIO()
	e.trace.close()
	if e.lock != nil {
		errs = append(errs, demolish(e.f, e.plan.gadget))
		e.lock.Close()
	}
	if e.switched {
		errs = append(errs, explain("write to", e.o.Role, e.f.Write(e.o.Role, "host")))
	}
	return errors.Join(errs...)
}
