package gadget

import (
	"cmp"
	"context"
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

// open implements system.
func (s linuxSystem) open(ctx context.Context, p *plan, o *Options, sink func([]report)) (engine, error) {
	e := &linuxEngine{f: s.f, plan: p, o: o, sink: sink, wake: -1, state: -1}
	if err := e.attach(ctx, s.alternates); err != nil {
		return nil, errors.Join(err, e.tearDown())
	}
	e.begin()
	return e, nil
}

// attach does all that comes before the first report.
func (e *linuxEngine) attach(ctx context.Context, alternates func() (bool, error)) error {
	if err := e.switchRole(); err != nil {
		return err
	}
	deadline := time.Now().Add(e.o.WaitUDC)
	udc, err := find(ctx, e.f, e.o, deadline)
	if err != nil {
		return err
	}
	e.plan.on(udc)
	maximum, err := e.f.Read(path.Join(udcRoot, udc, "maximum_speed"))
	if err != nil || parseSpeed(maximum) > e.plan.speed {
		e.plan.limit = true // or the kernel runs the bus at a speed that the device has no descriptors for
	}
	if err := e.build(alternates); err != nil {
		return err
	}
	if err := e.bind(ctx, deadline); err != nil {
		return err
	}
	if e.role != "" {
		e.role = "host" // of a role that a killed process left, too
	}
	return nil
}

// switchRole makes a port of both roles a device's: its controller may not exist
// before.
func (e *linuxEngine) switchRole() error {
	if e.o.Role == "" {
		return nil
	}
	former, _ := e.f.Read(e.o.Role)
	if err := e.f.Write(e.o.Role, "device"); err != nil {
		return explain("write to", e.o.Role, err)
	}
	// It may be "device" already, by a process that has the controller.
	e.role = cmp.Or(strings.TrimSpace(former), "host")
	return nil
}

// find names the controller, as soon as it is there.
func find(ctx context.Context, f files, o *Options, deadline time.Time) (string, error) {
	for {
		list, err := listUDCs(f)
		switch {
		case err != nil:
			return "", err
		case o.UDC == "" && len(list) > 0:
			return list[0], nil
		case o.UDC != "" && slices.Contains(list, o.UDC):
			return o.UDC, nil
		case !pause(ctx, deadline):
			return "", noUDC(o, list)
		}
	}
}

// noUDC says why there is no controller, of those in the list.
func noUDC(o *Options, list []string) error {
	e := &Error{Op: "look for", Path: path.Join(udcRoot, o.UDC), Err: ErrNoUDC}
	there := "there is " + cmp.Or(strings.Join(list, ", "), "none")
	switch {
	case o.Role != "":
		e.Help = fmt.Sprintf("%s %v after \"device\" was written to %s: load the controller's driver, name the role file of its own port, or allow more time by option wait=",
			there, max(o.WaitUDC, 0), o.Role)
	case o.UDC == "":
		e.Help = "this machine has none, or its driver is not loaded, or its port is host at present; without hardware: modprobe dummy_hcd"
	case o.WaitUDC > 0:
		e.Help = fmt.Sprintf("%s after %v", there, o.WaitUDC)
	default:
		e.Help = there
	}
	return e
}

// waitStep is how often a controller is looked for.
const waitStep = 20 * time.Millisecond

// pause waits for a step, and reports whether there was time for it.
func pause(ctx context.Context, deadline time.Time) bool {
	if !time.Now().Add(waitStep).Before(deadline) {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(waitStep):
		return true
	}
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
	return &Error{Op: "attach to", Path: e.plan.udc, Err: ErrAlternates,
		Help: "take Linux 6.8 or newer, or one with its change \"usb: gadget: f_fs: Add the missing get_alt callback\", or option alternates=refused"}
}

// bind binds the gadget, as soon as the controller is free.
func (e *linuxEngine) bind(ctx context.Context, deadline time.Time) error {
	for {
		err := bind(e.f, e.plan.gadget, e.plan.udc)
		if err == nil {
			e.bound = true
			return e.openState()
		}
		soon := errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EBUSY)
		if !soon || !pause(ctx, deadline) {
			return err
		}
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
	if e.role != "" {
		errs = append(errs, explain("write to", e.o.Role, e.f.Write(e.o.Role, e.role)))
	}
	return errors.Join(errs...)
}
