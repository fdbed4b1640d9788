package usbmuxd

import "fmt"

// Result is the number in a Result message. Pair record commands answer plain
// errno values.
type Result uint32

// Results. Source: usbmuxd (libimobiledevice), observed.
const (
	OK          Result = 0
	BadCommand  Result = 1  // unknown, in the wrong state, or Connect without a port
	BadDevice   Result = 2  // no such device
	NoEntry     Result = 2  // ENOENT: no such pair record
	ConnRefused Result = 3  // the device refused the port
	BadVersion  Result = 6  // header version neither 0 nor 1; always in binary
	Invalid     Result = 22 // EINVAL: pair record command without what it needs
)

// Error describes the result; libusbmuxd makes ENODEV of 2, ECONNREFUSED of 3, a
// new try in binary of 6, and EBADF of every other.
func (r Result) Error() string {
	what := "unknown"
	switch r {
	case OK:
		what = "ok"
	case BadCommand:
		what = "bad command"
	case BadDevice:
		what = "no such device or record"
	case ConnRefused:
		what = "connection refused"
	case BadVersion:
		what = "bad version"
	case Invalid:
		what = "invalid argument"
	}
	return fmt.Sprintf("usbmuxd: result %d: %s", uint32(r), what)
}

// Err returns the result as an error, nil for OK.
func (r Result) Err() error {
	if r == OK {
		return nil
	}
	return r
}

// SwapPort swaps the bytes of a port, as PortNumber has them: 62078 becomes 32498
// and back.
func SwapPort(port uint16) uint16 { return port<<8 | port>>8 }
