package dissect_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run go test -update")
	require.Equal(t, string(want), got)
}

// Ends of a link or pipe, as indices.
const (
	phone = iota
	unit
)

var marker = script.Hex("ff550200ee10")

func packet(controlBits, seq, ack, session uint8, payload ...byte) []byte {
	p := link.Packet{Control: controlBits, Seq: seq, Ack: ack, Session: session, Payload: payload}
	b, err := p.AppendTo(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// Sessions 10, 11 and 12 are control, EA and file transfer.
var synPayload = script.Hex("01 05 0400 07d0 0014 1e 05 0a0001 0b0201 0c0102")

func syn(seq uint8) []byte { return packet(link.ControlSYN, seq, 0, 0, synPayload...) }
func synAck(seq, ack uint8) []byte {
	return packet(link.ControlSYN|link.ControlACK, seq, ack, 0, synPayload...)
}
func ack(seq, n uint8) []byte { return packet(link.ControlACK, seq, n, 0) }
func data(seq, n, session uint8, b []byte) []byte {
	return packet(link.ControlACK, seq, n, session, b...)
}

func message(name string, v control.Values) []byte {
	b, err := control.Build(name, v...)
	if err != nil {
		panic(err)
	}
	return b
}

// identification declares CarLife as EA protocol 7.
func identification() []byte {
	return message("IdentificationInformation", control.Values{
		{Name: "Name", Value: "Plugfest head unit"}, {Name: "ModelIdentifier", Value: "HU-1"}, {Name: "Manufacturer", Value: "Plugfest"},
		{Name: "SerialNumber", Value: "0001"}, {Name: "FirmwareVersion", Value: "1.0"}, {Name: "HardwareVersion", Value: "1.0"},
		{Name: "MessagesSentByAccessory", Value: []uint16{0xEA02}}, {Name: "MessagesReceivedFromDevice", Value: []uint16{0xEA00, 0xEA01}},
		{Name: "PowerProvidingCapability", Value: 0}, {Name: "MaximumCurrentDrawnFromDevice", Value: 0},
		{Name: "SupportedExternalAccessoryProtocol", Value: control.Values{
			{Name: "ID", Value: 7}, {Name: "Name", Value: script.CarLifeProtocol}, {Name: "MatchAction", Value: 1}}},
		{Name: "CurrentLanguage", Value: "en"}, {Name: "SupportedLanguage", Value: "en"}, {Name: "SupportedLanguage", Value: "zh"},
	})
}

// mux returns a mux frame.
func mux(id carlife.ID, body proto.Message) []byte {
	m, err := carlife.NewMessage(id, body)
	if err != nil {
		panic(err)
	}
	return frame(m)
}

func frame(m carlife.Message) []byte {
	b, err := m.AppendMux(nil)
	if err != nil {
		panic(err)
	}
	return b
}

func version() []byte {
	return mux(carlife.MsgHUProtocolVersion, &carlifepb.CarlifeProtocolVersion{MajorVersion: proto.Int32(1), MinorVersion: proto.Int32(0)})
}

func videoInit(id carlife.ID) []byte {
	return mux(id, &carlifepb.CarlifeVideoEncoderInfo{Width: proto.Int32(768), Height: proto.Int32(480), FrameRate: proto.Int32(30)})
}

func video(n int) []byte {
	return frame(carlife.Message{ID: carlife.MsgVideoData, Timestamp: 33, Payload: make([]byte, n)})
}

// connection is a head unit that connects to a phone, up to CarLife's video.
func connection(sink func(*sim.Event)) {
	asHost := script.New("headunit", "phone", sink)
	asHost.Dev = 5
	asHost.Wait(100 * time.Millisecond)
	asHost.Plug("attach")
	asHost.Enumerate(script.PhoneDevice, script.PhoneConfig, "Apple Inc.", "iPhone", "0000")
	asHost.Control("c053000000000400", usb.OK, script.Hex("01000000"))
	asHost.Control("4051000000000000", usb.OK, nil)
	asHost.Plug("detach")
	asHost.Wait(200 * time.Millisecond)

	bus := asHost.Swap()
	bus.Plug("attach")
	bus.Enumerate(script.AccessoryDevice, script.AccessoryConfig, "Plugfest", "head unit", "0001", "MFI", "iAP Interface", script.CarLifeProtocol)
	const linkEP, eaEP = 1, 2
	bus.In(linkEP, marker)
	bus.Out(linkEP, marker)
	bus.In(linkEP, syn(0))
	bus.Out(linkEP, synAck(172, 0))
	bus.In(linkEP, ack(0, 172))
	bus.Out(linkEP, data(173, 0, 10, message("RequestAuthenticationCertificate", nil)))
	chipRead(bus, 0x30, script.Hex("0007"))
	chipRead(bus, 0x31, script.Hex("30820101020304"))
	bus.In(linkEP, data(1, 173, 10, message("AuthenticationCertificate", control.Values{{Name: "Certificate", Value: script.Hex("30820101020304")}})))
	bus.Out(linkEP, data(174, 1, 10, message("RequestAuthenticationChallengeResponse", control.Values{{Name: "Challenge", Value: make([]byte, 32)}})))
	chipWrite(bus, 0x21, make([]byte, 32))
	chipWrite(bus, 0x10, []byte{1})
	chipRead(bus, 0x10, []byte{0x10})
	bus.In(linkEP, data(2, 174, 10, message("AuthenticationResponse", control.Values{{Name: "Signature", Value: make([]byte, 64)}})))
	bus.Out(linkEP, data(175, 2, 10, slices.Concat(message("AuthenticationSucceeded", nil), message("StartIdentification", nil))))
	id := identification()
	bus.In(linkEP, data(3, 175, 10, id[:100]))
	bus.In(linkEP, data(4, 175, 10, id[100:]))
	bus.Out(linkEP, data(176, 4, 10, message("IdentificationAccepted", nil)))
	bus.Wait(50 * time.Millisecond)
	bus.Out(linkEP, data(176, 4, 10, message("IdentificationAccepted", nil)))
	bus.In(linkEP, data(5, 176, 10, message("RequestAppLaunch", control.Values{{Name: "BundleID", Value: "com.baidu.carlife"}, {Name: "LaunchMethod", Value: 1}})))
	bus.Out(linkEP, ack(176, 5))
	bus.Wait(300 * time.Millisecond)
	bus.Control("010b010001000000", usb.OK, nil)
	v := version()
	bus.In(eaEP, v[:8])
	bus.In(eaEP, v[8:])
	bus.Out(eaEP, mux(carlife.MsgProtocolVersionMatchStatus, &carlifepb.CarlifeProtocolVersionMatchStatus{MatchStatus: proto.Int32(1)}))
	bus.In(eaEP, videoInit(carlife.MsgVideoEncoderInit))
	bus.Out(eaEP, videoInit(carlife.MsgVideoEncoderInitDone))
	bus.In(eaEP, mux(carlife.MsgVideoEncoderStart, nil))
	for range 5 {
		bus.Wait(33 * time.Millisecond)
		bus.Out(eaEP, video(5000))
	}
	bus.In(eaEP, mux(carlife.MsgTouchDown, &carlifepb.CarlifeTouchSinglePoint{X: proto.Int32(100), Y: proto.Int32(200)}))
	bus.Out(eaEP, mux(carlife.MsgMDExit, nil))
	bus.Control("010b000001000000", usb.OK, nil)
	bus.Plug("detach")
}

func i2c(bus *script.Bus, kind string, ack int, b []byte) {
	bus.Emit(sim.Event{Who: "headunit", Layer: "i2c", Kind: kind, Data: b,
		Fields: []sim.Field{sim.Int("addr", 0x10), sim.Int("ack", ack), sim.Int("restart", 0), sim.Int("stretch_us", 0), sim.Text("peer", "chip")}})
	bus.Wait(time.Millisecond)
}

func chipRead(bus *script.Bus, register uint8, value []byte) {
	i2c(bus, "write", 0, nil) // the chip sleeps
	i2c(bus, "write", 1, []byte{register})
	i2c(bus, "read", 1, value)
}

func chipWrite(bus *script.Bus, register uint8, value []byte) {
	i2c(bus, "write", 1, append([]byte{register}, value...))
}

// derive runs raw events through a dissector and returns what it adds.
func derive(run func(func(*sim.Event))) []sim.Event {
	var out []sim.Event
	d := dissect.New(func(e *sim.Event) {
		if !slices.Contains(dissect.Kinds(e.Layer), e.Kind) {
			panic(e.Layer + " " + e.Kind + " is not listed")
		}
		if e.Layer != "usb" && e.Layer != "i2c" {
			out = append(out, e.Clone())
		}
	})
	run(d.Observe)
	return out
}

// A wire feeds the bytes of both ends of a link to a dissector, a millisecond
// apart.
type wire struct {
	t   require.TestingT
	d   *dissect.Dissector
	now time.Duration
	out []sim.Event
}

func newWire(t require.TestingT) *wire {
	w := &wire{t: t}
	w.d = dissect.New(func(e *sim.Event) {
		require.True(t, slices.Contains(dissect.Kinds(e.Layer), e.Kind), "%s %s is not listed", e.Layer, e.Kind)
		w.out = append(w.out, e.Clone())
	})
	return w
}

func (w *wire) send(from int, b ...[]byte) {
	names := [...]string{"phone", "headunit"}
	for _, p := range b {
		w.now += time.Millisecond
		w.d.Feed(w.now, names[from], names[1-from], p)
	}
}

// connect brings the link up: the phone's numbers begin after 100, the unit's
// after 0.
func (w *wire) connect() {
	w.send(unit, marker, syn(0))
	w.send(phone, marker, synAck(100, 0))
	w.send(unit, ack(0, 100))
	w.out = nil
}

// want compares what was derived with lines without their times.
func (w *wire) want(lines ...string) {
	require.Equal(w.t, lines, untimed(w.out))
	w.out = nil
}

// untimed describes events without their times and without the words of faults,
// which are those of the package that found them.
func untimed(events []sim.Event) (out []string) {
	for i := range events {
		_, line, _ := strings.Cut(trace.Describe(&events[i]), " ")
		line, words, _ := strings.Cut(line, ` fault="`)
		if words != "" {
			line += " fault"
		}
		out = append(out, line)
	}
	return out
}

// layers keeps the lines of some layers.
func layers(events []sim.Event, names ...string) []sim.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e sim.Event) bool { return !slices.Contains(names, e.Layer) })
}
