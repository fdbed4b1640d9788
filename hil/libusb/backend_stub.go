//go:build !libusb || !linux || !cgo

package libusb

func newBackend() (backend, error) { return nil, ErrNotBuilt }

// Check reports whether libusb is built in and works: it is not built in.
func Check() error { return ErrNotBuilt }
