package gadget

import (
	"time"

	"github.com/plugfest/plugfest/sim/usb"
)

// Options configure a [Port]. The zero value takes the first controller there is.
type Options struct {
	UDC   string    // name of the controller, as in /sys/class/udc; the first by default
	Name  string    // of the port, as in events; "device" by default
	Host  string    // what events call the other end; "host" by default
	Bus   uint8     // number of the bus in events; 1 by default
	Speed usb.Speed // limit; the device's own by default

	// Silent tells the world's observers nothing of transfers, for where the
	// carrier at the host's end tells of the same ones.
	Silent bool

	// WaitUDC is how long Attach waits for the controller to be there and free: on
	// a port that has both roles, it comes some time after the peer of the other
	// role has left. 5 s by default where Role is set, and not at all elsewhere or
	// if negative.
	WaitUDC time.Duration

	// Role is the file that switches a port of both roles, such as
	// /sys/class/usb_role/*/role: Attach writes "device" to it before it looks for
	// the controller, and Detach "host". An Attach that fails writes what was there
	// before. None by default.
	Role string

	// RefuseAlternates attaches devices with alternate settings also where the
	// kernel refuses these to the host. Attach fails there by default.
	RefuseAlternates bool

	// NoTrace keeps the port from putting a probe into the kernel to learn which
	// alternate setting a host selects; it guesses then.
	NoTrace bool

	// ReadPackets is how many packets the controller gathers before it gives them
	// up: 1 by default. More is faster, and waits for ever where a host ends a
	// transfer without a short packet.
	ReadPackets int

	// Gone is how long a device that was unconfigured has to stay so before its
	// host counts as gone, where the controller's driver does not say what
	// happened; 1 s by default.
	Gone time.Duration

	// Suspended is how long the bus must be suspended for the host to count as
	// gone, on boards whose controller does not see VBUS. Never by default.
	Suspended time.Duration

	// Linger is how long Detach lets the host take what has been written; 100 ms
	// by default, and not at all if negative.
	Linger time.Duration
}

func (o Options) withDefaults() Options {
	text := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	text(&o.Name, "device")
	text(&o.Host, "host")
	if o.Bus == 0 {
		o.Bus = 1
	}
	if o.Role != "" && o.WaitUDC == 0 {
		o.WaitUDC = roleWait
	}
	o.ReadPackets = min(max(o.ReadPackets, 1), maxReadPackets)
	if o.Gone <= 0 {
		o.Gone = time.Second
	}
	if o.Linger == 0 {
		o.Linger = 100 * time.Millisecond
	}
	return o
}

// roleWait is how long a controller may take to appear after the role switch: its
// driver works at its leisure, and writing the role does not wait for it.
const roleWait = 5 * time.Second

// maxReadPackets keeps a read at 32 KiB, which kernels have to find in one piece.
const maxReadPackets = 32
