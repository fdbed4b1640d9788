package usb

import "fmt"

// A Transfer is one request to an endpoint, from its submission to its
// completion: an URB of Linux, a libusb_transfer. The same value type serves
// the host that submits it and the device that answers it.
//
// A bulk or interrupt transfer is a run of packets, of the endpoint's maximum
// packet size each, that ends with a shorter one (possibly of zero length) or
// with the end of Data.
type Transfer struct {
	Endpoint uint8  // address; bit 7 set is IN. 0 is control, whatever the direction of its data
	Setup    Setup  // of a control transfer
	Data     []byte // OUT: what to send. IN: room for what comes. Owned by the holder until Done

	ZeroPacket bool // OUT: close a multiple of the packet size with a zero-length packet
	ShortNotOK bool // IN: less than len(Data) is an error (EREMOTEIO)

	Status Status // result, from Done on
	Actual int    // bytes sent or received, from Done on

	// Done is called once, between processes, when the transfer is complete. It
	// may submit the transfer again. It must not wait.
	Done func(*Transfer)

	// User is for whoever submits the transfer.
	User any

	next *Transfer // in the queue that holds it
	held bool      // by a gadget or a cable
	wait *waiter   // of Do
	pipe *pipe     // of the cable's host, nil where the transfer did not start
	conn *conn
	hop  *hop  // what the cable's device holds for it
	urb  int64 // its number in the event stream
}

// In reports whether data comes from the device.
func (t *Transfer) In() bool {
	if t.Endpoint&0x0F == 0 {
		return t.Setup.In()
	}
	return t.Endpoint&DirIn != 0
}

// Control reports whether this is a transfer on endpoint 0.
func (t *Transfer) Control() bool { return t.Endpoint&0x0F == 0 }

// Complete ends the transfer; the [Device] that holds it calls this once. actual
// is the number of bytes moved, also where status is not OK.
func (t *Transfer) Complete(status Status, actual int) {
	if t.ShortNotOK && status == OK && t.In() && actual < t.room() {
		status = Short
	}
	t.Status, t.Actual = status, actual
	t.Done(t)
}

// room is how many bytes are asked for.
func (t *Transfer) room() int {
	if t.Control() {
		return min(int(t.Setup.Length), len(t.Data))
	}
	return len(t.Data)
}

// Status is how a transfer ended. Every status but OK is an error.
type Status uint8

// Statuses, with the Linux errno that carries each over USB/IP and usbmon.
const (
	OK           Status = iota // 0
	Stall                      // EPIPE: the endpoint is halted, or refused the request
	Canceled                   // ECONNRESET: Cancel reached it in time
	Disconnected               // ENODEV: the device is gone
	Shutdown                   // ESHUTDOWN: its configuration or alternate setting ended
	Overflow                   // EOVERFLOW: a packet was larger than the room for it
	Short                      // EREMOTEIO: less than asked, with ShortNotOK
	Protocol                   // EPROTO: a bus error
	TimedOut                   // ETIMEDOUT: the waiter's deadline came first
	Invalid                    // EINVAL: no such endpoint, not claimed, not open
)

var statusText = [...]string{"ok", "stall", "canceled", "disconnected", "shut down", "overflow",
	"short", "protocol error", "timed out", "invalid"}

var statusErrno = [...]int32{0, -32, -104, -19, -108, -75, -121, -71, -110, -22}

func (s Status) String() string {
	if int(s) < len(statusText) {
		return statusText[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// Error makes a Status an error; compare with errors.Is(err, usb.Stall).
func (s Status) Error() string { return "usb: " + s.String() }

// Err returns nil for OK, and the Status itself otherwise.
func (s Status) Err() error {
	if s == OK {
		return nil
	}
	return s
}

// Timeout reports whether the error is a time-out, as net.Error does.
func (s Status) Timeout() bool { return s == TimedOut }

// Errno returns the status as a negative Linux errno.
func (s Status) Errno() int32 {
	if int(s) < len(statusErrno) {
		return statusErrno[s]
	}
	return -71
}

// StatusOf turns a negative Linux errno into a Status; what has no status of
// its own is a Protocol error.
func StatusOf(errno int32) Status {
	for s, n := range statusErrno {
		if n == errno {
			return Status(s)
		}
	}
	switch errno {
	case -2: // ENOENT: killed
		return Canceled
	}
	return Protocol
}
