//go:build !linux

package gadget

import (
	"context"
	"errors"
	"io"
	"runtime"
)

var errLinux = errors.New("device controllers are used through configfs and FunctionFS of Linux; this is " + runtime.GOOS)

type noSystem struct{}

func newSystem() system { return noSystem{} }

func (noSystem) open(context.Context, *plan, *Options, func([]report)) (engine, error) {
	return nil, &Error{Op: "look for", Path: udcRoot, Err: errLinux}
}

// Lock is not needed where nothing can be attached.
func (realFiles) Lock(path string) (io.Closer, error) {
	return nil, &Error{Op: "lock", Path: path, Err: errLinux}
}
