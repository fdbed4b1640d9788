//go:build !libusb || !linux || !cgo

package libusb

func newBackend() (backend, error) { return nil, ErrNotBuilt }
