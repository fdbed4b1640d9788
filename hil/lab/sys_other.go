//go:build !linux

package lab

import (
	"errors"
	"os"
	"os/exec"
)

var errUnsupported = errors.New("the lab needs Linux on amd64")

func lock(string) (func(), error)                    { return nil, errUnsupported }
func socketPair() (ours, theirs *os.File, err error) { return nil, nil, errUnsupported }
func startWith(*exec.Cmd) (<-chan error, error)      { return nil, errUnsupported }
