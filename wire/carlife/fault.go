package carlife

import (
	"fmt"
	"strings"
)

// Fault is a set of ways in which an end is broken on purpose, so that a bench
// can show that it notices. Each bit does exactly one thing.
type Fault uint32

// The faults. MD and HU say which end obeys.
const (
	// MD: answers status 2 to every version.
	FaultVersionMismatch Fault = 1 << iota
	// MD: never beats on the video channel.
	FaultSilent
	// MD: never answers VIDEO_ENCODER_INIT.
	FaultNoInitDone
	// MD: the first body after MD_ENCRYPT_READY goes out in the clear.
	FaultClearBody
	// HU: sends VIDEO_ENCODER_INIT before MD_ENCRYPT_READY although content
	// encryption is on.
	FaultEarlyInit
	// Both: VR messages have the 8-byte header of a command.
	FaultShortVRHeader
	// Both: the mux length counts the payload without its header.
	FaultBareMuxLength
	// MD: the first video frame stops half way. HU: HU_INFO does. The length
	// still tells the whole.
	FaultTruncatedFrame
	// Both: bodies are encrypted with an earlier session's AES key.
	FaultStaleKey
	// Both: a command payload over 65535 bytes goes out whole, with its length
	// cut to 16 bits.
	FaultLengthWrap
	// HU: touches are scaled to the size asked for, not to the one in
	// VIDEO_ENCODER_INIT_DONE.
	FaultScaleAsked
	// MD: takes the ids without bit 15 for violations.
	FaultRejectBareIDs
	// MD: never answers the version.
	FaultNoVersion
	// HU: has no watchdog.
	FaultNoWatchdog

	faultEnd
)

var faultNames = [...]string{"version-mismatch", "silent", "no-init-done", "clear-body", "early-init", "short-vr-header",
	"bare-mux-length", "truncated-frame", "stale-key", "length-wrap", "scale-asked", "reject-bare-ids", "no-version", "no-watchdog"}

// Has reports whether any fault of g is set.
func (f Fault) Has(g Fault) bool { return f&g != 0 }

// String returns the names joined with "+", or "none".
func (f Fault) String() string {
	if f == 0 {
		return "none"
	}
	var s []string
	for i, n := range faultNames {
		if f.Has(1 << i) {
			s = append(s, n)
		}
	}
	if rest := f &^ (faultEnd - 1); rest != 0 {
		s = append(s, fmt.Sprintf("%#x", uint32(rest)))
	}
	return strings.Join(s, "+")
}

// ParseFault reads what String writes.
func ParseFault(s string) (Fault, error) {
	var f Fault
	if s == "none" || s == "" {
		return 0, nil
	}
next:
	for _, word := range strings.Split(s, "+") {
		for i, n := range faultNames {
			if n == word {
				f |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("carlife: fault %q: want one of %q", word, faultNames)
	}
	return f, nil
}

// MarshalText makes a set of faults a word in YAML and JSON.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads that word.
func (f *Fault) UnmarshalText(b []byte) (err error) {
	*f, err = ParseFault(string(b))
	return err
}

// StaleKeyText is the AES key that [FaultStaleKey] uses: the head-unit
// application's built-in default, which is what it falls back to.
const StaleKeyText = "1234567890123456"
