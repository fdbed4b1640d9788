package control

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind is what a Finding found.
type Kind uint8

// Findings, each with what a receiver does about it.
const (
	// UnknownMessage is a message that the catalogue does not know. An iPhone
	// acknowledges and ignores it (Source: exrector/carthing-custom-linux).
	UnknownMessage Kind = iota + 1
	// WrongSender is a message that the other side should have sent.
	WrongSender
	// UnknownParam is a parameter that the catalogue does not know. Receivers
	// ignore it (Source: luka-dev/mib2q-carplay-rgi); to send one is a fault.
	UnknownParam
	// MissingParam is a required parameter that is not there.
	MissingParam
	// DuplicateParam is a single-valued parameter that stands more than once;
	// the first one counts (Source: redline-labs/digital_dashboard).
	DuplicateParam
	// WrongSize is a value whose size its type cannot have.
	WrongSize
	// FlagNotEmpty is a parameter of type none with a value. An iPhone refuses
	// it in identification (Source: JoeyEamigh/bridgething); elsewhere it is
	// tolerated.
	FlagNotEmpty
	// EmptyBool is a bool without a value, which reads true.
	EmptyBool
	// UnusualBool is a bool other than 0 and 1, which reads true.
	UnusualBool
	// NoTerminator is a string that does not end with NUL.
	NoTerminator
	// JoinedTexts is several strings in one parameter. Where the parameter may
	// repeat this is tolerated (Source: f-io/LIVI).
	JoinedTexts
	// BadUTF8 is a string that is not UTF-8.
	BadUTF8
	// UnlistedValue is an enumeration value that the catalogue does not name.
	UnlistedValue
	// MalformedGroup is a group whose own parameters are not well formed; the
	// whole message is refused.
	MalformedGroup
)

var kindNames = [...]string{
	"", "unknown message", "wrong sender", "unknown parameter", "missing parameter", "duplicate parameter",
	"wrong size", "flag not empty", "empty bool", "unusual bool", "no terminating NUL", "joined strings",
	"not UTF-8", "unlisted value", "malformed group",
}

// String gives a short phrase.
func (k Kind) String() string {
	if k > 0 && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Finding is one way in which a message differs from the catalogue.
type Finding struct {
	Kind    Kind
	Message uint16
	// Path is the dotted name of the parameter, with an index where it
	// repeats; "" for the message itself.
	Path string
	// Param is the id of the top-level parameter that Path begins with.
	Param uint16
	// Offset is where the parameter stands, or should have been added,
	// counted from the start of the message.
	Offset int
	// Value is the value as it stands on the wire.
	Value []byte
	// Tolerated says that a receiver copes with it. A strict one need not.
	Tolerated bool
	// Detail says what was expected.
	Detail string
}

// String gives one line: message, path, offset, kind, value, expectation.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%04X %s", f.Message, Name(f.Message))
	if f.Path != "" {
		fmt.Fprintf(&b, " %s", f.Path)
	}
	fmt.Fprintf(&b, " at offset %d: %s", f.Offset, f.Kind)
	if len(f.Value) > 0 {
		b.WriteString(" (")
		b.Write(appendBytes(nil, f.Value))
		b.WriteByte(')')
	}
	if f.Detail != "" {
		b.WriteString(": " + f.Detail)
	}
	return b.String()
}

// Findings is what Validate found, in the order of the wire, missing
// parameters last.
type Findings []Finding

// Tolerant gives the findings that even a tolerant receiver does not accept.
func (f Findings) Tolerant() Findings {
	var rest Findings
	for _, one := range f {
		if !one.Tolerated {
			rest = append(rest, one)
		}
	}
	return rest
}

// Err joins the findings into an error, nil where there are none.
func (f Findings) Err() error {
	var list []error
	for _, one := range f {
		list = append(list, errors.New(one.String()))
	}
	return errors.Join(list...)
}

// Validate compares a message with the catalogue. With from 0 the sender is
// not checked.
func Validate(m Message, from Sender) Findings {
	d, _ := Decode(m)
	v := validator{id: m.ID, end: m.Len()}
	if d.Spec == nil {
		v.add(Finding{Kind: UnknownMessage, Tolerated: true})
		return v.found
	}
	if from != 0 && from != d.Spec.Sender {
		v.add(Finding{Kind: WrongSender, Detail: fmt.Sprintf("the %s sends it, not the %s", d.Spec.Sender, from)})
	}
	v.strictFlags = d.Spec.ID == MsgIdentificationInformation || d.Spec.ID == MsgIdentificationInformationUpdate
	v.list(d.Nodes, d.Spec.Params, d.Spec.Open, "", v.end)
	return v.found
}

type validator struct {
	id          uint16
	end         int
	strictFlags bool
	top         uint16 // top-level parameter at hand
	found       Findings
}

func (v *validator) add(f Finding) {
	f.Message, f.Param = v.id, v.top
	v.found = append(v.found, f)
}

// list checks the parameters of a message or group that ends at end.
func (v *validator) list(nodes Nodes, specs []ParamSpec, open bool, prefix string, end int) {
	count := make(map[uint16]int, len(nodes))
	for i := range nodes {
		n := &nodes[i]
		if prefix == "" {
			v.top = n.Param.ID
		}
		nth := count[n.Param.ID]
		count[n.Param.ID]++
		f := Finding{Path: prefix + n.Name(), Offset: n.Param.Offset, Value: n.Param.Value}
		switch {
		case n.Spec == nil && open:
			continue
		case n.Spec == nil:
			f.Kind, f.Tolerated = UnknownParam, true
			v.add(f)
			continue
		case n.Spec.Repeated:
			f.Path = fmt.Sprintf("%s[%d]", f.Path, nth)
		case nth > 0:
			f.Kind, f.Tolerated, f.Detail = DuplicateParam, true, "the first one counts"
			v.add(f)
		}
		v.value(n, f)
	}
	for i := range specs {
		if p := &specs[i]; p.Required && count[p.ID] == 0 {
			if prefix == "" {
				v.top = p.ID
			}
			v.add(Finding{Kind: MissingParam, Path: prefix + p.Name, Offset: end, Detail: fmt.Sprintf("parameter %d of type %s is required", p.ID, p.Type)})
		}
	}
}

func (v *validator) value(n *Node, f Finding) {
	f.Kind, f.Tolerated, f.Detail = 0, false, ""
	raw := n.Param.Value
	switch p := n.Spec; p.Type {
	case TypeBool:
		switch {
		case n.Err != nil:
			f.Kind, f.Detail = WrongSize, "a bool has 1 byte"
		case len(raw) == 0:
			f.Kind, f.Tolerated, f.Detail = EmptyBool, true, "reads true"
		case raw[0] > 1:
			f.Kind, f.Tolerated, f.Detail = UnusualBool, true, "reads true"
		}
	case TypeUTF8:
		switch {
		case errors.Is(n.Err, ErrNoTerminator):
			f.Kind, f.Detail = NoTerminator, "the NUL counts in the length"
		case bytes.IndexByte(raw[:len(raw)-1], 0) >= 0:
			f.Kind, f.Tolerated = JoinedTexts, p.Repeated
		case !utf8.Valid(raw):
			f.Kind = BadUTF8
		}
	case TypeNone:
		if len(raw) > 0 {
			f.Kind, f.Tolerated, f.Detail = FlagNotEmpty, !v.strictFlags, "presence is the whole meaning"
		}
	case TypeIDs:
		if n.Err != nil {
			f.Kind, f.Detail = WrongSize, "a list of uint16 has an even number of bytes"
		}
	case TypeGroup:
		if n.Err != nil {
			f.Kind, f.Detail = MalformedGroup, n.Err.Error()
			break
		}
		v.list(n.Nodes, p.Group.Params, p.Group.Open, f.Path+".", n.Param.Offset+ParamHeaderLen+len(raw))
	default:
		size, fixed := p.Type.Size()
		if fixed && len(raw) != size {
			f.Kind, f.Detail = WrongSize, fmt.Sprintf("a value of type %s has %d bytes", p.Type, size)
		} else if p.Enum != nil && p.Enum.NameOf(raw[0]) == "" {
			f.Kind, f.Tolerated, f.Detail = UnlistedValue, true, "known are "+p.Enum.names()
		}
	}
	if f.Kind != 0 {
		v.add(f)
	}
}
