package carlife

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Errors of [Decode] and [NewMessage].
var (
	// ErrUnknownMessage: the id is not in the catalogue.
	ErrUnknownMessage = errors.New("carlife: message id not in the catalogue")
	// ErrWrongBody: a body of another type than the catalogue has for the id.
	ErrWrongBody = errors.New("carlife: body type does not belong to the message")
)

// RequiredFieldError names a required protobuf field that is absent.
type RequiredFieldError struct {
	ID     ID
	Body   string // protobuf message that lacks the field, without package
	Field  string
	Number int32
}

// Error names message, protobuf message, field and number.
func (e *RequiredFieldError) Error() string {
	return fmt.Sprintf("carlife: %s (%s): %s lacks required field %s (number %d)", e.ID, e.ID.Hex(), e.Body, e.Field, e.Number)
}

// PayloadError is a payload that is no protobuf message of the type due.
type PayloadError struct {
	ID   ID
	Body string
	Len  int
	Err  error
}

// Error names message, type and size.
func (e *PayloadError) Error() string {
	// The protobuf library writes one of two kinds of space, as the build has it.
	why := strings.ReplaceAll(e.Err.Error(), "\u00a0", " ")
	return fmt.Sprintf("carlife: %s (%s): %d bytes are no %s: %s", e.ID, e.ID.Hex(), e.Len, e.Body, why)
}

// Unwrap returns the protobuf library's error.
func (e *PayloadError) Unwrap() error { return e.Err }

// Decode returns the protobuf message in m's payload, for a peer of profile p.
// It is nil for messages without a body and for raw media. Unknown fields are
// kept. The errors are [ErrUnknownMessage], [*PayloadError] and
// [*RequiredFieldError]; with the last the message comes back as far as it was
// there.
func Decode(m Message, p Profile) (proto.Message, error) {
	mi, ok := Lookup(m.ID)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknownMessage, m.ID.Hex())
	}
	body := mi.NewBody(p)
	if body == nil {
		return nil, nil
	}
	// Required fields are checked by hand: the library's error does not say
	// which message of ours it was.
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(m.Payload, body); err != nil {
		return nil, &PayloadError{ID: m.ID, Body: mi.BodyName(p), Len: len(m.Payload), Err: err}
	}
	if miss := missing(m.ID, body.ProtoReflect()); miss != nil {
		return body, miss
	}
	return body, nil
}

// NewMessage returns message id with body as its payload. A nil body makes an
// empty payload, which only messages without required fields allow. The type
// must be the catalogue's for either profile.
func NewMessage(id ID, body proto.Message) (Message, error) {
	mi, ok := Lookup(id)
	if !ok {
		return Message{}, fmt.Errorf("%w: %s", ErrUnknownMessage, id.Hex())
	}
	m := Message{ID: id, Channel: id.Channel()}
	if body == nil {
		if b := mi.NewBody(ProfileHUApp); b != nil {
			if miss := missing(id, b.ProtoReflect()); miss != nil {
				return Message{}, miss
			}
		}
		return m, nil
	}
	r := body.ProtoReflect()
	if !mi.takes(r) {
		return Message{}, fmt.Errorf("%w: %s takes %s, not %s", ErrWrongBody, mi.Name, orNone(mi.BodyName(ProfileHUApp)), r.Descriptor().Name())
	}
	if miss := missing(id, r); miss != nil {
		return Message{}, miss
	}
	b, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(body)
	if err != nil {
		return Message{}, fmt.Errorf("carlife: %s: %w", mi.Name, err)
	}
	m.Payload = b
	return m, nil
}

func (mi *MessageInfo) takes(r protoreflect.Message) bool {
	name := r.Descriptor().FullName()
	for _, b := range []proto.Message{mi.body, mi.bodyLib} {
		if b != nil && b.ProtoReflect().Descriptor().FullName() == name {
			return true
		}
	}
	return false
}

func orNone(s string) string {
	if s == "" {
		return "no body"
	}
	return s
}

// missing finds the first absent required field, depth first in the order of
// declaration.
func missing(id ID, m protoreflect.Message) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Cardinality() == protoreflect.Required && !m.Has(f) {
			return &RequiredFieldError{ID: id, Body: string(m.Descriptor().Name()), Field: string(f.Name()), Number: int32(f.Number())}
		}
		if f.Message() == nil || !f.IsList() {
			continue
		}
		list := m.Get(f).List()
		for j := range list.Len() {
			if err := missing(id, list.Get(j).Message()); err != nil {
				return err
			}
		}
	}
	return nil
}
