package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Settings are what a scenario says about one part of the bench: a mapping
// whose keys only the bench knows. The zero value says nothing.
type Settings struct {
	node *yaml.Node
	src  *source
}

// NewSettings makes settings out of a value that marshals to a YAML mapping, a
// struct or map.
func NewSettings(v any) (Settings, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return Settings{}, fmt.Errorf("scenarios: settings: %w", err)
	}
	if n.Kind != yaml.MappingNode {
		return Settings{}, fmt.Errorf("scenarios: settings of type %T are no mapping", v)
	}
	return Settings{node: &n}, nil
}

// IsZero reports whether the settings say nothing.
func (s Settings) IsZero() bool { return s.node == nil || len(s.node.Content) == 0 }

// Node returns the mapping, or nil.
func (s Settings) Node() *yaml.Node { return s.node }

// Keys returns the keys in their order.
func (s Settings) Keys() []string {
	if s.node == nil {
		return nil
	}
	var keys []string
	for i := 0; i < len(s.node.Content); i += 2 {
		keys = append(keys, s.node.Content[i].Value)
	}
	return keys
}

// Decode fills in v, a pointer to a struct with yaml tags. What the settings
// do not mention keeps its value; a key that v does not know is an error, an
// [*Error] where the settings came from a file.
func (s Settings) Decode(v any) error {
	if s.node == nil {
		return nil
	}
	err := s.node.Load(v, yaml.WithKnownFields())
	if err == nil {
		return nil
	}
	var several *yaml.LoadErrors
	if errors.As(err, &several) {
		var all []error
		for _, e := range several.Errors {
			all = append(all, s.explain(e, v))
		}
		return MarkInvalid(errors.Join(all...))
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		return s.explain(one, v)
	}
	return s.Invalid(err)
}

// Invalid makes a mistake somewhere in the settings an [ErrInvalid] that shows
// where they begin.
func (s Settings) Invalid(err error) error {
	if err == nil || errors.Is(err, ErrInvalid) || s.src == nil || s.node == nil || s.node.Line == 0 {
		return MarkInvalid(err)
	}
	return s.src.errorf(s.node.Line, s.node.Column, "%v", err)
}

// Errorf makes an error that points at a key of the settings, for what a
// decoder cannot see.
func (s Settings) Errorf(key, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if s.node != nil && s.src != nil {
		for i := 0; i < len(s.node.Content); i += 2 {
			if k := s.node.Content[i]; k.Value == key && k.Line > 0 {
				return s.src.errorf(k.Line, k.Column, "%s: %s", key, msg)
			}
		}
	}
	return MarkInvalid(fmt.Errorf("%s: %s", key, msg))
}

var (
	unknownField = regexp.MustCompile(`^field (.+) not found in type (.+)$`)
	wrongType    = regexp.MustCompile("^cannot construct !!\\w+(?: `(.*)`)? into (.+)$")
)

// wantedInstead says what a key takes whose Go type the value does not fit.
func wantedInstead(value, goType string, keys []string) string {
	what := value
	if what == "" {
		what = "this"
	}
	switch goType = strings.TrimLeft(goType, "*"); {
	case goType == "time.Duration":
		return fmt.Sprintf("%s is no time; write one with a unit, such as 5ms, 1.5s or 2m", what)
	case goType == "bool":
		return what + " is neither true nor false"
	case goType == "string":
		return what + " is no text; put it in quotes"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return what + " is no whole number that fits here"
	case strings.HasPrefix(goType, "float"):
		return what + " is no number"
	case strings.HasPrefix(goType, "["):
		return what + " is no list; write [a, b]"
	}
	if len(keys) > 0 {
		return fmt.Sprintf("%s does not fit here; want a mapping with %s", what, strings.Join(keys, ", "))
	}
	return what + " does not fit here"
}

// explain turns a decoder's error into one that shows the place and the keys
// there are.
func (s Settings) explain(e *yaml.LoadError, v any) error {
	msg := e.Message
	if m := unknownField.FindStringSubmatch(msg); m != nil {
		msg = fmt.Sprintf("unknown key %q", m[1])
		if keys := keysOf(reflect.TypeOf(v), m[2], map[reflect.Type]bool{}); len(keys) > 0 {
			msg += "; known: " + strings.Join(keys, ", ")
		}
	}
	if m := wrongType.FindStringSubmatch(msg); m != nil {
		msg = wantedInstead(m[1], m[2], keysOf(reflect.TypeOf(v), m[2], map[reflect.Type]bool{}))
	}
	if s.src == nil || e.Mark.Line == 0 {
		return MarkInvalid(errors.New(msg))
	}
	return s.src.errorf(e.Mark.Line, e.Mark.Column, "%s", msg)
}

// keysOf returns the yaml keys of the struct type called name that t is or
// holds.
func keysOf(t reflect.Type, name string, seen map[reflect.Type]bool) []string {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return keysOf(t.Elem(), name, seen)
	case reflect.Struct:
	default:
		return nil
	}
	if t.String() == name {
		return structKeys(t)
	}
	for i := range t.NumField() {
		if keys := keysOf(t.Field(i).Type, name, seen); keys != nil {
			return keys
		}
	}
	return nil
}

func structKeys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		key, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(opts, "inline"):
			if f.Type.Kind() == reflect.Struct {
				keys = append(keys, structKeys(f.Type)...)
			}
			continue
		case !f.IsExported() || key == "-":
			continue
		case key == "":
			key = strings.ToLower(f.Name)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Merge returns the settings with other laid over them: mappings are merged key
// by key, anything else is replaced, and a key set to null is taken away.
func (s Settings) Merge(other Settings) Settings {
	if other.node == nil {
		return s
	}
	src := other.src
	if src == nil {
		src = s.src
	}
	return Settings{node: mergeNodes(s.node, other.node), src: src}
}

func mergeNodes(base, over *yaml.Node) *yaml.Node {
	if over.Kind != yaml.MappingNode {
		return over
	}
	out := *over
	out.Content = nil
	if base != nil && base.Kind == yaml.MappingNode {
		out.Content = slices.Clone(base.Content)
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := slices.IndexFunc(every2(out.Content), func(n *yaml.Node) bool { return n.Value == key.Value }) * 2
		switch isNull := value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null"; {
		case isNull && at >= 0:
			out.Content = slices.Delete(out.Content, at, at+2)
		case isNull:
		case at >= 0:
			out.Content[at] = key
			out.Content[at+1] = mergeNodes(out.Content[at+1], value)
		default:
			out.Content = append(out.Content, key, mergeNodes(nil, value))
		}
	}
	return &out
}

// every2 returns the keys of a mapping's content.
func every2(content []*yaml.Node) []*yaml.Node {
	keys := make([]*yaml.Node, 0, len(content)/2)
	for i := 0; i < len(content); i += 2 {
		keys = append(keys, content[i])
	}
	return keys
}

// IsZero reports whether the setup says nothing.
func (s Setup) IsZero() bool {
	return s.Phone.IsZero() && s.Headunit.IsZero() && s.Host.IsZero() && s.Chip.IsZero() && s.Cable.IsZero()
}
