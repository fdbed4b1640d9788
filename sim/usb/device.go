package usb

// A Device is what a peripheral offers at its plug. A carrier calls it on
// behalf of a host; [Gadget] implements it.
//
// Transfers may be submitted many at a time, to any endpoint; on one endpoint
// they are answered in order. A device never answers an IN transfer before it
// has data, an error, or is told to cancel.
type Device interface {
	// Descriptors returns what the device says of itself. It must not change
	// while the device is attached: who wants other descriptors detaches first.
	Descriptors() *Descriptors

	// Reset is a bus reset, after which the device is in the default state:
	// address 0, not configured. Every transfer is completed with Shutdown
	// first. A carrier calls it once on attach; not every carrier can pass on
	// later ones (USB/IP cannot).
	Reset(Speed)

	// Submit hands a transfer over; the device calls its Complete once,
	// perhaps before Submit returns. Standard requests come as control
	// transfers too, also where a carrier has to make them up (FunctionFS).
	// SET_ADDRESS may never come.
	Submit(*Transfer)

	// Cancel asks for a transfer back. The device completes it with Canceled,
	// and with what has been moved so far, unless it is complete already.
	Cancel(*Transfer)

	// Unplugged says that the host is gone; every transfer is completed with
	// Disconnected.
	Unplugged()
}

// A Port is the device-side end of a carrier: where a peripheral is plugged in.
type Port interface {
	// Attach shows d to the host (the pull-up goes on). It fails when something
	// is attached already, or the carrier cannot carry such a device.
	Attach(d Device) error

	// Detach takes the device away again; d.Unplugged has been called when it
	// returns. With nothing attached it does nothing.
	Detach()
}

// PowerSource is a plug whose VBUS can be switched on and off.
type PowerSource interface {
	// SetVBUS switches the supply that this end gives to the other.
	SetVBUS(on bool)
}

// PowerSense is a plug that sees the VBUS that the other end gives.
type PowerSense interface {
	// VBUS reports whether there is power from the other end.
	VBUS() bool
	// OnVBUS has fn called on each change; it must not wait.
	OnVBUS(fn func(on bool))
}
