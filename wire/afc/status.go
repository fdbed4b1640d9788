package afc

import "fmt"

// Status is the result in a STATUS reply. It is an error in its own right;
// [StatusSuccess] is not meant to be returned as one.
type Status uint64

// Status codes. Source: libimobiledevice, go-ios and pymobiledevice3 agree.
const (
	StatusSuccess             Status = 0
	StatusUnknownError        Status = 1 // also what errors without a code of their own become
	StatusHeaderInvalid       Status = 2
	StatusNoResources         Status = 3 // no file handle is left
	StatusReadError           Status = 4 // a directory is due, and something else stands there
	StatusWriteError          Status = 5
	StatusUnknownPacketType   Status = 6
	StatusInvalidArgument     Status = 7 // also a handle that is not open
	StatusObjectNotFound      Status = 8
	StatusObjectIsDir         Status = 9
	StatusPermDenied          Status = 10
	StatusServiceNotConnected Status = 11
	StatusOpTimeout           Status = 12
	StatusTooMuchData         Status = 13
	StatusEndOfData           Status = 14
	StatusOpNotSupported      Status = 15
	StatusObjectExists        Status = 16
	StatusObjectBusy          Status = 17
	StatusNoSpaceLeft         Status = 18
	StatusOpWouldBlock        Status = 19 // another holds the lock
	StatusIOError             Status = 20
	StatusOpInterrupted       Status = 21
	StatusOpInProgress        Status = 22
	StatusInternalError       Status = 23
	StatusMuxError            Status = 30
	StatusNoMem               Status = 31
	StatusNotEnoughData       Status = 32
	StatusDirNotEmpty         Status = 33
)

var statusNames = map[Status]string{
	StatusSuccess:             "success",
	StatusUnknownError:        "unknown error",
	StatusHeaderInvalid:       "operation header invalid",
	StatusNoResources:         "no resources",
	StatusReadError:           "read error",
	StatusWriteError:          "write error",
	StatusUnknownPacketType:   "unknown packet type",
	StatusInvalidArgument:     "invalid argument",
	StatusObjectNotFound:      "object not found",
	StatusObjectIsDir:         "object is a directory",
	StatusPermDenied:          "permission denied",
	StatusServiceNotConnected: "service not connected",
	StatusOpTimeout:           "timeout",
	StatusTooMuchData:         "too much data",
	StatusEndOfData:           "end of data",
	StatusOpNotSupported:      "operation not supported",
	StatusObjectExists:        "object exists",
	StatusObjectBusy:          "object busy",
	StatusNoSpaceLeft:         "no space left",
	StatusOpWouldBlock:        "operation would block",
	StatusIOError:             "I/O error",
	StatusOpInterrupted:       "operation interrupted",
	StatusOpInProgress:        "operation in progress",
	StatusInternalError:       "internal error",
	StatusMuxError:            "mux error",
	StatusNoMem:               "out of memory",
	StatusNotEnoughData:       "not enough data",
	StatusDirNotEmpty:         "directory not empty",
}

// Known reports whether the code has a meaning.
func (s Status) Known() bool { return statusNames[s] != "" }

// String returns the meaning in words.
func (s Status) String() string {
	if n := statusNames[s]; n != "" {
		return n
	}
	return fmt.Sprintf("status %d", uint64(s))
}

// Error returns meaning and number.
func (s Status) Error() string { return fmt.Sprintf("afc: %s (status %d)", s.String(), uint64(s)) }

// Err returns s as an error, nil for success.
func (s Status) Err() error {
	if s == StatusSuccess {
		return nil
	}
	return s
}
