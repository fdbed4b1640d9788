package usbip

import (
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// Options bound what strangers can take from a [Server]. The zero value is meant
// for use.
type Options struct {
	// Connections served at once; one above that is closed. 128 by default.
	Connections int
	// Transfers that one client may have under way; 4096 by default. What is
	// above that is answered with ENOMEM.
	Transfers int
	// Buffer is how many bytes of transfers one client may have under way: sent
	// and not taken by the device, asked for, or answered and not being written
	// yet. What is above that is answered with ENOMEM; as much again may be in
	// writing. 64 MiB by default: four times what programs on a Linux host may
	// have in all their transfers.
	Buffer int
	// Patience is how long a client may take to say what it wants; 10 s by
	// default. After an import there is no limit.
	Patience time.Duration
}

func (o Options) withDefaults() Options {
	for _, f := range []struct {
		v *int
		n int
	}{{&o.Connections, 128}, {&o.Transfers, 4096}, {&o.Buffer, 64 << 20}} {
		if *f.v <= 0 {
			*f.v = f.n
		}
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	return o
}

// linger is how long what the device has sent has to leave after an unplugging,
// and the client to see it.
const linger = time.Second

// PortOptions say what a [Port] is. The zero value is a high-speed port.
type PortOptions struct {
	Speed        usb.Speed // at most; High by default
	Host, Device string    // names of the two ends in events; "host" and "device" by default
}

func (o PortOptions) withDefaults() PortOptions {
	if o.Speed == usb.SpeedUnknown {
		o.Speed = usb.High
	}
	if o.Host == "" {
		o.Host = "host"
	}
	if o.Device == "" {
		o.Device = "device"
	}
	return o
}
