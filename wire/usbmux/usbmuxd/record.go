package usbmuxd

import (
	"fmt"
	"strings"
)

// CheckPairRecordID refuses an identifier that is no UDID: a daemon makes a file
// name of it, and whoever may write to the socket chooses it. Letters, digits and
// dashes pass, 64 at most, but not the name under which usbmuxd keeps its own
// configuration in the same directory.
//
// Debian's patch of usbmuxd 1.1.1 refuses path parts, with Result 2.
func CheckPairRecordID(id string) error {
	if id == "" || len(id) > 64 {
		return fmt.Errorf("usbmuxd: pair record id of %d characters, want 1 to 64", len(id))
	}
	if strings.EqualFold(id, "SystemConfiguration") {
		return fmt.Errorf("usbmuxd: pair record id %q is the daemon's own file", id)
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-':
		default:
			return fmt.Errorf("usbmuxd: pair record id %.64q: character %q at %d", id, c, i)
		}
	}
	return nil
}
