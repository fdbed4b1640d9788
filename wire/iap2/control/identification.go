package control

import (
	"fmt"
	"slices"
)

// Transport is a kind of transport that an accessory declares in its
// identification, seen from the device: over USBHostTransport the iPhone is
// the USB host.
type Transport uint8

// The kinds of transport. AnyTransport is for checks that do not know which
// one is in use.
const (
	AnyTransport Transport = iota
	SerialTransport
	USBDeviceTransport
	USBHostTransport
	BluetoothTransport
	WirelessCarPlayTransport
)

var transportParams = [...]uint16{0, 14, 15, 16, 17, 24}

// Param is the parameter of IdentificationInformation that declares a
// transport of this kind, 0 for AnyTransport.
func (t Transport) Param() uint16 {
	if int(t) < len(transportParams) {
		return transportParams[t]
	}
	return 0
}

// Parameters of IdentificationInformation with rules of their own.
const (
	paramSent     = 6
	paramReceived = 7
	paramProtocol = 10
	paramUSBHost  = 16
)

// Identification is what an accessory says of itself in
// IdentificationInformation (1D01), as far as a device acts on it.
type Identification struct {
	Name             string
	ModelIdentifier  string
	Manufacturer     string
	SerialNumber     string
	FirmwareVersion  string
	HardwareVersion  string
	CurrentLanguage  string
	Languages        []string
	AppMatchTeamID   string
	PowerCapability  uint8  // 0 none, 1 reserved, 2 advanced
	MaximumCurrent   uint16 // drawn from the device, mA
	SentMessages     []uint16
	ReceivedMessages []uint16
	Protocols        []EAProtocol
	Components       []Component
}

// EAProtocol is an external accessory protocol that an accessory speaks.
type EAProtocol struct {
	ID          uint8
	Name        string
	MatchAction uint8
	// Native says that the data run on a USB endpoint pair of their own, that
	// of the USBHostTransportComponent with the id NativeTransport.
	Native          bool
	NativeTransport uint16
}

// Component is one of the parameters 14 to 30: a transport, an HID function,
// a source of vehicle data.
type Component struct {
	// Param is the parameter that declares it: 16 for a
	// USBHostTransportComponent.
	Param uint16
	// ID is what other messages call it by; HasID says whether it has one.
	ID    uint16
	HasID bool
	Name  string
	// SupportsIAP2 is set on transports that can carry this protocol.
	SupportsIAP2 bool
	// Nodes holds everything the component says.
	Nodes Nodes
}

// Sends tells whether the accessory declared that it sends the message.
func (i *Identification) Sends(id uint16) bool { return slices.Contains(i.SentMessages, id) }

// Receives tells whether the accessory declared that it takes the message. A
// device sends nothing else, and takes the list as the subscription to 4E09
// to 4E0E.
func (i *Identification) Receives(id uint16) bool { return slices.Contains(i.ReceivedMessages, id) }

// Allows tells whether a message from this side keeps to the identification:
// it belongs to authentication or identification, which are never listed, or
// the accessory listed it. That a device ignores what an accessory sends
// beside its list, and sends nothing beside it itself, is inferred.
func (i *Identification) Allows(id uint16, from Sender) bool {
	switch {
	case neverListed(id):
		return true
	case from == FromAccessory:
		return i.Sends(id)
	}
	return i.Receives(id)
}

// neverListed tells whether a message belongs to authentication or
// identification.
func neverListed(id uint16) bool { return id>>8 == 0xAA || id>>8 == 0x1D }

// ReadIdentification reads a 1D01. What is missing or unreadable is left at
// its zero value; CheckIdentification says what is wrong. The error is that
// of Decode.
func ReadIdentification(m Message) (*Identification, error) {
	d, err := Decode(m)
	id := &Identification{Languages: d.Texts("SupportedLanguage")}
	for _, s := range []struct {
		to   *string
		name string
	}{
		{&id.Name, "Name"}, {&id.ModelIdentifier, "ModelIdentifier"}, {&id.Manufacturer, "Manufacturer"},
		{&id.SerialNumber, "SerialNumber"}, {&id.FirmwareVersion, "FirmwareVersion"},
		{&id.HardwareVersion, "HardwareVersion"}, {&id.CurrentLanguage, "CurrentLanguage"},
		{&id.AppMatchTeamID, "AppMatchTeamID"},
	} {
		*s.to, _ = d.Text(s.name)
	}
	power, _ := d.Uint("PowerProvidingCapability")
	current, _ := d.Uint("MaximumCurrentDrawnFromDevice")
	id.PowerCapability, id.MaximumCurrent = uint8(power), uint16(current)
	id.SentMessages, _ = d.IDs("MessagesSentByAccessory")
	id.ReceivedMessages, _ = d.IDs("MessagesReceivedFromDevice")
	for i := range d.Nodes {
		switch n := &d.Nodes[i]; {
		case n.Spec == nil || n.Spec.Type != TypeGroup:
		case n.Param.ID == paramProtocol:
			id.Protocols = append(id.Protocols, readProtocol(n.Nodes))
		default:
			id.Components = append(id.Components, readComponent(n))
		}
	}
	return id, err
}

func readProtocol(list Nodes) EAProtocol {
	number, _ := list.Uint("ID")
	action, _ := list.Uint("MatchAction")
	native, isNative := list.Uint("NativeTransportComponentID")
	p := EAProtocol{ID: uint8(number), MatchAction: uint8(action), Native: isNative, NativeTransport: uint16(native)}
	p.Name, _ = list.Text("Name")
	return p
}

func readComponent(n *Node) Component {
	number, ok := n.Nodes.Uint("ID")
	c := Component{Param: n.Param.ID, ID: uint16(number), HasID: ok, Nodes: n.Nodes, SupportsIAP2: n.Nodes.Has("SupportsIAP2")}
	c.Name, _ = n.Nodes.Text("Name")
	return c
}

// IsTransport tells whether the component is a transport rather than a
// function of the accessory.
func (c *Component) IsTransport() bool { return slices.Contains(transportParams[1:], c.Param) }

// String names the component for messages to people.
func (c *Component) String() string {
	name := "component"
	if p := Lookup(MsgIdentificationInformation).Param(c.Param); p != nil {
		name = p.Name
	}
	return fmt.Sprintf("%s %d %q", name, c.ID, c.Name)
}

// AppendReject appends an IdentificationRejected (1D03) that names the given
// top-level parameters of 1D01, one empty parameter for each.
func AppendReject(dst []byte, params ...uint16) ([]byte, error) {
	var b Builder
	b.Begin(dst, MsgIdentificationRejected)
	for _, id := range params {
		b.Flag(id)
	}
	return b.Finish()
}
