package afc

import (
	"errors"
	"syscall"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/wire/afc"
)

// statuses says how the phone calls the errors of a file system. ENOTDIR is
// StatusReadError and EFBIG StatusTooMuchData: pymobiledevice3 met the first on
// real phones, and ifuse turns both back.
var statuses = []struct {
	err    error
	status afc.Status
}{
	{files.ErrNotExist, afc.StatusObjectNotFound},
	{files.ErrIsDir, afc.StatusObjectIsDir},
	{files.ErrNotDir, afc.StatusReadError},
	{files.ErrExist, afc.StatusObjectExists},
	{files.ErrNotEmpty, afc.StatusDirNotEmpty},
	{files.ErrPermission, afc.StatusPermDenied},
	{files.ErrNoSpace, afc.StatusNoSpaceLeft},
	{files.ErrInvalid, afc.StatusInvalidArgument},
	{files.ErrTooLarge, afc.StatusTooMuchData},
	{files.ErrWouldBlock, afc.StatusOpWouldBlock},
	{syscall.EIO, afc.StatusIOError},
}

// statusOf returns the status of an error of the tree. What the phone has no
// status for is StatusUnknownError.
func (s *server) statusOf(err error) afc.Status {
	if err == nil {
		return afc.StatusSuccess
	}
	var st afc.Status
	if errors.As(err, &st) {
		return st
	}
	for _, k := range statuses {
		if errors.Is(err, k.err) {
			return k.status
		}
	}
	return afc.StatusUnknownError
}
