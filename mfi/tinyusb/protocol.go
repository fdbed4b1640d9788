package tinyusb

// What the driver knows the adapter by.
const (
	VendorID  = 0x0403
	ProductID = 0xC631
)

// The requests: bRequest of a vendor request.
const (
	ReqEcho      = 0 // IN: wValue again, 2 bytes, little-endian
	ReqFunctions = 1 // IN: 4 bytes, little-endian, Linux's I2C_FUNC_ bits
	ReqSetDelay  = 2 // no data; wValue is in microseconds
	ReqStatus    = 3 // IN: a Status
	ReqMessage   = 4 // IN or OUT: a message to address wIndex; Begin and End are added
)

// Bits of a ReqMessage: where the message stands in its transfer. One that begins a transfer is sent after a START, others after a
// repeated START; only the last is followed by a STOP.
const (
	Begin = 1
	End   = 2
)

// Status is what ReqStatus answers. It stays until the next message.
type Status uint8

// The statuses.
const (
	StatusIdle Status = 0 // no message since the adapter has power
	StatusACK  Status = 1 // the address of the last message was acknowledged
	StatusNACK Status = 2 // it was not
)

// String names the status.
func (s Status) String() string {
	switch s {
	case StatusIdle:
		return "idle"
	case StatusACK:
		return "acknowledged"
	case StatusNACK:
		return "not acknowledged"
	}
	return "unknown"
}

// Functions is what the firmware answers to ReqFunctions: plain I2C, and SMBus made of it. Source: harbaum/I2C-Tiny-USB.
const Functions uint32 = 0x8EFF0001

// DefaultDelay is what the kernel sets at its probe unless told otherwise, in microseconds: a clock of 100 kHz at most.
const DefaultDelay = 10
