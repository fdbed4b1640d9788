package usbmuxd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/plugfest/plugfest/wire/plist"
)

// Command is what a tool asks for: MessageType in a property list. In binary
// there are Listen and Connect alone.
type Command string

// Commands. Source: usbmuxd (libimobiledevice).
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

// Client is what a tool tells of itself; the daemon needs none of it.
type Client struct {
	ClientVersion string // ClientVersionString, as in "libusbmuxd 2.0.2"
	ProgName      string
	BundleID      string
	LibVersion    uint32 // kLibUSBMuxVersion, 3
	ConnType      uint32
	ProcessID     uint32
}

// Request is a command in either form.
//
//	command           needs
//	Listen            -
//	Connect           DeviceID, Port
//	ListDevices       -
//	ListListeners     -
//	ReadBUID          -
//	ReadPairRecord    PairRecordID
//	SavePairRecord    PairRecordID, PairRecordData; DeviceID for a Paired notification
//	DeletePairRecord  PairRecordID
type Request struct {
	Version Version
	Tag     uint32
	Command Command

	DeviceID       uint32
	Port           uint16 // as it is: unswapped
	PairRecordID   string // UDID
	PairRecordData []byte // itself a property list
	Client         Client

	// HasDeviceID and HasPort say whether a property list had them; Connect
	// without is answered otherwise than with 0.
	HasDeviceID, HasPort bool
}

// ErrNotARequest: a message that no tool sends.
var ErrNotARequest = errors.New("not a request")

// RequestError says what is wrong with a request, and how it is answered.
type RequestError struct {
	Request Request // as far as it was read
	Result  Result  // the answer
	// Silent says that usbmuxd does not answer at all: it cannot parse the
	// property list.
	Silent bool
	Err    error
}

// Error describes the fault.
func (e *RequestError) Error() string { return fmt.Sprintf("usbmuxd: request: %v", e.Err) }

// Unwrap returns the cause.
func (e *RequestError) Unwrap() error { return e.Err }

// requestLimits bound the property list of a request, which the length of the
// message bounds already.
var requestLimits = plist.Limits{Size: MaxRequest, Depth: 8, Objects: 256, Content: MaxRequest}

// ParseRequest reads a request. An error is a [*RequestError]. It keeps nothing
// of the message.
//
// As usbmuxd does, it goes by the type rather than the version, once that is 0 or
// 1, and takes XML alone.
func ParseRequest(m Message) (Request, error) {
	r := Request{Version: m.Version, Tag: m.Tag}
	fail := func(result Result, silent bool, err error) (Request, error) {
		return r, &RequestError{r, result, silent, err}
	}
	if m.Version > Plist {
		r.Version = Binary
		return fail(BadVersion, false, fmt.Errorf("header version %d, want 0 or 1", m.Version))
	}
	switch m.Type {
	case TypePlist:
		r.Version = Plist
		if plist.Detect(m.Payload) == plist.Binary {
			return fail(BadCommand, true, errors.New("a binary property list, want XML"))
		}
		dict, err := plist.DecodeDict(m.Payload, requestLimits)
		if err != nil {
			return fail(BadCommand, true, err)
		}
		return r.parsePlist(&plist.Fields{Dict: dict})
	case TypeListen:
		r.Version, r.Command = Binary, Listen
		return r, nil
	case TypeConnect:
		r.Version, r.Command = Binary, Connect
		if len(m.Payload) < connectLen {
			return fail(BadCommand, false, fmt.Errorf("body of Connect has %d bytes, want %d", len(m.Payload), connectLen))
		}
		r.DeviceID, r.Port = binary.LittleEndian.Uint32(m.Payload), binary.BigEndian.Uint16(m.Payload[4:])
		r.HasDeviceID, r.HasPort = true, true
		return r, nil
	}
	r.Version = Binary
	return fail(BadCommand, false, fmt.Errorf("%w: %v", ErrNotARequest, m.Type))
}

// connectLen is the body of a binary Connect: u32 device, u16 port in network
// order, u16 zero.
const connectLen = 8

func (r Request) parsePlist(f *plist.Fields) (Request, error) {
	f.Need("MessageType")
	r.Command = Command(f.String("MessageType"))
	if err := f.Err(); err != nil {
		return r, &RequestError{r, BadCommand, true, err}
	}
	r.HasDeviceID, r.HasPort = f.Has("DeviceID"), f.Has("PortNumber")
	r.DeviceID = f.Uint32("DeviceID")
	// Ports whose low byte is above 7F come as negative numbers from some tools.
	r.Port = SwapPort(uint16(f.Int("PortNumber", math.MinInt32, math.MaxUint32)))
	if err := f.Err(); err != nil {
		return r, &RequestError{r, r.bad(), false, err}
	}
	r.PairRecordID, r.PairRecordData = f.String("PairRecordID"), f.Data("PairRecordData")
	if err := f.Err(); err != nil {
		return r, &RequestError{r, Invalid, false, err}
	}
	r.Client = Client{
		ClientVersion: f.String("ClientVersionString"), ProgName: f.String("ProgName"), BundleID: f.String("BundleID"),
		LibVersion: f.Uint32("kLibUSBMuxVersion"), ConnType: f.Uint32("ConnType"), ProcessID: f.Uint32("ProcessID"),
	}
	return r, r.check()
}

// bad returns how a field of the wrong type is answered: as if it were not there.
func (r Request) bad() Result {
	if r.Command == Connect {
		return BadDevice
	}
	return BadCommand
}

// check refuses a command without what it needs.
func (r Request) check() error {
	fail := func(result Result, what string) error {
		return &RequestError{r, result, false, fmt.Errorf("%s: %s", r.Command, what)}
	}
	switch r.Command {
	case Listen, ListDevices, ListListeners, ReadBUID:
		return nil
	case Connect:
		if !r.HasDeviceID {
			return fail(BadDevice, "no DeviceID")
		}
		if !r.HasPort {
			return fail(BadCommand, "no PortNumber")
		}
		return nil
	case SavePairRecord:
		if len(r.PairRecordData) == 0 {
			return fail(Invalid, "no PairRecordData")
		}
		fallthrough
	case ReadPairRecord, DeletePairRecord:
		if r.PairRecordID == "" {
			return fail(Invalid, "no PairRecordID")
		}
		return nil
	}
	return &RequestError{r, BadCommand, false, fmt.Errorf("%w: MessageType %.40q", ErrNotARequest, string(r.Command))}
}

// AppendTo appends the request as a message.
func (r Request) AppendTo(dst []byte) ([]byte, error) {
	if r.Version == Binary {
		return r.appendBinary(dst)
	}
	d := map[string]any{"MessageType": string(r.Command)}
	if r.DeviceID != 0 || r.HasDeviceID || r.Command == Connect {
		d["DeviceID"] = r.DeviceID
	}
	if r.Command == Connect || r.HasPort {
		d["PortNumber"] = SwapPort(r.Port)
	}
	for key, value := range map[string]string{
		"PairRecordID": r.PairRecordID, "ClientVersionString": r.Client.ClientVersion,
		"ProgName": r.Client.ProgName, "BundleID": r.Client.BundleID,
	} {
		if value != "" {
			d[key] = value
		}
	}
	for key, value := range map[string]uint32{
		"kLibUSBMuxVersion": r.Client.LibVersion, "ConnType": r.Client.ConnType, "ProcessID": r.Client.ProcessID,
	} {
		if value != 0 {
			d[key] = value
		}
	}
	if r.PairRecordData != nil {
		d["PairRecordData"] = r.PairRecordData
	}
	return appendPlist(dst, r.Tag, d)
}

func (r Request) appendBinary(dst []byte) ([]byte, error) {
	m := Message{Version: Binary, Tag: r.Tag}
	switch r.Command {
	case Listen:
		m.Type = TypeListen
	case Connect:
		m.Type = TypeConnect
		m.Payload = binary.LittleEndian.AppendUint32(nil, r.DeviceID)
		m.Payload = binary.BigEndian.AppendUint16(m.Payload, r.Port)
		m.Payload = append(m.Payload, 0, 0)
	default:
		return dst, fmt.Errorf("usbmuxd: %s has no binary form", r.Command)
	}
	return m.AppendTo(dst), nil
}

func appendPlist(dst []byte, tag uint32, v map[string]any) ([]byte, error) {
	b, err := plist.AppendXML(nil, v)
	if err != nil {
		return dst, err
	}
	return Message{Version: Plist, Type: TypePlist, Tag: tag, Payload: b}.AppendTo(dst), nil
}
