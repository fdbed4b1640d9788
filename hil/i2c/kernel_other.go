//go:build !linux

package i2c

import (
	"errors"
	"fmt"
	"syscall"
)

// errREMOTEIO is an errno of Linux alone; 0 never matches.
const errREMOTEIO = syscall.Errno(0)

func openKernel(string) (kernel, error) {
	return nil, fmt.Errorf("%w: /dev/i2c-N is of Linux alone", errors.ErrUnsupported)
}
