//go:build libusb && linux && cgo

package libusb

/*
#cgo pkg-config: libusb-1.0
#include <pthread.h>
#include <stdint.h>
#include <libusb.h>

extern void plugfestTransferDone(uintptr_t id, int status, int actual);

static void LIBUSB_CALL transfer_done(struct libusb_transfer *x) {
	plugfestTransferDone((uintptr_t)x->user_data, x->status, x->actual_length);
}

// submit_transfer is here and not in Go because user_data is a number in a
// pointer's place.
static int submit_transfer(struct libusb_transfer *x, libusb_device_handle *h, uint8_t type, uint8_t endpoint,
		unsigned char *data, int length, uint8_t flags, uintptr_t id) {
	x->dev_handle = h;
	x->flags = flags;
	x->endpoint = endpoint;
	x->type = type;
	x->timeout = 0;
	x->length = length;
	x->callback = transfer_done;
	x->user_data = (void *)id;
	x->buffer = data;
	return libusb_submit_transfer(x);
}

// set_interface mends what libusb 1.0.25 and 1.0.26 do for a device that is gone:
// they unlock a mutex, the handle's first member, that they have not locked.
// glibc then counts one user too few, and libusb_close ends the program by an
// assertion. (libusb/core.c, libusb_set_interface_alt_setting.)
static int set_interface(libusb_device_handle *h, int number, int setting) {
	int r = libusb_set_interface_alt_setting(h, number, setting);
#ifdef __GLIBC__
	const struct libusb_version *v = libusb_get_version();
	if (r == LIBUSB_ERROR_NO_DEVICE && v->major == 1 && v->minor == 0 && (v->micro == 25 || v->micro == 26)) {
		pthread_mutex_t *lock = (pthread_mutex_t *)h;
		if (lock->__data.__nusers == (unsigned)-1)
			lock->__data.__nusers = 0;
	}
#endif
	return r;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/google/gousb"

	"github.com/plugfest/plugfest/sim/usb"
)

// gousbBackend opens devices by gousb, each in a context of its own: a context
// learns of later devices from udevd, which may not run.
type gousbBackend struct{}

func newBackend() (backend, error) { return gousbBackend{}, nil }

// Check reports whether libusb is built in and works. It takes a tenth of a
// second.
func Check() error {
	ctx, err := newContext()
	if err != nil {
		return err
	}
	return ctx.Close()
}

// newContext makes a context of gousb, which panics where libusb fails.
func newContext() (ctx *gousb.Context, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("libusb: init: %v", v)
		}
	}()
	return gousb.NewContext(), nil
}

// open implements backend.
func (gousbBackend) open(d *Device, done func(*urb)) (handle, code) {
	ctx, err := newContext()
	if err != nil {
		return nil, errOther
	}
	opened, err := ctx.OpenDevices(func(e *gousb.DeviceDesc) bool {
		return e.Bus == int(d.Bus) && e.Address == int(d.Address)
	})
	if len(opened) == 1 {
		if raw := rawHandle(opened[0]); raw != nil {
			return &gousbHandle{ctx: ctx, dev: opened[0], raw: raw, done: done}, success
		}
		err = gousb.ErrorOther
	}
	for _, o := range opened {
		o.Close()
	}
	ctx.Close()
	var e gousb.Error
	if errors.As(err, &e) {
		return nil, code(e)
	}
	return nil, errNoDevice // it went away
}

// rawHandle returns libusb's handle of a device. gousb keeps it to itself, and
// has no calls for transfers in order, zero-length packets or halts; a test
// watches that the field is there.
func rawHandle(d *gousb.Device) *C.libusb_device_handle {
	f := reflect.ValueOf(d).Elem().FieldByName("handle")
	if f.Kind() != reflect.Pointer {
		return nil
	}
	return (*C.libusb_device_handle)(f.UnsafePointer())
}

// gousbHandle is a handle of libusb. Its events are handled by gousb's context.
type gousbHandle struct {
	ctx     *gousb.Context
	dev     *gousb.Device
	raw     *C.libusb_device_handle
	done    func(*urb)
	natives []*native
}

// native is what libusb has of a transfer.
type native struct {
	h      *gousbHandle
	u      *urb
	x      *C.struct_libusb_transfer
	id     uintptr        // in natives
	pinner runtime.Pinner // of the memory that the kernel reads or fills
	buf    []byte         // of a control transfer: setup and data
}

func (h *gousbHandle) native(u *urb) *native {
	if n, ok := u.native.(*native); ok {
		return n
	}
	n := &native{h: h, u: u, x: C.libusb_alloc_transfer(0)}
	if n.x == nil {
		return nil
	}
	n.id = natives.add(n)
	u.native = n
	h.natives = append(h.natives, n)
	return n
}

// submit implements handle.
func (h *gousbHandle) submit(u *urb) code {
	n := h.native(u)
	t := u.t
	if n == nil || len(t.Data) > math.MaxInt32 {
		return errNoMem
	}
	data, flags := t.Data, C.uint8_t(0)
	switch {
	case t.Control():
		data = n.control(t)
	case t.ZeroPacket && !t.In():
		flags = C.LIBUSB_TRANSFER_ADD_ZERO_PACKET
	}
	p := unsafe.SliceData(data)
	if len(data) > 0 {
		n.pinner.Pin(p)
	}
	r := C.submit_transfer(n.x, h.raw, C.uint8_t(u.kind), C.uint8_t(t.Endpoint), (*C.uchar)(p), C.int(len(data)), flags, C.uintptr_t(n.id))
	if r != 0 {
		n.pinner.Unpin()
	}
	return code(r)
}

// control lays out a control transfer as libusb wants it.
func (n *native) control(t *usb.Transfer) []byte {
	s := t.Setup.Bytes()
	n.buf = append(n.buf[:0], s[:]...)
	n.buf = append(n.buf, t.Data[:t.Setup.Length]...)
	return n.buf
}

// finish is called by libusb when the transfer has ended.
func (n *native) finish(status, actual int) {
	n.pinner.Unpin()
	u := n.u
	if t := u.t; t.Control() && t.In() {
		copy(t.Data, n.buf[8:8+actual])
	}
	u.result, u.actual = result(status), actual
	n.h.done(u)
}

// cancel implements handle. It fails where the transfer has ended already.
func (h *gousbHandle) cancel(u *urb) {
	if n, ok := u.native.(*native); ok {
		C.libusb_cancel_transfer(n.x)
	}
}

func (h *gousbHandle) setConfiguration(value uint8) code {
	v := C.int(value)
	if value == 0 {
		v = -1 // as libusb wants it for "none"
	}
	return code(C.libusb_set_configuration(h.raw, v))
}

func (h *gousbHandle) claim(n uint8) code   { return code(C.libusb_claim_interface(h.raw, C.int(n))) }
func (h *gousbHandle) release(n uint8) code { return code(C.libusb_release_interface(h.raw, C.int(n))) }

func (h *gousbHandle) detachDriver(n uint8) code {
	return code(C.libusb_detach_kernel_driver(h.raw, C.int(n)))
}

func (h *gousbHandle) attachDriver(n uint8) code {
	return code(C.libusb_attach_kernel_driver(h.raw, C.int(n)))
}

func (h *gousbHandle) setInterface(n, alternate uint8) code {
	return code(C.set_interface(h.raw, C.int(n), C.int(alternate)))
}

func (h *gousbHandle) clearHalt(endpoint uint8) code {
	return code(C.libusb_clear_halt(h.raw, C.uchar(endpoint)))
}

func (h *gousbHandle) reset() code {
	err := h.dev.Reset()
	var e gousb.Error
	switch {
	case err == nil:
		return success
	case errors.As(err, &e):
		return code(e)
	}
	return errOther
}

// close implements handle.
func (h *gousbHandle) close() {
	for _, n := range h.natives {
		C.libusb_free_transfer(n.x)
		natives.drop(n.id)
	}
	h.dev.Close()
	h.ctx.Close()
}
