//go:build !libusb || !linux || !cgo

package doctor

const builtWithLibusb = false
