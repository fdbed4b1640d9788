package lockdown

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

// Kind is the name of a request.
type Kind string

// Kinds of request.
const (
	QueryType     Kind = "QueryType"
	GetValue      Kind = "GetValue"
	SetValue      Kind = "SetValue"
	RemoveValue   Kind = "RemoveValue"
	Pair          Kind = "Pair"
	ValidatePair  Kind = "ValidatePair" // before iOS 7
	Unpair        Kind = "Unpair"
	StartSession  Kind = "StartSession"
	StopSession   Kind = "StopSession"
	StartService  Kind = "StartService"
	EnterRecovery Kind = "EnterRecovery"
	Activate      Kind = "Activate"   // old
	Deactivate    Kind = "Deactivate" // old
	Goodbye       Kind = "Goodbye"
)

// Request is what a host asks. Which fields a request has:
//
//	QueryType      -
//	GetValue       Domain, Key, each optional; without Key all of the domain
//	SetValue       Domain, optional; Key, Value
//	RemoveValue    Domain, optional; Key
//	Pair           PairRecord, Options
//	ValidatePair   PairRecord
//	Unpair         PairRecord, of which HostID counts
//	StartSession   HostID, SystemBUID
//	StopSession    SessionID
//	StartService   Service; EscrowBag, optional
//	EnterRecovery  -
//	Activate       ActivationRecord
//	Deactivate     -
//	Goodbye        -
//
// Source: libimobiledevice, src/lockdown.c; go-ios; pymobiledevice3.
type Request struct {
	Kind            Kind
	Label           string // name of the program
	ProtocolVersion string // "2", or ""

	Domain, Key string
	Value       any // in the types of plist.Decode

	PairRecord *PairRecord
	Options    *PairingOptions

	HostID, SystemBUID string
	SessionID          string
	Service            string
	EscrowBag          []byte
	ActivationRecord   any

	// Dict is the whole request as it came, for what has no field here. It is
	// not written.
	Dict map[string]any
}

// PairingOptions come with Pair from hosts that know of the trust dialog.
type PairingOptions struct {
	ExtendedPairingErrors bool   // the host understands the reasons of iOS 7 and later
	ChallengeResponse     []byte // PKCS#7 over the PairingChallenge, by the supervisor's key
	SupervisorCertificate []byte // DER
}

// ErrNotARequest: a property list that is no request.
var ErrNotARequest = errors.New("lockdown: not a request")

// ParseRequest reads a request from its property list, within the limits. A
// field of the wrong type is an error that names it; a missing one is not, for
// the device has an answer to that. Kinds that are not known are read, too.
func ParseRequest(b []byte, l plist.Limits) (Request, error) {
	dict, err := plist.DecodeDict(b, l)
	if err != nil {
		return Request{}, fmt.Errorf("lockdown: request: %w", err)
	}
	f := plist.Fields{Dict: dict}
	r := Request{
		Kind: Kind(f.String("Request")), Label: f.String("Label"), ProtocolVersion: f.String("ProtocolVersion"),
		Domain: f.String("Domain"), Key: f.String("Key"), Value: dict["Value"],
		HostID: f.String("HostID"), SystemBUID: f.String("SystemBUID"), SessionID: f.String("SessionID"),
		Service: f.String("Service"), EscrowBag: f.Data("EscrowBag"), ActivationRecord: dict["ActivationRecord"], Dict: dict,
	}
	if r.Kind == "" && f.Err() == nil {
		return r, fmt.Errorf("%w: no Request", ErrNotARequest)
	}
	if f.Has("PairRecord") {
		sub := f.Sub("PairRecord")
		record, err := parsePairRecord(sub)
		if err != nil {
			return r, fmt.Errorf("lockdown: request %s: %w", r.Kind, err)
		}
		r.PairRecord = &record
	}
	if f.Has("PairingOptions") {
		o := f.Sub("PairingOptions")
		r.Options = &PairingOptions{o.Bool("ExtendedPairingErrors"), o.Data("ChallengeResponse"), o.Data("SupervisorCertificate")}
		if err := o.Err(); err != nil {
			return r, fmt.Errorf("lockdown: request %s: %w", r.Kind, err)
		}
	}
	if err := f.Err(); err != nil {
		return r, fmt.Errorf("lockdown: request %s: %w", r.Kind, err)
	}
	return r, nil
}

// fields returns the dictionary that is written.
func (r Request) fields() map[string]any {
	d := map[string]any{"Request": string(r.Kind)}
	putStrings(d, map[string]string{
		"Label": r.Label, "ProtocolVersion": r.ProtocolVersion, "Domain": r.Domain, "Key": r.Key,
		"HostID": r.HostID, "SystemBUID": r.SystemBUID, "SessionID": r.SessionID, "Service": r.Service,
	})
	if r.Value != nil {
		d["Value"] = r.Value
	}
	if r.EscrowBag != nil {
		d["EscrowBag"] = r.EscrowBag
	}
	if r.ActivationRecord != nil {
		d["ActivationRecord"] = r.ActivationRecord
	}
	if r.PairRecord != nil {
		d["PairRecord"] = r.PairRecord.fields()
	}
	if o := r.Options; o != nil {
		options := map[string]any{"ExtendedPairingErrors": o.ExtendedPairingErrors}
		if o.ChallengeResponse != nil {
			options["ChallengeResponse"] = o.ChallengeResponse
		}
		if o.SupervisorCertificate != nil {
			options["SupervisorCertificate"] = o.SupervisorCertificate
		}
		d["PairingOptions"] = options
	}
	return d
}

// putStrings puts in what is not empty.
func putStrings(d map[string]any, values map[string]string) {
	for key, value := range values {
		if value != "" {
			d[key] = value
		}
	}
}

// AppendTo appends the request as a framed XML list, as all hosts write it.
func (r Request) AppendTo(dst []byte) ([]byte, error) { return AppendFrame(dst, plist.XML, r.fields()) }

// String renders the request in one line, without secrets.
func (r Request) String() string {
	s := string(r.Kind)
	for _, part := range []struct{ key, value string }{
		{"domain", r.Domain}, {"key", r.Key}, {"host", r.HostID}, {"session", r.SessionID}, {"service", r.Service}, {"label", r.Label},
	} {
		if part.value != "" {
			s += fmt.Sprintf(" %s=%q", part.key, part.value)
		}
	}
	return s
}
