package control_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// A message from names and values, and back.
func Example() {
	wire, err := control.Build("RequestAppLaunch",
		control.F("BundleID", "com.example.app"),
		control.F("LaunchMethod", "without-alert"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", wire)

	m, err := control.Parse(wire)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := control.Decode(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, _ := d.Text("BundleID")
	fmt.Println(d.Spec.Name, "from", d.Spec.Sender, "for", bundle)
	fmt.Println(control.Dense(m))
	// Output:
	// 4040001fea0200140000636f6d2e6578616d706c652e617070000005000101
	// RequestAppLaunch from accessory for com.example.app
	// EA02 RequestAppLaunch BundleID="com.example.app" LaunchMethod=without-alert
}

// Two packets carry one and a half messages, then the rest with garbage before
// it; the stream is read on.
func ExampleAssembler() {
	var asm control.Assembler
	for _, packet := range []string{
		"\x40\x40\x00\x06\xaa\x05\x40\x40\x00",
		"\x06\x1d\x00" + "garbage" + "\x40\x40\x00\x06\xaa\x00",
	} {
		asm.Push([]byte(packet))
		for m, err := range asm.Messages() {
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println(control.Name(m.ID))
		}
	}
	// Output:
	// AuthenticationSucceeded
	// StartIdentification
	// control: offset 12: start mark = 0x67: start mark 40 40 missing
	// RequestAuthenticationCertificate
}

// Without the catalogue, on buffers that are used again.
func ExampleBuilder() {
	buf := make([]byte, 0, 64)
	var b control.Builder
	buf, err := b.Begin(buf, control.MsgStatusExternalAccessoryProtocolSession).Uint16(0, 1).Uint8(1, 0).Finish()
	fmt.Printf("%x %v\n", buf, err)
	// Output:
	// 40400011ea030006000000010005000100 <nil>
}

func ExampleParams_All() {
	m, err := control.Parse([]byte("\x40\x40\x00\x11\xea\x00\x00\x05\x00\x00\x03\x00\x06\x00\x01\x12\x34"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for p := range m.Params.All() {
		v, err := p.Uint()
		fmt.Println(p.ID, v, err)
	}
	// Output:
	// 0 3 <nil>
	// 1 4660 <nil>
}

func ExampleValidate() {
	wire, _ := control.Build("RequestAppLaunch", control.F("BundleID", control.Raw("com.example.app")), control.F("#9", true))
	m, _ := control.Parse(wire)
	for _, f := range control.Validate(m, control.FromAccessory) {
		fmt.Println(f, "tolerated:", f.Tolerated)
	}
	// Output:
	// EA02 RequestAppLaunch BundleID at offset 6: no terminating NUL (15 bytes 636f6d2e6578616d..): the NUL counts in the length tolerated: false
	// EA02 RequestAppLaunch #9 at offset 25: unknown parameter tolerated: true
}

func ExampleCheckIdentification() {
	wire, _ := control.Build("IdentificationInformation",
		control.F("Name", "Head unit"), control.F("ModelIdentifier", "H1"), control.F("Manufacturer", "Example"),
		control.F("SerialNumber", "1"), control.F("FirmwareVersion", "1.0"), control.F("HardwareVersion", "1"),
		control.F("MessagesSentByAccessory", []uint16{control.MsgRequestAppLaunch}),
		control.F("MessagesReceivedFromDevice", []uint16{control.MsgIdentificationAccepted}),
		control.F("PowerProvidingCapability", "advanced"), control.F("MaximumCurrentDrawnFromDevice", 0),
		control.F("CurrentLanguage", "en"), control.F("SupportedLanguage", "en"),
		control.F("USBHostTransportComponent", control.Values{
			control.F("ID", 0), control.F("Name", "USB"), control.F("SupportsIAP2", true)}))
	m, _ := control.Parse(wire)
	rejections := control.CheckIdentification(m, control.USBHostTransport)
	for _, r := range rejections {
		fmt.Println(r)
	}
	answer, _ := control.AppendReject(nil, control.RejectedParams(rejections)...)
	fmt.Printf("%x\n", answer)
	// Output:
	// parameter 7 MessagesReceivedFromDevice: lists 1D02 IdentificationAccepted, which is never listed
	// 4040000a1d0300040007
}

func ExampleMessageSpec_Random() {
	spec := control.ByName("StartExternalAccessoryProtocolSession")
	r := rand.New(rand.NewPCG(1, 2))
	wire, _ := spec.Append(nil, spec.Random(r)...)
	m, _ := control.Parse(wire)
	fmt.Println(len(control.Validate(m, spec.Sender)), "findings")

	broken, ok := spec.Break(r, spec.Random(r), control.MissingParam)
	wire, _ = spec.Append(nil, broken...)
	m, _ = control.Parse(wire)
	fmt.Println(ok, control.Validate(m, spec.Sender)[0].Kind)
	// Output:
	// 0 findings
	// true missing parameter
}
