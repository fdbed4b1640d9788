package usb

import "time"

// A Host is what a USB host uses: it learns of devices and opens them.
type Host interface {
	// Watch returns a stream of attach and detach events, which begins with an
	// attach for each device already there.
	Watch() Watcher

	// Open opens an attached device. It fails with Disconnected when the
	// device is gone.
	Open(DeviceID) (Conn, error)
}

// DeviceID names one attachment of a device. It is never used again: a device
// that leaves and comes back has another.
type DeviceID uint64

// A DeviceInfo is what a host knows of an attached device.
type DeviceInfo struct {
	ID      DeviceID
	Bus     uint8 // number of the bus
	Address uint8 // address on it
	Speed   Speed
	Device  DeviceDescriptor
}

// EventKind says whether a device came or went.
type EventKind uint8

// Kinds of [Event].
const (
	Attached EventKind = iota + 1
	Detached
)

// An Event tells that a device came or went. A device is announced once the
// host has read its descriptors.
type Event struct {
	Kind EventKind
	Info DeviceInfo
}

// A Watcher delivers events in order.
type Watcher interface {
	// Next waits for an event until the world's clock shows deadline; ok is
	// false when none came.
	Next(deadline time.Duration) (e Event, ok bool)
	// Close ends the watch.
	Close()
}

// A Conn is an opened device.
//
// SetConfiguration, SetInterface, ClearHalt and Reset wait until they are done.
// They are methods of their own, and not control transfers of the caller's,
// because a real host's kernel has to know of them.
type Conn interface {
	Info() DeviceInfo

	// Descriptors returns the descriptors as read when the device attached.
	// Endpoint addresses are to be taken from here: on some carriers a
	// controller has chosen them.
	Descriptors() *Descriptors

	// SetConfiguration selects a configuration by bConfigurationValue; 0
	// unconfigures. All interfaces are then in alternate setting 0.
	SetConfiguration(value uint8) error

	// Configuration returns the value last set, 0 if none.
	Configuration() uint8

	// ClaimInterface takes an interface of the configuration for this Conn;
	// its endpoints cannot be used otherwise. Two Conns cannot hold one.
	ClaimInterface(number uint8) error

	// ReleaseInterface gives it back; its pending transfers are canceled.
	ReleaseInterface(number uint8) error

	// SetInterface selects an alternate setting of a claimed interface.
	SetInterface(number, alternate uint8) error

	// ClearHalt clears a stall of an endpoint.
	ClearHalt(endpoint uint8) error

	// Reset resets the device and restores configuration and alternate
	// settings.
	Reset() error

	// Submit starts a transfer. It always ends in a call of t.Done, never
	// before Submit returns; a transfer that cannot be started is done with
	// Invalid, Disconnected or, in the middle of a Reset, Shutdown. The status
	// of a transfer to an endpoint of no current setting, of one that is not
	// claimed, or of a control transfer with less Data than wLength, is Invalid.
	Submit(t *Transfer)

	// Cancel asks for a transfer back. Done follows, with Canceled or with
	// whatever happened first.
	Cancel(t *Transfer)

	// Close cancels what is pending and releases everything.
	Close() error
}
