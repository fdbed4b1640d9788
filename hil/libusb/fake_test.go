package libusb

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// fakeKernel is a kernel and libusb for a device on a cable: sysfs, and a
// backend. It enumerates and configures as a kernel does.
type fakeKernel struct {
	w     *sim.World
	cable *usb.Cable
	kick  func()
	ended chan struct{} // closed when the world ends

	mu    sync.Mutex
	sysfs fstest.MapFS
	ids   map[uint8]usb.DeviceID // of the cable, by address

	refuse func(op string) code    // makes calls fail
	turn   func(usb.Status) result // how a transfer ended, in libusb's words
}

// newFake makes a host of a world of its own, at one end of a cable.
func newFake(t testing.TB, o Options) (*fakeKernel, *Host) {
	w := sim.New(sim.RealTime())
	k := &fakeKernel{w: w, sysfs: fstest.MapFS{}, ids: map[uint8]usb.DeviceID{}, ended: make(chan struct{}), turn: resultOf}
	k.cable = usb.NewCable(w, usb.CableOptions{Debounce: -1, ResetTime: -1, Recovery: -1})
	o.Poll = true
	h, err := newHost(w, o, k, k, nil)
	require.NoError(t, err)
	k.kick = h.monitor.kick
	w.Go("kernel", k.enumerate)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return k, h
}

// setTurn changes how transfers end.
func (k *fakeKernel) setTurn(fn func(usb.Status) result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turn = fn
}

// setRefuse changes which calls fail.
func (k *fakeKernel) setRefuse(fn func(string) code) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse = fn
}

// Open implements fs.FS.
func (k *fakeKernel) Open(name string) (fs.File, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.sysfs).Open(name)
}

// enumerate is the kernel's process for new devices.
func (k *fakeKernel) enumerate() {
	defer close(k.ended) // before the host is closed: its process is older
	watch := k.cable.A().Watch()
	for {
		e, _ := watch.Next(sim.Never)
		path := "3-1"
		if e.Kind == usb.Detached {
			k.mu.Lock()
			for name := range k.sysfs {
				if name == path || len(name) > 4 && name[:4] == path+"/" {
					delete(k.sysfs, name)
				}
			}
			k.mu.Unlock()
			k.kick()
			continue
		}
		c, err := k.cable.A().Open(e.Info.ID)
		if err != nil {
			continue
		}
		d := c.Descriptors()
		if c.SetConfiguration(d.Configs[0].Value) != nil {
			continue
		}
		c.Close()
		raw := d.Device.AppendTo(nil)
		for i := range d.Configs {
			raw = d.Configs[i].AppendTo(raw)
		}
		k.mu.Lock()
		k.ids[e.Info.Address] = e.Info.ID
		maps.Copy(k.sysfs, sysfsEntry(path, e.Info.Address, raw, d.Configs[0].Value))
		k.mu.Unlock()
		k.kick()
	}
}

// sysfsEntry is what sysfs has of a high-speed device on bus 3.
func sysfsEntry(path string, address uint8, raw []byte, config uint8) fstest.MapFS {
	m := fstest.MapFS{}
	put := func(name, text string) { m[path+"/"+name] = &fstest.MapFile{Data: []byte(text)} }
	put("busnum", "3\n")
	put("devnum", fmt.Sprintf("%d\n", address))
	put("speed", "480\n")
	put("serial", "0001\n")
	put("descriptors", string(raw))
	if config != 0 {
		put("bConfigurationValue", fmt.Sprintf("%d\n", config))
	} else {
		put("bConfigurationValue", "\n")
	}
	return m
}

// configured is a device whose configuration has changed.
func (k *fakeKernel) configured(value uint8) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sysfs["3-1/bConfigurationValue"] = &fstest.MapFile{Data: fmt.Appendln(nil, value)}
}

// open implements backend.
func (k *fakeKernel) open(d *Device, done func(*urb)) (handle, code) {
	if c := k.fails("open"); c != success {
		return nil, c
	}
	k.mu.Lock()
	id := k.ids[d.Address]
	k.mu.Unlock()
	h := &fakeHandle{k: k, done: done, under: map[*urb]bool{}}
	return h, h.call("", func() (err error) {
		h.conn, err = k.cable.A().Open(id)
		return err
	})
}

func (k *fakeKernel) fails(op string) code {
	k.mu.Lock()
	refuse := k.refuse
	k.mu.Unlock()
	if refuse == nil || op == "" {
		return success
	}
	return refuse(op)
}

// fakeHandle is a Conn of the cable as a handle of libusb.
type fakeHandle struct {
	k    *fakeKernel
	conn usb.Conn
	done func(*urb)

	mu    sync.Mutex
	under map[*urb]bool // under way
}

// call makes a call inside the world.
func (h *fakeHandle) call(op string, fn func() error) code {
	if c := h.k.fails(op); c != success {
		return c
	}
	result := make(chan error, 1)
	go h.k.w.Call("kernel: "+op, func() { result <- fn() }) // returns when the world ends
	var err error
	select {
	case err = <-result:
	case <-h.k.ended:
		return errNoDevice
	}
	switch {
	case err == nil:
		return success
	case errors.Is(err, usb.Disconnected):
		return errNoDevice
	case errors.Is(err, usb.Stall):
		return errPipe
	}
	return errBusy
}

func (h *fakeHandle) submit(u *urb) code {
	if c := h.k.fails("submit"); c != success {
		return c
	}
	inner, ok := u.native.(*usb.Transfer)
	if !ok {
		inner = &usb.Transfer{}
		u.native = inner
	}
	inner.Endpoint, inner.Setup, inner.Data, inner.ZeroPacket = u.t.Endpoint, u.t.Setup, u.t.Data, u.t.ZeroPacket
	inner.Done = func(*usb.Transfer) { h.ended(u, inner.Status, inner.Actual) }
	h.mu.Lock()
	h.under[u] = true
	h.mu.Unlock()
	if h.call("", func() error { h.conn.Submit(inner); return nil }) != success {
		h.ended(u, usb.Disconnected, 0)
	}
	return success
}

// resultOf turns a status of ours into one of libusb's.
func resultOf(s usb.Status) result {
	if s == usb.Shutdown {
		return transferNoDevice // libusb has one word for both
	}
	for i, status := range results {
		if status == s {
			return result(i)
		}
	}
	return transferError
}

func (h *fakeHandle) ended(u *urb, s usb.Status, n int) {
	h.mu.Lock()
	was := h.under[u]
	delete(h.under, u)
	h.mu.Unlock()
	if !was {
		return
	}
	h.k.mu.Lock()
	turn := h.k.turn
	h.k.mu.Unlock()
	u.result, u.actual = turn(s), n
	h.done(u)
}

func (h *fakeHandle) cancel(u *urb) {
	inner := u.native.(*usb.Transfer)
	if h.call("", func() error { h.conn.Cancel(inner); return nil }) != success {
		h.ended(u, usb.Canceled, 0)
	}
}

func (h *fakeHandle) setConfiguration(v uint8) code {
	result := h.call("set configuration", func() error { return h.conn.SetConfiguration(v) })
	if result == success {
		h.k.configured(v)
	}
	return result
}
func (h *fakeHandle) claim(n uint8) code {
	return h.call("claim", func() error { return h.conn.ClaimInterface(n) })
}
func (h *fakeHandle) release(n uint8) code {
	return h.call("release", func() error { return h.conn.ReleaseInterface(n) })
}
func (h *fakeHandle) detachDriver(uint8) code { return h.k.fails("detach driver") }
func (h *fakeHandle) attachDriver(uint8) code { return h.k.fails("attach driver") }
func (h *fakeHandle) setInterface(n, s uint8) code {
	return h.call("set interface", func() error { return h.conn.SetInterface(n, s) })
}
func (h *fakeHandle) clearHalt(ep uint8) code {
	return h.call("clear halt", func() error { return h.conn.ClearHalt(ep) })
}

// reset is libusb's: afterwards each interface is at setting 0.
func (h *fakeHandle) reset() code {
	return h.call("reset", func() error {
		err := h.conn.Reset()
		for n := range 4 {
			_ = h.conn.SetInterface(uint8(n), 0)
		}
		return err
	})
}
func (h *fakeHandle) close() { h.call("", h.conn.Close) }
