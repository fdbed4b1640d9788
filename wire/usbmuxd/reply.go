package usbmuxd

import (
	"encoding/binary"
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

// Result is the number of an answer.
type Result uint32

// Results. The pair record commands give plain errno values.
const (
	OK          Result = 0
	BadCommand  Result = 1  // unknown, or wrong in this state
	BadDevice   Result = 2  // no such device, or no such pair record (ENOENT)
	ConnRefused Result = 3  // the device refused the port
	BadVersion  Result = 6  // of the header: neither 0 nor 1
	Invalid     Result = 22 // EINVAL: a pair record command without what it needs
)

func (r Result) String() string {
	switch r {
	case OK:
		return "ok"
	case BadCommand:
		return "bad command"
	case BadDevice:
		return "no such device or record"
	case ConnRefused:
		return "connection refused"
	case BadVersion:
		return "bad version"
	case Invalid:
		return "invalid"
	}
	return fmt.Sprintf("result %d", uint32(r))
}

// Device is a phone as clients are told of it.
type Device struct {
	ID        uint32 // from 1; another after each attachment
	ProductID uint16
	Serial    string // the UDID: a serial number of 24 characters has a dash after the eighth
	Location  uint32 // bus << 16 | address
	Speed     uint64 // bits a second
}

// UDID turns a USB serial number into what names the phone everywhere else: 24
// characters get a dash after the eighth, everything else stays. What follows a
// NUL is dropped: some phones give a longer string than they mean.
func UDID(serial string) string {
	for i := range len(serial) {
		if serial[i] == 0 {
			serial = serial[:i]
			break
		}
	}
	if len(serial) == 24 {
		return serial[:8] + "-" + serial[8:]
	}
	return serial
}

func (d Device) properties() map[string]any {
	return map[string]any{
		"ConnectionType":  "USB",
		"ConnectionSpeed": d.Speed,
		"DeviceID":        uint64(d.ID),
		"LocationID":      uint64(d.Location),
		"ProductID":       uint64(d.ProductID),
		"SerialNumber":    d.Serial,
	}
}

func (d Device) attached() map[string]any {
	return map[string]any{"MessageType": "Attached", "DeviceID": uint64(d.ID), "Properties": d.properties()}
}

// AppendResult appends the answer to r.
func AppendResult(dst []byte, r Request, result Result) ([]byte, error) {
	if r.Version == Plist {
		return appendPlist(dst, r.Tag, map[string]any{"MessageType": "Result", "Number": uint64(result)})
	}
	return appendMessage(dst, Binary, KindResult, r.Tag, func(b []byte) ([]byte, error) {
		return binary.LittleEndian.AppendUint32(b, uint32(result)), nil
	})
}

// AppendDevices appends the answer to ListDevices.
func AppendDevices(dst []byte, r Request, devices []Device) ([]byte, error) {
	list := make([]any, 0, len(devices))
	for _, d := range devices {
		list = append(list, d.attached())
	}
	return appendPlist(dst, r.Tag, map[string]any{"DeviceList": list})
}

// AppendListeners appends the answer to ListListeners: the clients that listen.
func AppendListeners(dst []byte, r Request, clients []Client) ([]byte, error) {
	list := make([]any, 0, len(clients))
	for i, c := range clients {
		list = append(list, map[string]any{
			"Blacklisted": false, "BundleID": c.BundleID, "ConnType": uint64(0),
			"ID String": fmt.Sprintf("%d-%s", i+1, c.ProgName), "ProgName": c.ProgName, "kLibUSBMuxVersion": uint64(3),
		})
	}
	return appendPlist(dst, r.Tag, map[string]any{"ListenerList": list})
}

// AppendBUID appends the answer to ReadBUID.
func AppendBUID(dst []byte, r Request, buid string) ([]byte, error) {
	return appendPlist(dst, r.Tag, map[string]any{"BUID": buid})
}

// AppendRecord appends the answer to ReadPairRecord.
func AppendRecord(dst []byte, r Request, record []byte) ([]byte, error) {
	return appendPlist(dst, r.Tag, map[string]any{"PairRecordData": record})
}

// AppendAttached appends the notification of a device, in the version that the
// listener speaks.
//
//	binary: u32 device id, u16 product id, 256 bytes serial number, u16 0, u32 location
func AppendAttached(dst []byte, version uint32, d Device) ([]byte, error) {
	if version == Plist {
		return appendPlist(dst, 0, d.attached())
	}
	return appendMessage(dst, Binary, KindAttached, 0, func(b []byte) ([]byte, error) {
		b = binary.LittleEndian.AppendUint32(b, d.ID)
		b = binary.LittleEndian.AppendUint16(b, d.ProductID)
		var serial [256]byte
		copy(serial[:255], d.Serial)
		b = append(b, serial[:]...)
		b = append(b, 0, 0)
		return binary.LittleEndian.AppendUint32(b, d.Location), nil
	})
}

// AppendDetached appends the notification that a device is gone.
func AppendDetached(dst []byte, version uint32, id uint32) ([]byte, error) {
	return appendID(dst, version, KindDetached, "Detached", id)
}

// AppendPaired appends the notification that a pair record was saved for a
// device that is there.
func AppendPaired(dst []byte, version uint32, id uint32) ([]byte, error) {
	return appendID(dst, version, KindPaired, "Paired", id)
}

func appendID(dst []byte, version, kind uint32, name string, id uint32) ([]byte, error) {
	if version == Plist {
		return appendPlist(dst, 0, map[string]any{"MessageType": name, "DeviceID": uint64(id)})
	}
	return appendMessage(dst, Binary, kind, 0, func(b []byte) ([]byte, error) {
		return binary.LittleEndian.AppendUint32(b, id), nil
	})
}

// Reply is what a daemon says: an answer, or a notification.
type Reply struct {
	Header
	Type    string // "Result", "Attached", "Detached", "Paired", or "" for the other answers of version 1
	Result  Result
	Device  Device   // Attached; of Detached and Paired the ID alone
	Devices []Device // of ListDevices
	BUID    string
	Record  []byte
}

// ParseReply reads a daemon's message.
func ParseReply(m Message) (Reply, error) {
	r := Reply{Header: m.Header}
	fail := func(field string, err error) (Reply, error) {
		return r, &MessageError{Header: m.Header, Field: field, Err: err}
	}
	if m.Version == Plist && m.Kind == KindPlist {
		dict, err := plist.DecodeDict(m.Payload, plist.Limits{})
		if err != nil {
			return fail("property list", err)
		}
		if err := r.fromPlist(&plist.Fields{Dict: dict}); err != nil {
			return fail("property list", err)
		}
		return r, nil
	}
	if m.Version != Binary {
		return fail("version", ErrVersion)
	}
	want := map[uint32]struct {
		name string
		size int
	}{KindResult: {"Result", 4}, KindAttached: {"Attached", 268}, KindDetached: {"Detached", 4}, KindPaired: {"Paired", 4}}[m.Kind]
	if want.name == "" {
		return fail("kind", ErrKind)
	}
	if len(m.Payload) < want.size {
		return fail("payload", ErrShort)
	}
	r.Type = want.name
	id := binary.LittleEndian.Uint32(m.Payload)
	switch m.Kind {
	case KindResult:
		r.Result = Result(id)
	case KindAttached:
		b := m.Payload
		r.Device = Device{ID: id, ProductID: binary.LittleEndian.Uint16(b[4:]), Serial: text(b[6:262]), Location: binary.LittleEndian.Uint32(b[264:])}
	default:
		r.Device.ID = id
	}
	return r, nil
}

// text reads a NUL-padded string.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

func (r *Reply) fromPlist(f *plist.Fields) error {
	r.Type = f.String("MessageType")
	r.Result = Result(f.Uint32("Number"))
	r.BUID = f.String("BUID")
	r.Record = f.Data("PairRecordData")
	if r.Type == "Attached" || r.Type == "Detached" || r.Type == "Paired" {
		r.Device = deviceFrom(f)
	}
	for _, v := range f.Array("DeviceList") {
		if d, ok := v.(map[string]any); ok {
			r.Devices = append(r.Devices, deviceFrom(&plist.Fields{Dict: d}))
		}
	}
	return f.Err()
}

func deviceFrom(f *plist.Fields) Device {
	p := f.Sub("Properties")
	return Device{ID: f.Uint32("DeviceID"), ProductID: uint16(p.Uint32("ProductID")), Serial: p.String("SerialNumber"),
		Location: p.Uint32("LocationID"), Speed: uint64(p.Int("ConnectionSpeed", 0, 1<<62))}
}
