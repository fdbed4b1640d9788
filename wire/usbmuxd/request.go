package usbmuxd

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/plugfest/plugfest/wire/plist"
)

// Command is what a client asks, by the MessageType of version 1.
type Command string

// Commands. Version 0 knows Listen and Connect alone.
const (
	Listen           Command = "Listen"
	Connect          Command = "Connect"
	ListDevices      Command = "ListDevices"
	ListListeners    Command = "ListListeners"
	ReadBUID         Command = "ReadBUID"
	ReadPairRecord   Command = "ReadPairRecord"
	SavePairRecord   Command = "SavePairRecord"
	DeletePairRecord Command = "DeletePairRecord"
)

// Request is one question of a client. Which fields count depends on Command.
type Request struct {
	Version uint32 // Binary or Plist
	Tag     uint32
	Command Command

	DeviceID   uint32 // Connect, SavePairRecord
	HasDevice  bool   // DeviceID was there
	Port       uint16 // Connect, in ordinary order
	HasPort    bool
	RecordID   string // of the pair record commands
	RecordData []byte // SavePairRecord
	Client     Client
}

// Client is what a client says of itself; none of it is required.
type Client struct {
	ProgName, BundleID, Version string
}

// MessageError says why a well-framed message makes no sense. The stream goes on
// after it.
type MessageError struct {
	Header Header
	Field  string
	Err    error
}

func (e *MessageError) Error() string {
	return fmt.Sprintf("usbmuxd: message %d of version %d, tag %d: %s: %v", e.Header.Kind, e.Header.Version, e.Header.Tag, e.Field, e.Err)
}

// Unwrap returns the reason.
func (e *MessageError) Unwrap() error { return e.Err }

// swapPort turns a port into the number that PortNumber carries, and back: the
// two bytes of the port in network order, read as a little-endian number. So
// 62078 is 32498.
func swapPort(p uint16) uint16 { return bits.ReverseBytes16(p) }

// limits of a request: usbmuxd takes no more than 64 KiB.
var limits = plist.Limits{Size: MaxMessage, Depth: 16, Objects: 4096, Content: MaxMessage}

// ParseRequest reads a client's message. A header version that is neither 0 nor
// 1 fails with ErrVersion, for which the answer is a binary Result of
// [BadVersion]: that is how clients find out what a daemon speaks. Unknown
// commands are no error: the daemon answers [BadCommand]. A payload that is no
// XML property list fails with ErrPayload; usbmuxd says nothing to that, and
// takes no binary one. With a field of the wrong type the Request is returned as
// far as it could be read.
func ParseRequest(m Message) (Request, error) {
	r := Request{Version: m.Version, Tag: m.Tag}
	fail := func(field string, err error) (Request, error) {
		return r, &MessageError{Header: m.Header, Field: field, Err: err}
	}
	switch m.Version {
	case Binary:
		switch m.Kind {
		case KindListen:
			r.Command = Listen
		case KindConnect:
			if len(m.Payload) < 6 {
				return fail("port", ErrShort)
			}
			r.Command = Connect
			r.DeviceID, r.HasDevice = binary.LittleEndian.Uint32(m.Payload), true
			r.Port, r.HasPort = binary.BigEndian.Uint16(m.Payload[4:]), true
		default:
			return fail("kind", ErrKind)
		}
		return r, nil
	case Plist:
		if m.Kind != KindPlist {
			return fail("kind", ErrKind)
		}
		return r.parsePlist(m, fail)
	}
	return fail("version", ErrVersion)
}

func (r Request) parsePlist(m Message, fail func(string, error) (Request, error)) (Request, error) {
	if plist.Detect(m.Payload) == plist.Binary {
		return fail("property list", ErrPayload)
	}
	dict, err := plist.DecodeDict(m.Payload, limits)
	if err != nil {
		return fail("property list", fmt.Errorf("%w: %w", ErrPayload, err))
	}
	f := plist.Fields{Dict: dict}
	r.Command = Command(f.String("MessageType"))
	r.Client = Client{ProgName: f.String("ProgName"), BundleID: f.String("BundleID"), Version: f.String("ClientVersionString")}
	if r.HasDevice = f.Has("DeviceID"); r.HasDevice {
		r.DeviceID = uint32(f.Int("DeviceID", -1<<31, 1<<32-1))
	}
	if r.HasPort = f.Has("PortNumber"); r.HasPort {
		// Some clients send it signed: the low 16 bits count.
		r.Port = swapPort(uint16(f.Int("PortNumber", -1<<31, 1<<32-1)))
	}
	r.RecordID = f.String("PairRecordID")
	r.RecordData = f.Data("PairRecordData")
	if err := f.Err(); err != nil {
		return r, &MessageError{Header: m.Header, Field: "property list", Err: err}
	}
	return r, nil
}

// AppendTo appends the request as a client sends it.
func (r Request) AppendTo(dst []byte) ([]byte, error) {
	if r.Version == Binary {
		return r.appendBinary(dst)
	}
	d := map[string]any{"MessageType": string(r.Command)}
	for key, v := range map[string]string{"ProgName": r.Client.ProgName, "BundleID": r.Client.BundleID, "ClientVersionString": r.Client.Version, "PairRecordID": r.RecordID} {
		if v != "" {
			d[key] = v
		}
	}
	if r.HasDevice {
		d["DeviceID"] = uint64(r.DeviceID)
	}
	if r.HasPort {
		d["PortNumber"] = uint64(swapPort(r.Port))
	}
	if r.RecordData != nil {
		d["PairRecordData"] = r.RecordData
	}
	return appendPlist(dst, r.Tag, d)
}

func (r Request) appendBinary(dst []byte) ([]byte, error) {
	switch r.Command {
	case Listen:
		return appendMessage(dst, Binary, KindListen, r.Tag, func(b []byte) ([]byte, error) { return b, nil })
	case Connect:
		return appendMessage(dst, Binary, KindConnect, r.Tag, func(b []byte) ([]byte, error) {
			b = binary.LittleEndian.AppendUint32(b, r.DeviceID)
			b = binary.BigEndian.AppendUint16(b, r.Port)
			return append(b, 0, 0), nil
		})
	}
	return dst, &MessageError{Header: Header{Tag: r.Tag}, Field: string(r.Command), Err: ErrKind}
}

func appendPlist(dst []byte, tag uint32, v any) ([]byte, error) {
	return appendMessage(dst, Plist, KindPlist, tag, func(b []byte) ([]byte, error) { return plist.AppendXML(b, v) })
}
