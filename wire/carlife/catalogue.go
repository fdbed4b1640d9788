package carlife

import (
	"iter"

	"google.golang.org/protobuf/proto"
)

// Sender says which end sends a message.
type Sender uint8

// The senders.
const (
	FromHU   Sender            = 1 << iota // head unit
	FromMD                                 // mobile device
	FromBoth = FromHU | FromMD             // heartbeat only
)

// String returns "HU", "MD" or "both".
func (s Sender) String() string {
	switch s {
	case FromHU:
		return "HU"
	case FromMD:
		return "MD"
	case FromBoth:
		return "both"
	}
	return "nobody"
}

// PayloadKind says what a payload is made of.
type PayloadKind uint8

// The kinds.
const (
	PayloadNone  PayloadKind = iota // no body
	PayloadProto                    // one protobuf message
	PayloadRaw                      // H.264 or PCM
)

// String returns "none", "proto" or "raw".
func (k PayloadKind) String() string {
	return [...]string{"none", "proto", "raw"}[min(int(k), 2)]
}

// MessageInfo is one entry of the catalogue.
type MessageInfo struct {
	ID   ID
	Bare ID // second id that is accepted for the same message; zero if none
	Name string
	From Sender
	Kind PayloadKind
	Note string

	body    proto.Message // nil pointer of the payload's type
	bodyLib proto.Message // the same for the C++ library, if it differs
}

// Channel returns the channel of the message.
func (mi *MessageInfo) Channel() Channel { return mi.ID.Channel() }

// SentID returns the id that a head unit of profile p really sends.
func (mi *MessageInfo) SentID(p Profile) ID {
	if p == ProfileCppLib && mi.Bare != 0 {
		return mi.Bare
	}
	return mi.ID
}

// NewBody returns an empty payload message for profile p, nil for messages
// without one.
func (mi *MessageInfo) NewBody(p Profile) proto.Message {
	b := mi.body
	if p == ProfileCppLib && mi.bodyLib != nil {
		b = mi.bodyLib
	}
	if b == nil {
		return nil
	}
	return b.ProtoReflect().New().Interface()
}

// BodyName returns the protobuf message's short name for profile p, or "".
func (mi *MessageInfo) BodyName(p Profile) string {
	if b := mi.NewBody(p); b != nil {
		return string(b.ProtoReflect().Descriptor().Name())
	}
	return ""
}

var byID, byName, order = index(commandTable, mediaTable, touchTable)

func index(parts ...[]MessageInfo) (ids map[ID]*MessageInfo, names map[string]*MessageInfo, list []*MessageInfo) {
	ids, names = map[ID]*MessageInfo{}, map[string]*MessageInfo{}
	for _, part := range parts {
		for i := range part {
			mi := &part[i]
			if mi.body != nil {
				mi.Kind = PayloadProto
			}
			list = append(list, mi)
			ids[mi.ID], names[mi.Name] = mi, mi
			if mi.Bare != 0 {
				ids[mi.Bare] = mi
			}
		}
	}
	return ids, names, list
}

// Lookup finds a message by id; either id of a message that has two.
func Lookup(id ID) (*MessageInfo, bool) {
	mi, ok := byID[id]
	return mi, ok
}

// ByName finds a message by its catalogue name, such as "VIDEO_ENCODER_INIT".
func ByName(name string) (*MessageInfo, bool) {
	mi, ok := byName[name]
	return mi, ok
}

// Messages yields the whole catalogue in the order of its tables: command,
// media channels, touch.
func Messages() iter.Seq[*MessageInfo] {
	return func(yield func(*MessageInfo) bool) {
		for _, mi := range order {
			if !yield(mi) {
				return
			}
		}
	}
}
