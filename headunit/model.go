package headunit

import (
	"embed"
	"time"

	"github.com/plugfest/plugfest/internal/preset"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// A Model is a head unit as data: its identity, what it asks for and when, and
// where it departs from a good one. Start from [LoadModel] and overlay what
// differs with [Model.Overlay].
type Model struct {
	Identity  Identity   `yaml:"identity"`
	Transport string     `yaml:"transport"` // "ea-native": by the role switch; "usbmux": as the USB host
	USB       USB        `yaml:"usb"`
	Role      Role       `yaml:"role-switch"`
	Link      Link       `yaml:"link"`
	Ident     Ident      `yaml:"identification"`
	Protocols []Protocol `yaml:"protocols"`
	Launch    Launch     `yaml:"launch"`
	Chip      Chip       `yaml:"chip"`
	Timing    Timing     `yaml:"timing"`
	USBMux    USBMux     `yaml:"usbmux"`

	PowerSource  PowerSource  `yaml:"power-source"`
	Position     Position     `yaml:"position"`
	Vehicle      Vehicle      `yaml:"vehicle"`
	RouteDisplay RouteDisplay `yaml:"route-display"`
	WiFi         WiFi         `yaml:"wifi"`
	CarPlay      CarPlay      `yaml:"carplay"`
}

// Identity is what the head unit says of itself in 1D01.
type Identity struct {
	Name         string   `yaml:"name"`
	Model        string   `yaml:"model"`
	Manufacturer string   `yaml:"manufacturer"`
	Serial       string   `yaml:"serial"`
	Firmware     string   `yaml:"firmware"`
	Hardware     string   `yaml:"hardware"`
	Language     string   `yaml:"language"`
	Languages    []string `yaml:"languages"`
}

// USB is the device descriptor of the gadget.
type USB struct {
	VendorID      uint16 `yaml:"vendor-id"`
	ProductID     uint16 `yaml:"product-id"`
	Release       uint16 `yaml:"release"`
	Configuration string `yaml:"configuration"` // name of its one configuration
	// NoGadget never comes back as a gadget; NoIAP leaves out the iAP2 interface.
	NoGadget bool `yaml:"no-gadget"`
	NoIAP    bool `yaml:"no-iap"`
}

// Role is how the head unit asks for the role switch.
type Role struct {
	CarPlay bool `yaml:"carplay"` // wValue 1 instead of 0
	Ask     bool `yaml:"ask"`     // asks C0 53 first, and does not go on if it stalls
	// OnlyProduct asks devices with this product id alone; 0: all that iPhones and iPads have.
	OnlyProduct uint16 `yaml:"only-product"`
	// AnyDevice asks whatever is plugged in, not iPhones alone.
	AnyDevice bool `yaml:"any-device"`
	// IgnoreStall becomes a gadget although the phone stalled the request.
	IgnoreStall bool `yaml:"ignore-stall"`
	// DropVBUS switches the supply off with the role.
	DropVBUS bool `yaml:"drop-vbus"`
}

// Link is the accessory's side of the iAP2 link: what its SYN says.
type Link struct {
	MaxOutstanding uint8         `yaml:"max-outstanding"`
	MaxLength      uint16        `yaml:"max-length"`
	Retransmit     time.Duration `yaml:"retransmit"`
	Ack            time.Duration `yaml:"ack"`
	Retries        uint8         `yaml:"retries"`
	CumulativeAcks uint8         `yaml:"cumulative-acks"`
	Sessions       []Session     `yaml:"sessions"`
	InitialSeq     int           `yaml:"initial-seq"` // negative: from the seed
	Eager          bool          `yaml:"eager"`       // SYN right after its own marker
	GiveUp         time.Duration `yaml:"give-up"`

	NoMarker   bool `yaml:"no-marker"`   // says nothing at all
	NoAck      bool `yaml:"no-ack"`      // never acknowledges data
	NoEAK      bool `yaml:"no-eak"`      // never asks for what is missing
	NoDedup    bool `yaml:"no-dedup"`    // takes a packet that arrives twice for two
	ResetAfter int  `yaml:"reset-after"` // sends RST after so many packets, once
	// CorruptEvery damages the payload checksum of every n-th packet with
	// payload.
	CorruptEvery int `yaml:"corrupt-every"`

	NoChecksum      bool `yaml:"no-checksum"`       // takes packets with a damaged payload
	IgnoreMaxLength bool `yaml:"ignore-max-length"` // sends longer packets than the phone takes
	IgnoreReset     bool `yaml:"ignore-reset"`      // takes no notice of RST
	IgnoreIAP1      bool `yaml:"ignore-iap1"`       // asks on although the phone knows iAP1 alone
}

// Session is one entry of the session table of a SYN.
type Session struct {
	ID      uint8  `yaml:"id"`
	Type    string `yaml:"type"` // control, file-transfer or external-accessory
	Version uint8  `yaml:"version"`
}

// Ident is the rest of the identification.
type Ident struct {
	Sends       []uint16 `yaml:"sends"`    // messages sent by the accessory, besides those that protocols need
	Receives    []uint16 `yaml:"receives"` // messages received from the device, likewise
	Current     uint16   `yaml:"current"`  // mA drawn from the phone
	Power       uint8    `yaml:"power"`    // power providing capability: 0 none, 2 advanced
	Transport   string   `yaml:"transport-name"`
	Retry       bool     `yaml:"retry"`        // after 1D03 drop optional components once and try again
	Unprompted  bool     `yaml:"unprompted"`   // with control session 2: 1D01 straight after link-up
	NoNUL       bool     `yaml:"no-nul"`       // leaves the NUL off its strings
	ListAuth    bool     `yaml:"list-auth"`    // lists AA01 among the messages sent
	DoubleID    bool     `yaml:"double-id"`    // declares a second transport with the id of the first
	NoTransport bool     `yaml:"no-transport"` // declares no transport

	// Components and what goes with them; their messages are listed with them.
	Location      bool `yaml:"location"`       // tells the position when asked
	VehicleStatus bool `yaml:"vehicle-status"` // tells of the vehicle when asked
	RouteGuidance bool `yaml:"route-guidance"` // subscribes to route guidance
	WiFi          bool `yaml:"wifi"`           // tells its network when asked
	CarPlay       bool `yaml:"carplay"`        // begins CarPlay when it is available

	// NewLanguage is told by an update (1D06) right after the identification.
	NewLanguage string `yaml:"new-language"`
	// Early sends an EA02 before it is identified.
	Early bool `yaml:"early"`
	// OnlyEarly does not send it once it is identified.
	OnlyEarly bool `yaml:"only-early"`
	// Undeclared leaves EA02 off the messages it says it sends, and sends it.
	Undeclared bool `yaml:"undeclared"`
	// Unknown sends a message with this id after the identification.
	Unknown uint16 `yaml:"unknown-message"`
}

// Chip is how the head unit uses its authentication chip.
type Chip struct {
	Address uint16        `yaml:"address"` // 7-bit; 0 probes 10 and 11 (hex)
	Timeout time.Duration `yaml:"timeout"` // for each step; 0 is the driver's default
	// BadSignature flips a bit of what the chip signed; FixedBlob answers the
	// certificate instead of a signature; BareX509 sends the certificate without
	// its PKCS#7 wrapping.
	BadSignature bool `yaml:"bad-signature"`
	FixedBlob    bool `yaml:"fixed-blob"`
	BareX509     bool `yaml:"bare-x509"`
	// TryAgain sends the certificate again when the phone has refused it.
	TryAgain bool `yaml:"try-again"`
}

// Timing is when the head unit does things.
type Timing struct {
	Switch time.Duration `yaml:"switch"` // from finding the phone to asking for the switch
	Gadget time.Duration `yaml:"gadget"` // from the phone's leaving to the gadget's pull-up
	Wait   time.Duration `yaml:"wait"`   // how long the gadget waits for the phone
	Leave  time.Duration `yaml:"leave"`  // how long it waits for the phone to leave
}

//go:embed models/*.yaml
var models embed.FS

// DefaultModel is the name of the model used where none is named.
const DefaultModel = "carlife"

var set = preset.Set[Model]{FS: models, Dir: "models", Noun: "headunit: model", Default: DefaultModel, Check: (*Model).Check}

// Models lists the embedded models by name.
func Models() []string { return set.Names() }

// LoadModel returns the embedded model of that name.
func LoadModel(name string) (Model, error) { return set.Load(name) }

// ParseModel reads a model from YAML. What it leaves out is as in the default
// model; unknown keys are refused.
func ParseModel(data []byte) (Model, error) { return set.Parse(data) }

// Overlay sets what the YAML names and leaves the rest. A list replaces the
// whole list.
func (m *Model) Overlay(data []byte) error { return set.Overlay(m, data) }

var sessionTypes = map[string]link.SessionType{
	"control":            link.SessionControl,
	"file-transfer":      link.SessionFileTransfer,
	"external-accessory": link.SessionExternalAccessory,
}
