package control

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
)

// Decoded is a message as the catalogue understands it.
type Decoded struct {
	// Spec is nil for a message that the catalogue does not know.
	Spec *MessageSpec
	ID   uint16
	Nodes
}

// Nodes is a list of decoded parameters in the order of the wire. Its methods
// take dotted names such as "Wired.Available"; where a parameter repeats,
// they mean the first.
type Nodes []Node

// Node is one decoded parameter.
type Node struct {
	// Spec is nil for a parameter that the catalogue does not know.
	Spec *ParamSpec
	// Param is the parameter as it stands on the wire.
	Param Param
	// Value holds, by type: uint64 (unsigned integers, enum), int64 (signed
	// integers), bool, string (utf8), Joined (several strings in one
	// repeated parameter), []byte (blob, unknown), true (none), []uint16
	// (ids). It is nil for groups and where Err is set.
	Value any
	// Nodes holds the parameters of a group.
	Nodes Nodes
	// Err says why the value cannot be read; it is an *Error.
	Err error
}

// Name is the parameter's name in the catalogue, or its number as "#25".
func (n *Node) Name() string {
	if n.Spec != nil {
		return n.Spec.Name
	}
	return fmt.Sprintf("#%d", n.Param.ID)
}

// named spares the text of a number where no number is asked for.
func (n *Node) named(name string) bool {
	if n.Spec != nil {
		return n.Spec.Name == name
	}
	return strings.HasPrefix(name, "#") && n.Name() == name
}

// Decode reads a message by the catalogue. Unknown messages and parameters
// are kept, not refused. A value that cannot be read leaves its node with Err
// set and costs nothing else. The error is for groups whose own framing is
// malformed, which refuses the whole message; the tree is returned even then,
// for printing.
func Decode(m Message) (*Decoded, error) {
	d := &Decoded{Spec: Lookup(m.ID), ID: m.ID}
	var params []ParamSpec
	if d.Spec != nil {
		params = d.Spec.Params
	}
	var r reader
	d.Nodes = r.nodes(params, m.Params)
	if r.err != nil {
		r.err.Message = m.ID
		return d, r.err
	}
	return d, nil
}

type reader struct{ err *Error }

func (r *reader) nodes(specs []ParamSpec, params Params) Nodes {
	list := make(Nodes, 0, params.Len())
	for p := range params.All() {
		n := Node{Spec: findParam(specs, p.ID), Param: p}
		r.value(&n)
		list = append(list, n)
	}
	return list
}

func (r *reader) value(n *Node) {
	if n.Spec == nil {
		n.Value = n.Param.Value
		return
	}
	var v any
	switch p := n.Param; n.Spec.Type {
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64, TypeEnum:
		if n.Err = n.sized(); n.Err == nil {
			v, _ = p.Uint()
		}
	case TypeInt8, TypeInt16, TypeInt64:
		if n.Err = n.sized(); n.Err == nil {
			v, _ = p.Int()
		}
	case TypeBool:
		v, n.Err = p.Bool()
	case TypeUTF8:
		if n.Spec.Repeated && len(p.Value) > 1 && bytes.IndexByte(p.Value[:len(p.Value)-1], 0) >= 0 {
			var list []string
			list, n.Err = p.Texts()
			v = Joined(list)
		} else {
			v, n.Err = p.Text()
		}
	case TypeNone:
		v = true
	case TypeIDs:
		v, n.Err = p.AppendIDs(make([]uint16, 0, len(p.Value)/2))
	case TypeGroup:
		g, err := p.Group()
		if err != nil {
			n.Err = err
			if r.err == nil {
				copied := *err.(*Error)
				r.err = &copied
			}
			return
		}
		n.Nodes = r.nodes(n.Spec.Group.Params, g)
		return
	default:
		v = p.Value
	}
	if n.Err == nil {
		n.Value = v
	}
}

func (n *Node) sized() error {
	size, _ := n.Spec.Type.Size()
	return n.Param.sized(size)
}

// Find gives the first parameter with the given dotted name, or nil.
func (list Nodes) Find(path string) *Node {
	name, rest, deeper := strings.Cut(path, ".")
	for i := range list {
		n := &list[i]
		if !n.named(name) {
			continue
		}
		if !deeper {
			return n
		}
		if found := n.Nodes.Find(rest); found != nil {
			return found
		}
	}
	return nil
}

// Each yields all parameters of this list with the given name, which has no
// dots.
func (list Nodes) Each(name string) iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for i := range list {
			if list[i].named(name) && !yield(&list[i]) {
				return
			}
		}
	}
}

// Has tells whether the parameter is there.
func (list Nodes) Has(path string) bool { return list.Find(path) != nil }

func get[T any](list Nodes, path string) (v T, ok bool) {
	if n := list.Find(path); n != nil {
		v, ok = n.Value.(T)
	}
	return v, ok
}

// Uint gives an unsigned integer or the number of an enum; ok is false where
// it is missing or unreadable, in this and the methods below.
func (list Nodes) Uint(path string) (v uint64, ok bool) { return get[uint64](list, path) }

// Int gives a signed integer.
func (list Nodes) Int(path string) (v int64, ok bool) { return get[int64](list, path) }

// Bool gives a bool, or true for a parameter of type none that is there.
func (list Nodes) Bool(path string) (v bool, ok bool) { return get[bool](list, path) }

// Text gives a string without its NUL.
func (list Nodes) Text(path string) (s string, ok bool) { return get[string](list, path) }

// Bytes gives a blob. It refers to the message's bytes.
func (list Nodes) Bytes(path string) (b []byte, ok bool) { return get[[]byte](list, path) }

// IDs gives a packed list.
func (list Nodes) IDs(path string) (ids []uint16, ok bool) { return get[[]uint16](list, path) }

// Enum gives the name of an enumeration value; ok is false for a number
// without a name too.
func (list Nodes) Enum(path string) (name string, ok bool) {
	n := list.Find(path)
	if n == nil || n.Spec == nil {
		return "", false
	}
	v, isNumber := n.Value.(uint64)
	name = n.Spec.Enum.NameOf(uint8(v))
	return name, isNumber && name != ""
}

// Texts collects a repeated string parameter of this list, whether the
// strings stand in one parameter each or joined in one.
func (list Nodes) Texts(name string) []string {
	var all []string
	for n := range list.Each(name) {
		switch v := n.Value.(type) {
		case string:
			all = append(all, v)
		case Joined:
			all = append(all, v...)
		}
	}
	return all
}

// AppendTo encodes the message again from its decoded values. The bytes are
// those that were decoded.
func (d *Decoded) AppendTo(dst []byte) ([]byte, error) {
	if d.Spec == nil {
		return appendMessage(dst, d.ID, Name(d.ID), nil, d.Values())
	}
	return appendMessage(dst, d.ID, d.Spec.Name, d.Spec.Params, d.Values())
}

// Values gives the fields from which Build makes the same message. Values
// that are unreadable or not written in the usual form come as Raw.
func (list Nodes) Values() Values {
	values := make(Values, 0, len(list))
	for i := range list {
		values = append(values, Field{Name: list[i].Name(), Value: list[i].field()})
	}
	return values
}

func (n *Node) field() any {
	raw := Raw(n.Param.Value)
	if n.Spec == nil || n.Err != nil {
		return raw
	}
	switch n.Spec.Type {
	case TypeGroup:
		return n.Nodes.Values()
	case TypeBool:
		if v, _ := n.Value.(bool); len(raw) != 1 || (raw[0] == 1) != v || raw[0] > 1 {
			return raw
		}
	case TypeNone:
		if len(raw) > 0 {
			return raw
		}
	}
	return n.Value
}
