//go:build libusb && linux && cgo

package libusb

// #include <stdint.h>
import "C"

import "sync"

// plugfestTransferDone is called by libusb, on the thread that handles the
// events of the transfer's context.
//
//export plugfestTransferDone
func plugfestTransferDone(id C.uintptr_t, status, actual C.int) {
	natives.get(uintptr(id)).finish(int(status), int(actual))
}

// natives is what C code has numbers of. It does what cgo.Handle does, and
// allocates nothing.
var natives = registry{byID: map[uintptr]*native{}}

type registry struct {
	mu   sync.RWMutex
	last uintptr
	byID map[uintptr]*native
}

func (r *registry) add(n *native) uintptr {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.byID[r.last] = n
	return r.last
}

func (r *registry) get(id uintptr) *native {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byID[id]
}

func (r *registry) drop(id uintptr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, id)
}
