package usbmuxd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

// Kind says which fields of a [Reply] hold.
type Kind uint8

// Kinds of [Reply].
const (
	KindResult     Kind = iota + 1 // Result
	KindDevices                    // Devices; answers ListDevices
	KindListeners                  // Listeners; answers ListListeners
	KindBUID                       // BUID; answers ReadBUID
	KindPairRecord                 // PairRecord; answers ReadPairRecord
	KindAttached                   // Device; to listeners
	KindDetached                   // DeviceID; to listeners
	KindPaired                     // DeviceID; to listeners
)

// Listener is a tool that listens, in the reply to ListListeners.
type Listener struct {
	Client
	ID          string // "ID String"
	Blacklisted bool
}

// Reply is what the daemon sends: answers, which echo the tag of the request, and
// notifications, whose tag is 0.
type Reply struct {
	Version    Version
	Tag        uint32
	Kind       Kind
	Result     Result
	Devices    []Device
	Listeners  []Listener
	BUID       string // an upper-case UUID
	PairRecord []byte // itself a property list
	Device     Device
	DeviceID   uint32
}

// Bodies of binary messages.
const (
	numberLen   = 4   // u32 result or device
	attachedLen = 268 // u32 device, u16 product, char[256] serial, u16 zero, u32 location
	serialLen   = 256
)

// AppendTo appends the reply as a message. In binary there are Result and the
// notifications alone.
func (r Reply) AppendTo(dst []byte) ([]byte, error) {
	if r.Version == Binary {
		return r.appendBinary(dst)
	}
	var d map[string]any
	switch r.Kind {
	case KindResult:
		d = map[string]any{"MessageType": "Result", "Number": uint32(r.Result)}
	case KindDevices:
		list := make([]any, 0, len(r.Devices))
		for _, dev := range r.Devices {
			list = append(list, attached(dev))
		}
		d = map[string]any{"DeviceList": list}
	case KindListeners:
		list := make([]any, 0, len(r.Listeners))
		for _, l := range r.Listeners {
			list = append(list, map[string]any{
				"Blacklisted": l.Blacklisted, "BundleID": l.BundleID, "ConnType": l.ConnType, "ID String": l.ID,
				"ProgName": l.ProgName, "kLibUSBMuxVersion": l.LibVersion,
			})
		}
		d = map[string]any{"ListenerList": list}
	case KindBUID:
		d = map[string]any{"BUID": r.BUID}
	case KindPairRecord:
		d = map[string]any{"PairRecordData": r.PairRecord}
	case KindAttached:
		d = attached(r.Device)
	case KindDetached:
		d = map[string]any{"MessageType": "Detached", "DeviceID": r.DeviceID}
	case KindPaired:
		d = map[string]any{"MessageType": "Paired", "DeviceID": r.DeviceID}
	default:
		return dst, fmt.Errorf("usbmuxd: no reply of kind %d", r.Kind)
	}
	return appendPlist(dst, r.Tag, d)
}

func attached(d Device) map[string]any {
	return map[string]any{"MessageType": "Attached", "DeviceID": d.ID, "Properties": d.properties()}
}

func (r Reply) appendBinary(dst []byte) ([]byte, error) {
	m := Message{Version: Binary, Tag: r.Tag}
	switch r.Kind {
	case KindResult:
		m.Type, m.Payload = TypeResult, binary.LittleEndian.AppendUint32(nil, uint32(r.Result))
	case KindAttached:
		if len(r.Device.Serial) >= serialLen {
			return dst, fmt.Errorf("usbmuxd: serial number of %d bytes, want fewer than %d", len(r.Device.Serial), serialLen)
		}
		b := make([]byte, attachedLen)
		binary.LittleEndian.PutUint32(b, r.Device.ID)
		binary.LittleEndian.PutUint16(b[4:], r.Device.ProductID)
		copy(b[6:], r.Device.Serial)
		binary.LittleEndian.PutUint32(b[attachedLen-4:], r.Device.LocationID)
		m.Type, m.Payload = TypeAttached, b
	case KindDetached, KindPaired:
		m.Type = TypeDetached
		if r.Kind == KindPaired {
			m.Type = TypePaired
		}
		m.Payload = binary.LittleEndian.AppendUint32(nil, r.DeviceID)
	default:
		return dst, fmt.Errorf("usbmuxd: no binary reply of kind %d", r.Kind)
	}
	return m.AppendTo(dst), nil
}

// ErrNotAReply: a message that no daemon sends.
var ErrNotAReply = errors.New("not a reply")

// ParseReply reads a reply in either form. It keeps nothing of the message.
func ParseReply(m Message) (Reply, error) {
	if m.Type == TypePlist {
		r := Reply{Version: Plist, Tag: m.Tag}
		dict, err := plist.DecodeDict(m.Payload, plist.Limits{})
		if err != nil {
			return r, fmt.Errorf("usbmuxd: reply: %w", err)
		}
		err = r.parse(&plist.Fields{Dict: dict})
		if err != nil {
			err = fmt.Errorf("usbmuxd: reply: %w", err)
		}
		return r, err
	}
	r := Reply{Version: Binary, Tag: m.Tag}
	want := numberLen
	if m.Type == TypeAttached {
		want = attachedLen
	}
	if len(m.Payload) < want {
		return r, fmt.Errorf("usbmuxd: reply: body of %v has %d bytes, want %d", m.Type, len(m.Payload), want)
	}
	number := binary.LittleEndian.Uint32(m.Payload)
	switch m.Type {
	case TypeResult:
		r.Kind, r.Result = KindResult, Result(number)
	case TypeDetached:
		r.Kind, r.DeviceID = KindDetached, number
	case TypePaired:
		r.Kind, r.DeviceID = KindPaired, number
	case TypeAttached:
		serial, _, _ := bytes.Cut(m.Payload[6:6+serialLen], []byte{0})
		r.Kind, r.Device = KindAttached, Device{
			ID: number, Connection: USB, Serial: string(serial),
			ProductID:  binary.LittleEndian.Uint16(m.Payload[4:]),
			LocationID: binary.LittleEndian.Uint32(m.Payload[attachedLen-4:]),
		}
		r.DeviceID = number
	default:
		return r, fmt.Errorf("usbmuxd: %w: %v", ErrNotAReply, m.Type)
	}
	return r, nil
}

// parse reads a property list: replies have no MessageType, except Result.
func (r *Reply) parse(f *plist.Fields) (err error) {
	switch {
	case f.Has("DeviceList"):
		r.Kind = KindDevices
		r.Devices, err = each(f, "DeviceList", func(e *plist.Fields) (Device, error) {
			return parseAttached(e)
		})
	case f.Has("ListenerList"):
		r.Kind = KindListeners
		r.Listeners, err = each(f, "ListenerList", parseListener)
	case f.Has("BUID"):
		r.Kind, r.BUID = KindBUID, f.String("BUID")
	case f.Has("PairRecordData"):
		r.Kind, r.PairRecord = KindPairRecord, f.Data("PairRecordData")
	default:
		err = r.parseTyped(f)
	}
	if err == nil {
		err = f.Err()
	}
	return err
}

func (r *Reply) parseTyped(f *plist.Fields) (err error) {
	f.Need("MessageType")
	switch t := f.String("MessageType"); t {
	case "Result":
		f.Need("Number")
		r.Kind, r.Result = KindResult, Result(f.Uint32("Number"))
	case "Attached":
		r.Kind = KindAttached
		r.Device, err = parseAttached(f)
		r.DeviceID = r.Device.ID
	case "Detached", "Paired":
		r.Kind = KindDetached
		if t == "Paired" {
			r.Kind = KindPaired
		}
		f.Need("DeviceID")
		r.DeviceID = f.Uint32("DeviceID")
	default:
		if f.Err() == nil {
			err = fmt.Errorf("%w: MessageType %.40q", ErrNotAReply, t)
		}
	}
	return err
}

// each reads an array of dictionaries.
func each[T any](f *plist.Fields, key string, read func(*plist.Fields) (T, error)) ([]T, error) {
	list := f.Array(key)
	out := make([]T, 0, len(list))
	for i, v := range list {
		path := fmt.Sprintf("%s[%d]", key, i)
		dict, ok := v.(map[string]any)
		if !ok {
			return nil, &plist.Error{Offset: -1, Path: path, Err: plist.ErrType, Detail: "is " + plist.TypeName(v) + ", want dictionary"}
		}
		e, err := read(&plist.Fields{Dict: dict, Path: path})
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// parseAttached reads an Attached dictionary; its DeviceID holds if the
// properties have none.
func parseAttached(f *plist.Fields) (Device, error) {
	f.Need("Properties")
	p := f.Sub("Properties")
	if id, ok := f.Dict["DeviceID"]; ok && p.Dict != nil && !p.Has("DeviceID") {
		p.Dict["DeviceID"] = id
	}
	if err := f.Err(); err != nil {
		return Device{}, err
	}
	return parseDevice(p)
}

func parseListener(f *plist.Fields) (Listener, error) {
	return Listener{
		Client: Client{BundleID: f.String("BundleID"), ProgName: f.String("ProgName"),
			LibVersion: f.Uint32("kLibUSBMuxVersion"), ConnType: f.Uint32("ConnType")},
		ID: f.String("ID String"), Blacklisted: f.Bool("Blacklisted"),
	}, f.Err()
}
