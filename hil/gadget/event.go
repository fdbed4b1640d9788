package gadget

import (
	"fmt"

	"github.com/plugfest/plugfest/sim/usb"
)

// eventKind is what happened to a FunctionFS instance (enum
// usb_functionfs_event_type of linux/usb/functionfs.h).
type eventKind uint8

const (
	eventBind eventKind = iota
	eventUnbind
	eventEnable
	eventDisable
	eventSetup
	eventSuspend
	eventResume
)

var eventNames = [...]string{"BIND", "UNBIND", "ENABLE", "DISABLE", "SETUP", "SUSPEND", "RESUME"}

func (k eventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return fmt.Sprintf("event %d", uint8(k))
}

// event is one of them.
type event struct {
	kind  eventKind
	setup usb.Setup // of eventSetup
}

// eventSize is the size of struct usb_functionfs_event: eight bytes of a SETUP
// packet, the type, three bytes of padding.
const eventSize = 12

// maxEvents is how many the kernel keeps.
const maxEvents = 4

// decodeEvents reads what ep0 gave. Events of types that are not known are left
// out; it fails where the end is not that of an event, after those before it.
func decodeEvents(list []event, b []byte) ([]event, error) {
	whole := len(b) / eventSize * eventSize
	for o := 0; o < whole; o += eventSize {
		e := event{kind: eventKind(b[o+8])}
		switch {
		case e.kind > eventResume:
			continue
		case e.kind == eventSetup:
			e.setup = usb.ParseSetup([8]byte(b[o : o+8]))
		}
		list = append(list, e)
	}
	if whole != len(b) {
		return list, fmt.Errorf("gadget: ep0 gave %d bytes; an event has %d, and the one at offset %d has %d", len(b), eventSize, whole, len(b)-whole)
	}
	return list, nil
}
