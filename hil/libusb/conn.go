package libusb

import (
	"fmt"
	"maps"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// conn is a [usb.Conn] over a handle of libusb.
type conn struct {
	a      *attachment
	h      handle
	k      *worker
	closed bool

	resetting bool
	live      map[*usb.Transfer]*urb
	order     []*urb // those of live, as they were submitted
	spare     []*urb
	refused   []*usb.Transfer // that could not be started, to be done
	refusing  *sim.Timer

	reaped  []*urb
	held    []*urb // may have failed because the device is gone
	patient *sim.Timer

	detached map[uint8]bool // interfaces taken from a driver of the kernel
}

// open opens the device.
func (a *attachment) open() (usb.Conn, error) {
	if err := a.acquire(); err != nil {
		return nil, err
	}
	w := a.h.w
	c := &conn{a: a, live: map[*usb.Transfer]*urb{}, detached: map[uint8]bool{}}
	c.refusing, c.patient = w.NewTimer(c.refuse), w.NewTimer(c.giveUp)
	reap := c.reap
	c.k = newWorker(func() { w.Post(reap) })
	var failed code
	var config uint8
	w.Outside("open of USB device "+a.dev.Path, func() {
		c.h, failed = a.openHandle(c.k.done)
		config = configuration(a.h.dir, a.dev.Path)
	})
	if config != a.config && !a.opened() {
		a.begin(config) // somebody else has changed it
	}
	a.leave()
	switch {
	case failed != success:
		return nil, failed.err("open", &a.dev)
	case a.gone:
		c.h.close()
		return nil, usb.Disconnected
	}
	c.k.h = c.h
	a.h.conns[c] = true
	a.h.wg.Go(func() {
		c.k.run()
		c.h.close()
	})
	c.readNames()
	c.readConfigNames()
	return c, nil
}

// accessPatience is how long udevd may take to give this user the device.
const accessPatience = time.Second

func (a *attachment) openHandle(done func(*urb)) (handle, code) {
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		h, c := a.h.backend.open(&a.dev, done)
		if c != errAccess || time.Since(begin) > accessPatience {
			return h, c
		}
	}
}

// Info implements [usb.Conn].
func (c *conn) Info() usb.DeviceInfo { return c.a.info }

// Descriptors implements [usb.Conn].
func (c *conn) Descriptors() *usb.Descriptors { return &c.a.desc }

// Configuration implements [usb.Conn].
func (c *conn) Configuration() uint8 { return c.a.config }

// call makes a call of the handle's after the jobs before it. It waits outside
// of the world.
func (c *conn) call(fn func() code) code {
	var result code
	c.a.h.w.Outside("USB device "+c.a.dev.Path, func() { result = c.outside(fn) })
	return result
}

// outside is call for code that is outside already.
func (c *conn) outside(fn func() code) code {
	done := make(chan code, 1)
	if !c.k.add(job{call: func() { done <- fn() }}) {
		return errInvalidParam // closed meanwhile
	}
	return <-done
}

// enter begins a change of settings.
func (c *conn) enter() error {
	if c.closed {
		return usb.Invalid
	}
	if err := c.a.acquire(); err != nil {
		return err
	}
	if c.closed {
		c.a.leave()
		return usb.Invalid
	}
	return nil
}

// SetConfiguration implements [usb.Conn]. It fails while somebody else has an
// interface.
func (c *conn) SetConfiguration(value uint8) error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	if value != 0 && a.desc.Config(value) == nil {
		return usb.Invalid
	}
	for _, owner := range a.claims {
		if owner != nil && owner != c {
			return usb.Invalid
		}
	}
	c.takeBack(usb.Shutdown, func(u *urb) bool { return u.iface >= 0 })
	var interfaces, mine []uint8
	if k := a.desc.Config(a.config); k != nil {
		for _, f := range k.Interfaces {
			interfaces = append(interfaces, f.Number)
			if a.claims[f.Number] == c {
				mine = append(mine, f.Number)
			}
		}
	}
	s := usb.Setup{Request: usb.ReqSetConfiguration, Value: uint16(value)}
	var took []uint8
	result := a.request(s, func() code {
		return c.outside(func() code {
			for _, n := range mine {
				c.h.release(n)
			}
			for _, n := range interfaces {
				if c.h.detachDriver(n) == success {
					took = append(took, n)
				}
			}
			return c.h.setConfiguration(value)
		})
	})
	a.claims = [256]*conn{}
	if value != a.config && result == success {
		clear(c.detached) // these interfaces are no more
		took = nil
	}
	for _, n := range took {
		c.detached[n] = true
	}
	if result != success {
		return result.err(fmt.Sprintf("set configuration %d", value), &a.dev)
	}
	a.begin(value)
	c.readConfigNames()
	return nil
}

// ClaimInterface implements [usb.Conn].
func (c *conn) ClaimInterface(number uint8) error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	k := a.desc.Config(a.config)
	switch owner := a.claims[number]; {
	case owner == c:
		return nil
	case owner != nil, a.config == 0, k == nil, !k.HasInterface(number):
		return usb.Invalid
	}
	took := false
	result := c.call(func() code {
		took = c.h.detachDriver(number) == success
		result := c.h.claim(number)
		if took && result != success {
			c.h.attachDriver(number)
		}
		return result
	})
	if result != success {
		return result.err(fmt.Sprintf("claim interface %d", number), &a.dev)
	}
	if took {
		c.detached[number] = true
	}
	a.claims[number] = c
	return nil
}

// ReleaseInterface implements [usb.Conn]. A driver of the kernel that had the
// interface gets it back.
func (c *conn) ReleaseInterface(number uint8) error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	if a.claims[number] != c {
		return usb.Invalid
	}
	c.takeBack(usb.Canceled, func(u *urb) bool { return u.iface == int(number) })
	attach := c.detached[number]
	result := c.call(func() code { return c.giveBack(number, attach) })
	a.claims[number] = nil
	delete(c.detached, number)
	return result.err(fmt.Sprintf("release interface %d", number), &a.dev)
}

// giveBack releases an interface, and gives it to a driver of the kernel. It is
// called by the worker.
func (c *conn) giveBack(number uint8, attach bool) code {
	result := c.h.release(number)
	if attach {
		c.h.attachDriver(number)
	}
	return result
}

// SetInterface implements [usb.Conn].
func (c *conn) SetInterface(number, setting uint8) error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	k := a.desc.Config(a.config)
	if k == nil || a.claims[number] != c || k.Alternate(number, setting) == nil {
		return usb.Invalid
	}
	c.takeBack(usb.Shutdown, func(u *urb) bool { return u.iface == int(number) })
	result := a.request(setInterface(number, setting), func() code {
		return c.outside(func() code { return c.h.setInterface(number, setting) })
	})
	if result != success {
		return result.err(fmt.Sprintf("set interface %d to %d", number, setting), &a.dev)
	}
	a.enter(number, k.Alternate(number, setting))
	return nil
}

// ClearHalt implements [usb.Conn].
func (c *conn) ClearHalt(endpoint uint8) error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	if _, ok := c.pipe(endpoint); !ok {
		return usb.Invalid
	}
	s := usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ReqClearFeature, Value: usb.FeatureEndpointHalt, Index: uint16(endpoint)}
	result := a.request(s, func() code {
		return c.outside(func() code { return c.h.clearHalt(endpoint) })
	})
	return result.err(fmt.Sprintf("clear halt of endpoint %02X", endpoint), &a.dev)
}

// Reset implements [usb.Conn]. Where the device does not come back as it was, it
// is another attachment, and the error is [usb.Disconnected].
func (c *conn) Reset() error {
	a := c.a
	if err := c.enter(); err != nil {
		return err
	}
	defer a.leave()
	c.resetting = true
	c.takeBack(usb.Shutdown, func(*urb) bool { return true })
	a.tap.Reset(a.dev.Address)
	// libusb releases the interfaces for a reset, and with that the kernel takes each
	// to setting 0: what was selected is selected again.
	var selected []usb.Setup
	for number, setting := range a.alts {
		if setting != 0 && a.claims[number] == c {
			selected = append(selected, setInterface(uint8(number), setting))
		}
	}
	result := c.call(func() code {
		result := c.h.reset()
		for _, s := range selected {
			if result == success {
				result = c.h.setInterface(uint8(s.Index), uint8(s.Value))
			}
		}
		return result
	})
	c.resetting = false
	switch result {
	case success:
		a.replay()
		return nil
	case errNotFound:
		return usb.Disconnected
	}
	return result.err("reset", &a.dev)
}

// Close implements [usb.Conn]. What is under way is done with [usb.Canceled].
func (c *conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	a := c.a
	c.recallAll(usb.Canceled, func(*urb) bool { return true })
	if len(c.held) > 0 {
		c.patient.Set(a.h.w.Now())
	}
	mine := maps.Clone(c.detached) // interfaces, and whether a driver had them
	for n := range a.claims {
		if a.claims[n] == c {
			a.claims[n] = nil
			mine[uint8(n)] = c.detached[uint8(n)]
		}
	}
	a.closing++
	c.k.finish(func() {
		for n, attach := range mine {
			c.giveBack(n, attach)
		}
		a.h.w.Post(func() {
			a.closing--
			a.changed.Broadcast()
		})
	})
	delete(a.h.conns, c)
	return nil
}
