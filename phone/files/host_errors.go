package files

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ours are the errors of the machine that have a sentinel, most special first:
// errors.Is finds fs.ErrExist in ENOTEMPTY.
var ours = []struct {
	theirs error
	ours   error
}{
	{syscall.ENOTEMPTY, ErrNotEmpty},
	{syscall.EISDIR, ErrIsDir},
	{syscall.ENOTDIR, ErrNotDir},
	{syscall.ENOSPC, ErrNoSpace},
	{syscall.EDQUOT, ErrNoSpace},
	{syscall.EFBIG, ErrTooLarge},
	{syscall.ELOOP, ErrLoop},
	{syscall.ENAMETOOLONG, ErrNameTooLong},
	{syscall.EINVAL, ErrInvalid},
	{syscall.EROFS, ErrPermission},
	{syscall.EXDEV, ErrInvalid},
	{os.ErrClosed, ErrClosed},
	{fs.ErrNotExist, ErrNotExist},
	{fs.ErrExist, ErrExist},
	{fs.ErrPermission, ErrPermission},
}

// escapes is what package os says, with no name of its own, when a link leads
// out of a root.
const escapes = "path escapes from parent"

// translate puts an error of package os in our words, and takes the machine's
// paths out of it.
func translate(err error) error {
	if err == nil {
		return nil
	}
	for _, o := range ours {
		if errors.Is(err, o.theirs) {
			return o.ours
		}
	}
	inner := err
	var pe *fs.PathError
	var le *os.LinkError
	var se *os.SyscallError
	switch {
	case errors.As(err, &se):
		inner = se.Err
	case errors.As(err, &pe):
		inner = pe.Err
	case errors.As(err, &le):
		inner = le.Err
	}
	if inner.Error() == escapes {
		return ErrPermission
	}
	return inner
}
