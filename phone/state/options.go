package state

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/phone/files"
)

// Options say which phone it is and in what state it begins. The zero value of
// each field means what its comment says.
type Options struct {
	Name           string // DeviceName; "" is "iPhone" or "iPad"
	ProductType    string // "" is "iPhone14,7"
	ProductVersion string // iOS; "" is "16.7.10"
	// SerialNumber is the serial of the USB descriptor: 24 characters, of which the
	// first 8 are hexadecimal (chip) and the others too (ECID), or 40 on old
	// phones. "" makes one from the world's seed and the name of the phone.
	SerialNumber string

	Language string // "" is "en"
	Locale   string // "" is "en_US"
	TimeZone string // "" is "UTC"
	Battery  int    // per cent; 0 is 90
	Capacity uint64 // bytes of storage; 0 is the model's
	Free     uint64 // bytes free; 0 is half of what the system leaves

	Passcode      bool          // there is one
	Locked        bool          // and the phone is locked with it
	UnlockAfter   time.Duration // when its user unlocks a phone that begins Locked; 0: never
	User          User          // what the user does about the trust dialog
	DeveloperMode bool          // iOS 16 and later
	Image         bool          // a developer disk image is mounted
	NotActivated  bool
	BootTime      time.Duration // from a restart until it is back on the bus; 0 is 20 s (inferred)
	MinTLS        uint16        // oldest version of TLS that it takes; 0: by its iOS
	Supervisor    []byte        // DER of the certificate of the organisation; nil: not supervised
	PairingOff    bool          // supervised, and only the supervisor may pair

	// Media is what com.apple.afc shows; nil is a tree in memory, with what a phone
	// has there.
	Media files.Tree
	// Hosts are trusted from the beginning.
	Hosts []Host
	// Watches are paired with the phone.
	Watches []Watch
	// Apps are installed beside those of the system.
	Apps []App
	// Values override or add values of lockdownd, by domain ("" is the top) and key.
	// A value nil removes the key.
	Values map[string]map[string]any
}

// An Answer is what the user does about a trust dialog.
type Answer uint8

// Answers.
const (
	AnswerTrust  Answer = iota // taps Trust
	AnswerRefuse               // taps Don't Trust
	AnswerNone                 // leaves it open, until Trust or Refuse is called
)

// User is how the user of a phone takes a trust dialog.
type User struct {
	Answer Answer
	// After is how long they think. The zero User taps Trust so fast that no host
	// ever sees the dialog: pairing succeeds at the first request.
	After time.Duration
}

func (o *Options) defaults() {
	setDefault(&o.ProductType, "iPhone14,7")
	setDefault(&o.ProductVersion, "16.7.10")
	setDefault(&o.Language, "en")
	setDefault(&o.Locale, "en_US")
	setDefault(&o.TimeZone, "UTC")
	setDefault(&o.Battery, 90)
	setDefault(&o.BootTime, 20*time.Second)
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

func (o *Options) check() error {
	if o.Battery < 0 || o.Battery > 100 {
		return fmt.Errorf("state: battery is %d, want 0 to 100 per cent", o.Battery)
	}
	if o.BootTime < 0 {
		return fmt.Errorf("state: boot time is %v, want more than 0", o.BootTime)
	}
	if n := len(o.SerialNumber); n != 0 && n != 24 && n != 40 {
		return fmt.Errorf("state: serial number %q has %d characters, want 24 or 40", o.SerialNumber, n)
	}
	if o.Locked && !o.Passcode {
		return fmt.Errorf("state: a phone is locked only with a passcode")
	}
	if o.User.Answer > AnswerNone {
		return fmt.Errorf("state: no such answer: %d", o.User.Answer)
	}
	return nil
}
