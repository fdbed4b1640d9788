package dissect

import (
	"fmt"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/plugfest/plugfest/sim"
)

// Bounds of what is shown of a message.
const (
	maxFields = 96  // flattened fields
	maxText   = 256 // bytes of a text
	maxDepth  = 4   // of groups in groups
)

// appendProto appends the fields of a protobuf message that are set, in the
// order of declaration: "width", "moduleStatus[1].moduleID".
func appendProto(f []sim.Field, prefix string, m protoreflect.Message, depth int) []sim.Field {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) || len(f) >= maxFields {
			continue
		}
		name := prefix + string(fd.Name())
		v := m.Get(fd)
		if !fd.IsList() {
			f = appendProtoValue(f, name, fd, v, depth)
			continue
		}
		list := v.List()
		for j := range list.Len() {
			if len(f) >= maxFields {
				break
			}
			f = appendProtoValue(f, fmt.Sprintf("%s[%d]", name, j), fd, list.Get(j), depth)
		}
	}
	return f
}

func appendProtoValue(f []sim.Field, name string, fd protoreflect.FieldDescriptor, v protoreflect.Value, depth int) []sim.Field {
	switch x := v.Interface().(type) {
	case protoreflect.Message:
		if depth < maxDepth {
			return appendProto(f, name+".", x, depth+1)
		}
		return f
	case bool:
		return append(f, sim.Text(name, strconv.FormatBool(x)))
	case int32:
		return append(f, sim.Int(name, x))
	case int64:
		return append(f, sim.Int(name, x))
	case uint32:
		return append(f, sim.Int(name, x))
	case protoreflect.EnumNumber:
		if e := fd.Enum().Values().ByNumber(x); e != nil {
			return append(f, sim.Text(name, string(e.Name())))
		}
		return append(f, sim.Int(name, x))
	case string:
		return append(f, sim.Text(name, excerpt(x)))
	case []byte:
		return append(f, sim.Text(name, blob(x)))
	}
	return append(f, sim.Text(name, excerpt(v.String())))
}

// excerpt cuts a long text.
func excerpt(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText] + "..."
}

// blob shows bytes: all of few, of many the number and the first.
func blob(b []byte) string {
	const whole, head = 32, 8
	if len(b) <= whole {
		return fmt.Sprintf("%x", b)
	}
	return fmt.Sprintf("%d bytes %x..", len(b), b[:head])
}
