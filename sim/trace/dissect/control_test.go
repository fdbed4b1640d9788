package dissect_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

func TestParametersAreFlattened(t *testing.T) {
	for name, tt := range map[string]struct{ message, want string }{
		"none, enums":  {"40400012ae00000400000004000100040006", "StartPowerUpdates id=0xAE00 MaximumCurrentDrawnFromAccessory=1 BatteryWillChargeIfPowerPresent=1 BatteryLevel=1"},
		"number":       {"4040000cae0100060006005a", "PowerUpdate id=0xAE01 BatteryLevel=90"},
		"bool":         {"40400011ae010006000009600005000401", "PowerUpdate id=0xAE01 MaximumCurrentDrawnFromAccessory=2400 ExternalChargerConnected=true"},
		"text":         {"404000264e0e0016000041413a42423a43433a44443a45453a464600000a00017573622d3100", "DeviceTransportIdentifierNotification id=0x4E0E BluetoothTransportID=AA:BB:CC:DD:EE:FF USBTransportID=usb-1"},
		"unterminated": {"4040000b4e0900050000" + "41", "DeviceInformationUpdate id=0x4E09 DeviceName=!41"},
		"unknown":      {"404000064bcd", "unknown message id=0x4BCD"},
		"parameter":    {"4040000daa0500070099" + "010203", "AuthenticationSucceeded id=0xAA05 #153=010203"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.connect()
			w.send(phone, data(101, 0, 10, script.Hex(tt.message)))
			w.out = w.out[1:]
			w.want("phone > iap2.control " + tt.want)
		})
	}
}

func TestGroupsAndRepetitionsAreFlattened(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(unit, data(1, 100, 10, identification()))
	w.out = w.out[1:]
	w.want(`headunit > iap2.control IdentificationInformation id=0x1D01 Name="Plugfest head unit" ModelIdentifier=HU-1 Manufacturer=Plugfest ` +
		`SerialNumber=0001 FirmwareVersion=1.0 HardwareVersion=1.0 MessagesSentByAccessory=EA02 MessagesReceivedFromDevice=EA00,EA01 ` +
		`PowerProvidingCapability=none MaximumCurrentDrawnFromDevice=0 SupportedExternalAccessoryProtocol.ID=7 ` +
		`SupportedExternalAccessoryProtocol.Name=com.baidu.CarLifeVehicleProtocol SupportedExternalAccessoryProtocol.MatchAction=offer-app ` +
		`CurrentLanguage=en SupportedLanguage=en SupportedLanguage[1]=zh`)
}

// Several messages in one packet, one message over several packets, and both
// directions at once.
func TestMessagesOverPackets(t *testing.T) {
	w := newWire(t)
	w.connect()
	id := identification()
	w.send(unit, data(1, 100, 10, id[:1]))
	w.send(phone, data(101, 1, 10, slices.Concat(aa05, start, aa05[:4])))
	w.send(unit, data(2, 101, 10, id[1:]))
	w.send(phone, data(102, 2, 10, aa05[4:]))
	w.out = layers(w.out, "iap2.control")
	for i := range w.out {
		w.out[i].Fields = w.out[i].Fields[:1]
	}
	w.want(
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		"phone > iap2.control StartIdentification id=0x1D00",
		"headunit > iap2.control IdentificationInformation id=0x1D01",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
	)
}

// The event has the whole message, so that what the fields leave out is there.
func TestMessageBytes(t *testing.T) {
	w := newWire(t)
	w.connect()
	certificate := make([]byte, 607)
	certificate[0] = 0x30
	m := message("AuthenticationCertificate", control.Values{{Name: "Certificate", Value: certificate}})
	w.send(unit, data(1, 100, 10, m))
	w.out = w.out[1:]
	if string(w.out[0].Data) != string(m) {
		t.Errorf("data is not the message: %x", w.out[0].Data)
	}
	w.want(`headunit > iap2.control AuthenticationCertificate id=0xAA01 Certificate="607 bytes 3000000000000000.."`)
}

func TestMalformedMessages(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(101, 0, 10, slices.Concat(script.Hex("4040000aaa0500090000"), aa05, []byte{9}, aa05)))
	w.out = w.out[1:]
	w.want(
		`phone > iap2.control malformed fault`,
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		`phone > iap2.control malformed fault`,
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
	)
}

// A session of an unknown type is passed over; before any SYN, control messages
// are known by their looks.
func TestUnknownSessions(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(101, 0, 99, aa05))
	w.want("phone > iap2.link data seq=101 ack=0 session=99 len=6")

	late := newWire(t)
	late.send(phone, data(7, 0, 1, aa05[:2]), data(8, 0, 1, aa05[2:]), data(9, 0, 2, []byte("no message")))
	late.want(
		"phone > iap2.link data seq=7 ack=0 session=1 len=2",
		"phone > iap2.link data seq=8 ack=0 session=1 len=4",
		"phone > iap2.control AuthenticationSucceeded id=0xAA05",
		"phone > iap2.link data seq=9 ack=0 session=2 len=10",
	)
}

func eaStart(protocol, session int) []byte {
	return message("StartExternalAccessoryProtocolSession", control.Values{{Name: "ProtocolID", Value: protocol}, {Name: "SessionID", Value: session}})
}

func datagram(session uint8, b []byte) []byte { return append([]byte{0, session}, b...) }

// CarLife runs over an EA session too, where identification gave the protocol
// that name.
func TestEASessions(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(unit, data(1, 100, 10, identification()))
	w.send(phone, data(101, 1, 10, slices.Concat(eaStart(7, 1), eaStart(3, 2))))
	w.out = nil
	v := version()
	w.send(unit, data(2, 101, 11, datagram(1, v[:9])), data(3, 101, 11, datagram(1, v[9:])), data(4, 101, 11, datagram(2, []byte("other"))))
	w.want(
		"headunit > iap2.link data seq=2 ack=101 session=11 len=11",
		"headunit > iap2.ea data session=1 len=9 protocol=com.baidu.CarLifeVehicleProtocol data=000000010000000c00",
		"headunit > iap2.link data seq=3 ack=101 session=11 len=13",
		"headunit > iap2.ea data session=1 len=11 protocol=com.baidu.CarLifeVehicleProtocol data=0400000001800108011000",
		"headunit > carlife HU_PROTOCOL_VERSION channel=1 id=0x00018001 len=4 majorVersion=1 minorVersion=0",
		"headunit > iap2.link data seq=4 ack=101 session=11 len=7",
		"headunit > iap2.ea data session=2 len=5 data=6f74686572",
	)
	w.send(phone, data(102, 4, 10, message("StopExternalAccessoryProtocolSession", control.Values{{Name: "SessionID", Value: 1}})))
	require.Equal(t, "phone > iap2.ea close session=1 protocol=com.baidu.CarLifeVehicleProtocol sent=0 received=20 received_sha256="+
		fmt.Sprintf("%x", sha256.Sum256(v)), untimed(w.out)[len(w.out)-1])
	w.out = nil
	w.send(unit, data(5, 102, 11, datagram(1, v)), data(6, 102, 11, []byte{0}))
	w.want(
		"headunit > iap2.link data seq=5 ack=102 session=11 len=22",
		"headunit > iap2.ea data session=1 len=20 data=000000010000000c00040000..20",
		"headunit > iap2.link data seq=6 ack=102 session=11 len=1",
		`headunit > iap2.ea malformed fault`,
	)
}

// What came twice or out of order counts once, in its place; a session ends once.
func TestTotalsOfEASessions(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(101, 0, 10, eaStart(3, 2)))
	w.send(phone, data(102, 0, 11, datagram(2, []byte("one "))), data(104, 0, 11, datagram(2, []byte("three"))),
		data(102, 0, 11, datagram(2, []byte("one "))), data(103, 0, 11, datagram(2, []byte("two "))))
	w.send(unit, data(1, 104, 11, datagram(2, []byte("back"))), data(2, 104, 11, datagram(9, []byte("of none"))))
	stop := message("StopExternalAccessoryProtocolSession", control.Values{{Name: "SessionID", Value: 2}})
	w.out = nil
	w.send(phone, data(105, 2, 10, stop), data(106, 2, 10, stop))
	require.Equal(t, []string{fmt.Sprintf("phone > iap2.ea close session=2 sent=13 sent_sha256=%x received=4 received_sha256=%x",
		sha256.Sum256([]byte("one two three")), sha256.Sum256([]byte("back")))}, untimed(layers(w.out, "iap2.ea")))
}

func TestFileTransfer(t *testing.T) {
	w := newWire(t)
	w.connect()
	w.send(phone, data(101, 0, 12, script.Hex("810400000000000184eb0002")))
	w.send(unit, data(1, 101, 12, script.Hex("8101")))
	w.send(phone, data(102, 1, 12, script.Hex("8180ffd8")), data(103, 1, 12, script.Hex("8140ffd9")), data(104, 1, 12, script.Hex("8104ff")), data(105, 1, 12, script.Hex("81")))
	w.send(unit, data(2, 105, 12, script.Hex("8105")))
	w.out = layers(w.out, "iap2.file")
	w.want(
		"phone > iap2.file setup id=0x0081 len=10 size=99563 type=2 data=00000000000184eb0002",
		"headunit > iap2.file start id=0x0081 len=0",
		"phone > iap2.file first data id=0x0081 len=2 data=ffd8",
		"phone > iap2.file last data id=0x0081 len=2 data=ffd9",
		`phone > iap2.file setup id=0x0081 len=1 fault`,
		`phone > iap2.file malformed fault`,
		"headunit > iap2.file success id=0x0081 len=0",
	)
}
