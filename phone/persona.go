package phone

import (
	"embed"
	"time"

	"github.com/plugfest/plugfest/internal/preset"
	"github.com/plugfest/plugfest/phone/state"
)

// A Persona is an iPhone as data: what it is, what it can do, when it does it,
// and where it departs from a good one. Start from [LoadPersona] and overlay
// what differs with [Persona.Overlay].
type Persona struct {
	Name           string `yaml:"name"`            // what the user called it: "Anna's iPhone"
	ProductType    string `yaml:"product-type"`    // "iPhone14,7"
	ProductVersion string `yaml:"product-version"` // iOS: "17.5.1"
	SerialNumber   string `yaml:"serial-number"`   // iSerialNumber of its USB descriptor: 24 characters, or 40 on old models
	Language       string `yaml:"language"`        // "en"
	Battery        int    `yaml:"battery"`         // per cent
	UUID           string `yaml:"uuid"`            // what 4E0C tells
	Bluetooth      string `yaml:"bluetooth"`       // its address as text, which names that transport in 4E0E and 4300

	USB        USB        `yaml:"usb"`
	USBMux     USBMux     `yaml:"usbmux"`
	RoleSwitch RoleSwitch `yaml:"role-switch"`
	Timing     Timing     `yaml:"timing"`
	Link       Link       `yaml:"link"`
	Auth       Auth       `yaml:"authentication"`
	Ident      Ident      `yaml:"identification"`
	Apps       []App      `yaml:"apps"`
	User       User       `yaml:"user"`

	Clock    Clock    `yaml:"clock"`
	Cellular Cellular `yaml:"cellular"`
	Calls    []Call   `yaml:"calls"`
	Music    Music    `yaml:"music"`
	Route    Route    `yaml:"route"`
	WiFi     WiFi     `yaml:"wifi"`
	CarPlay  CarPlay  `yaml:"carplay"`
	Asks     Asks     `yaml:"asks"`
}

// USB is what the device descriptor says.
type USB struct {
	VendorID     uint16 `yaml:"vendor-id"`
	ProductID    uint16 `yaml:"product-id"`
	Release      uint16 `yaml:"release"`       // bcdDevice: 0x1404 on an iPhone 13
	ConfigureAny bool   `yaml:"configure-any"` // as a host: configures an accessory without an iAP2 interface too
	IgnoreVBUS   bool   `yaml:"ignore-vbus"`   // as a host: stays although the supply was switched off
	Manufacturer string `yaml:"manufacturer"`
	Product      string `yaml:"product"`
	// Modes are those that its iOS knows, 1 to 5; Mode is the one that it begins in.
	Modes []uint16 `yaml:"modes"`
	Mode  uint8    `yaml:"mode"`
}

// RoleSwitch says which role switch requests the phone supports; it stalls the
// others.
type RoleSwitch struct {
	Plain   bool `yaml:"plain"`   // 40 51 wValue 0
	CarPlay bool `yaml:"carplay"` // 40 51 wValue 1, and C0 53 answers 1
	// Silent accepts the request and then does nothing.
	Silent bool `yaml:"silent"`
}

// Timing is when the phone does things. The defaults are those of an iPhone
// that was switched by DJI goggles (wllm-rbnt/third-eye).
type Timing struct {
	Attach         time.Duration `yaml:"attach"`         // from the cable to the pull-up
	Drop           time.Duration `yaml:"drop"`           // from the switch request to leaving the bus
	Debounce       time.Duration `yaml:"debounce"`       // as a host: from the accessory's pull-up to its reset
	Reset          time.Duration `yaml:"reset"`          // as a host: length of the reset, with the pause after it
	AccessoryIn    time.Duration `yaml:"accessory-in"`   // how long a host waits for the accessory before it goes back
	Configure      time.Duration `yaml:"configure"`      // from enumeration to SET_CONFIGURATION
	Certificate    time.Duration `yaml:"certificate"`    // to look at a certificate
	Response       time.Duration `yaml:"response"`       // to check a signature
	Authenticate   time.Duration `yaml:"authenticate"`   // how long it waits for certificate and signature; 0: for ever
	Identification time.Duration `yaml:"identification"` // how long it waits for an identification; 0: for ever
	Identify       time.Duration `yaml:"identify"`       // to look at an identification
	Launch         time.Duration `yaml:"launch"`         // to bring up an app
	OpenNative     time.Duration `yaml:"open-native"`    // from the app being up to SET_INTERFACE
	Prompt         time.Duration `yaml:"prompt"`         // until the user answers a prompt
	Transfer       time.Duration `yaml:"transfer"`       // how long it waits for an answer on the file transfer session
	Return         time.Duration `yaml:"return"`         // from the accessory's leaving to being a peripheral again
	ModeDrop       time.Duration `yaml:"mode-drop"`      // from set mode to leaving the bus
	ModeReturn     time.Duration `yaml:"mode-return"`    // from that to coming back in the other mode
}

// Link is the phone's side of the iAP2 link.
type Link struct {
	MaxOutstanding uint8         `yaml:"max-outstanding"` // packets it takes unacknowledged
	MaxLength      uint16        `yaml:"max-length"`      // longest packet it takes, bytes
	InitialSeq     int           `yaml:"initial-seq"`     // first sequence number; negative: from the seed
	GiveUp         time.Duration `yaml:"give-up"`         // how long detection may take

	NoMarker  bool `yaml:"no-marker"`  // never answers the detection marker
	IAP1Only  bool `yaml:"iap1-only"`  // answers it as a peer that knows iAP1 alone
	NoSynAck  bool `yaml:"no-synack"`  // never answers a SYN
	NoAck     bool `yaml:"no-ack"`     // never acknowledges data
	RefuseSyn bool `yaml:"refuse-syn"` // answers a SYN with RST
	// ResetAfter sends RST after so many packets, once.
	ResetAfter int `yaml:"reset-after"`

	NoRetransmit   bool `yaml:"no-retransmit"`    // sends no packet again
	IgnoreWindow   bool `yaml:"ignore-window"`    // sends more packets unacknowledged than the accessory takes
	IgnoreReset    bool `yaml:"ignore-reset"`     // takes no notice of RST
	AlwaysAck      bool `yaml:"always-ack"`       // acknowledges data although none is agreed
	ResetOnGarbage bool `yaml:"reset-on-garbage"` // sends RST on bytes that are no packet
}

// Auth is how the phone authenticates an accessory.
type Auth struct {
	// Accept is "test-ca" (the certificate must come from Plugfest's test CA and
	// the signature must be right), "signature" (the signature must be right,
	// whoever has issued the certificate: for a real chip), "any" (only their
	// form is looked at), or "anything" (nothing is looked at).
	Accept string `yaml:"accept"`
	// FailAt makes the phone say AuthenticationFailed whatever it gets: "" ,
	// "certificate" or "response".
	FailAt string `yaml:"fail-at"`
	// Skip leaves authentication out; no real phone does.
	Skip bool `yaml:"skip"`
	// First authenticates before the identification even where the control
	// session has version 2.
	First bool `yaml:"first"`
}

// Ident is how the phone takes an identification.
type Ident struct {
	// Reject names parameters of IdentificationInformation to refuse, besides
	// what is wrong with it; RejectTimes bounds how often (0: always).
	Reject      []uint16 `yaml:"reject"`
	RejectTimes int      `yaml:"reject-times"`
	// Lenient accepts what a real phone rejects.
	Lenient bool `yaml:"lenient"`
	// TakeUndeclared honours messages that the accessory does not list among those
	// it sends.
	TakeUndeclared bool `yaml:"take-undeclared"`
	// HonourEarly launches the app that was asked for before the identification,
	// once that is done.
	HonourEarly bool `yaml:"honour-early"`
	// NoNotifications keeps quiet about what the accessory wants to be notified of.
	NoNotifications bool `yaml:"no-notifications"`
	// Unknown sends a message that no accessory knows, with this id, after the
	// identification was accepted.
	Unknown uint16 `yaml:"unknown-message"`
}

// version is its iOS, as Check has read it.
func (p *Persona) version() state.Version {
	v, _ := state.ParseVersion(p.ProductVersion)
	return v
}

//go:embed personas/*.yaml
var personas embed.FS

// DefaultPersona is the name of the persona used where none is named.
const DefaultPersona = "iphone-14"

var set = preset.Set[Persona]{FS: personas, Dir: "personas", Noun: "phone: persona", Default: DefaultPersona, Check: (*Persona).Check}

// Personas lists the embedded personas by name.
func Personas() []string { return set.Names() }

// LoadPersona returns the embedded persona of that name.
func LoadPersona(name string) (Persona, error) { return set.Load(name) }

// ParsePersona reads a persona from YAML. What it leaves out is as in the
// default persona; unknown keys are refused.
func ParsePersona(data []byte) (Persona, error) { return set.Parse(data) }

// Overlay sets what the YAML names and leaves the rest. A list replaces the
// whole list.
func (p *Persona) Overlay(data []byte) error { return set.Overlay(p, data) }
