package lockdown

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
)

// Success and Failure are values of Result.
const (
	Success = "Success"
	Failure = "Failure"
)

// Reply is what a device answers. Which fields a good reply has, beside the echo:
//
//	QueryType      Type
//	GetValue       Value; Domain and Key are echoed
//	SetValue       Domain and Key are echoed
//	RemoveValue    likewise
//	Pair           EscrowBag
//	StartSession   SessionID, EnableSessionSSL
//	StopSession    Result Success
//	StartService   Service, Port, EnableServiceSSL
//	others         -
//
// A bad one has an Error, from iOS 5 on; older devices said it by Result. A reply
// with both confuses one version of libimobiledevice or another, except that
// pymobiledevice3 wants Result in that to StopSession.
//
// Source: libimobiledevice, src/lockdown.c; go-ios; pymobiledevice3.
type Reply struct {
	Kind   Kind // the echo of Request
	Error  Error
	Result string

	Type        string
	Domain, Key string
	Value       any // in the types of plist.Decode

	EscrowBag        []byte
	PairingChallenge []byte // in ExtendedResponse, with MCChallengeRequired

	SessionID        string // a UUID
	EnableSessionSSL bool
	Service          string
	Port             uint16
	EnableServiceSSL bool

	// Dict is the whole reply as it came, for what has no field here. It is not
	// written.
	Dict map[string]any
}

// ErrEcho: a reply to another request.
var ErrEcho = errors.New("lockdown: reply to another request")

// Err returns why the reply to a request is bad: an [Error], [ErrEcho], or nil.
// The reply to Unpair may call itself ValidatePair.
func (r Reply) Err(to Kind) error {
	switch {
	case r.Kind != to && !(to == Unpair && r.Kind == ValidatePair):
		return fmt.Errorf("%w: %q, want %q", ErrEcho, string(r.Kind), string(to))
	case r.Error != "":
		return r.Error
	case r.Result == Failure:
		return Error(Failure)
	}
	return nil
}

// ParseReply reads a reply from its property list, within the limits. A field of
// the wrong type is an error that names it.
func ParseReply(b []byte, l plist.Limits) (Reply, error) {
	dict, err := plist.DecodeDict(b, l)
	if err != nil {
		return Reply{}, fmt.Errorf("lockdown: reply: %w", err)
	}
	f := plist.Fields{Dict: dict}
	r := Reply{
		Kind: Kind(f.String("Request")), Error: Error(f.String("Error")), Result: f.String("Result"),
		Type: f.String("Type"), Domain: f.String("Domain"), Key: f.String("Key"), Value: dict["Value"],
		EscrowBag: f.Data("EscrowBag"), SessionID: f.String("SessionID"), EnableSessionSSL: f.Bool("EnableSessionSSL"),
		Service: f.String("Service"), Port: uint16(f.Int("Port", 1, 65535)), EnableServiceSSL: f.Bool("EnableServiceSSL"), Dict: dict,
	}
	if f.Has("ExtendedResponse") {
		sub := f.Sub("ExtendedResponse")
		r.PairingChallenge = sub.Data("PairingChallenge")
		if err := sub.Err(); err != nil {
			return r, fmt.Errorf("lockdown: reply to %s: %w", r.Kind, err)
		}
	}
	if err := f.Err(); err != nil {
		return r, fmt.Errorf("lockdown: reply to %s: %w", r.Kind, err)
	}
	return r, nil
}

// fields returns the dictionary that is written.
func (r Reply) fields() map[string]any {
	d := map[string]any{"Request": string(r.Kind)}
	putStrings(d, map[string]string{
		"Error": string(r.Error), "Result": r.Result, "Type": r.Type, "Domain": r.Domain, "Key": r.Key,
		"SessionID": r.SessionID, "Service": r.Service,
	})
	if r.Value != nil {
		d["Value"] = r.Value
	}
	if r.EscrowBag != nil {
		d["EscrowBag"] = r.EscrowBag
	}
	if r.PairingChallenge != nil {
		d["ExtendedResponse"] = map[string]any{"PairingChallenge": r.PairingChallenge}
	}
	if r.SessionID != "" {
		d["EnableSessionSSL"] = r.EnableSessionSSL
	}
	if r.Port != 0 {
		d["Port"] = r.Port
		if r.EnableServiceSSL { // absent before iOS 5, and where it is false
			d["EnableServiceSSL"] = true
		}
	}
	return d
}

// AppendTo appends the reply as a framed property list. Real devices answer in
// XML.
func (r Reply) AppendTo(dst []byte, f plist.Format) ([]byte, error) {
	return AppendFrame(dst, f, r.fields())
}

// String renders the reply in one line, without secrets.
func (r Reply) String() string {
	s := string(r.Kind)
	if r.Error != "" {
		return s + ": " + string(r.Error)
	}
	for _, part := range []struct{ key, value string }{
		{"type", r.Type}, {"domain", r.Domain}, {"key", r.Key}, {"session", r.SessionID}, {"service", r.Service}, {"result", r.Result},
	} {
		if part.value != "" {
			s += fmt.Sprintf(" %s=%q", part.key, part.value)
		}
	}
	if r.Value != nil {
		s += " value=" + plist.TypeName(r.Value)
	}
	if r.Port != 0 {
		s += fmt.Sprintf(" port=%d", r.Port)
	}
	if r.EnableSessionSSL || r.EnableServiceSSL {
		s += " tls"
	}
	return s
}
