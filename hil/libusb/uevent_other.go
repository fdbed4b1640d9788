//go:build !linux

package libusb

import "errors"

type uevents struct{}

func openUevents() (*uevents, error) { return nil, errors.ErrUnsupported }

func (*uevents) run(func()) {}
func (*uevents) close()     {}
