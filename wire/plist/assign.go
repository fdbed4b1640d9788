package plist

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// DecodeInto checks a document and stores its value in what v points to.
// Structs take dictionaries: the name of a field's key is in its tag,
// `plist:"DeviceID"`, or else that of the field; "-" leaves it out. Keys without a
// field are skipped, fields without a key keep their value. Errors are [*Error];
// one of type names the path, and leaves v half filled. A number that its field
// cannot hold is an error, too.
func DecodeInto(data []byte, l Limits, v any) error {
	decoded, err := Decode(data, l)
	if err != nil {
		return err
	}
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return &Error{Offset: -1, Err: ErrType, Detail: fmt.Sprintf("DecodeInto wants a pointer, not %T", v)}
	}
	return assign(decoded, p.Elem(), "")
}

var (
	timeType = reflect.TypeFor[time.Time]()
	uidType  = reflect.TypeFor[UID]()
)

func mismatch(value any, to reflect.Value, path string) error {
	return &Error{Offset: -1, Path: path, Err: ErrType, Detail: fmt.Sprintf("is %s, want %v", TypeName(value), to.Type())}
}

// assign stores a decoded value.
func assign(value any, to reflect.Value, path string) error {
	for to.Kind() == reflect.Pointer {
		if to.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
		}
		to = to.Elem()
	}
	if v := reflect.ValueOf(value); v.Type().AssignableTo(to.Type()) {
		to.Set(v)
		return nil
	}
	switch v := value.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(v)
			return nil
		}
	case uint64:
		return assignUint(v, to, path)
	case UID:
		return assignUint(uint64(v), to, path)
	case int64:
		if to.CanInt() {
			if to.OverflowInt(v) {
				return overflow(v, to, path)
			}
			to.SetInt(v)
			return nil
		}
		if to.CanUint() {
			return overflow(v, to, path)
		}
	case float64:
		return assignFloat(v, value, to, path)
	case float32:
		return assignFloat(float64(v), value, to, path)
	case []byte:
		if to.Kind() == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint8 {
			to.SetBytes(v)
			return nil
		}
	case []any:
		return assignArray(v, to, path)
	case map[string]any:
		return assignDict(v, to, path)
	}
	return mismatch(value, to, path)
}

func overflow(value any, to reflect.Value, path string) error {
	return &Error{Offset: -1, Path: path, Err: ErrType, Detail: fmt.Sprintf("is %v, which no %v can hold", value, to.Type())}
}

func assignUint(v uint64, to reflect.Value, path string) error {
	switch {
	case to.CanUint():
		if to.OverflowUint(v) {
			return overflow(v, to, path)
		}
		to.SetUint(v)
	case to.CanInt():
		if i := int64(v); i < 0 || to.OverflowInt(i) {
			return overflow(v, to, path)
		}
		to.SetInt(int64(v))
	default:
		return mismatch(v, to, path)
	}
	return nil
}

func assignFloat(f float64, value any, to reflect.Value, path string) error {
	if !to.CanFloat() {
		return mismatch(value, to, path)
	}
	to.SetFloat(f)
	return nil
}

func assignArray(v []any, to reflect.Value, path string) error {
	if to.Kind() != reflect.Slice || to.Type().Elem().Kind() == reflect.Uint8 {
		return mismatch(v, to, path)
	}
	s := reflect.MakeSlice(to.Type(), len(v), len(v))
	for i := range v {
		if err := assign(v[i], s.Index(i), joinIndex(path, i)); err != nil {
			return err
		}
	}
	to.Set(s)
	return nil
}

func assignDict(v map[string]any, to reflect.Value, path string) error {
	switch to.Kind() {
	case reflect.Struct:
		if to.Type() == timeType {
			return mismatch(v, to, path)
		}
		return assignStruct(v, to, path)
	case reflect.Map:
		if to.Type().Key().Kind() != reflect.String {
			return mismatch(v, to, path)
		}
		m := reflect.MakeMapWithSize(to.Type(), len(v))
		for _, key := range sortedKeys(v) { // so that the same error comes first each time
			elem := reflect.New(to.Type().Elem()).Elem()
			if err := assign(v[key], elem, joinKey(path, key)); err != nil {
				return err
			}
			m.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), elem)
		}
		to.Set(m)
		return nil
	}
	return mismatch(v, to, path)
}

func assignStruct(v map[string]any, to reflect.Value, path string) error {
	for _, f := range reflect.VisibleFields(to.Type()) {
		name := fieldName(f)
		value, ok := v[name]
		if name == "" || !ok {
			continue
		}
		if err := assign(value, reach(to, f.Index), joinKey(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// reach returns a field, making the embedded structs on the way to it.
func reach(v reflect.Value, index []int) reflect.Value {
	for i, x := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

// embedded reports whether the fields of an anonymous field stand for it.
func embedded(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// fieldName returns the key of a struct field, "" if it has none.
func fieldName(f reflect.StructField) string {
	name, _, _ := cutTag(f)
	switch {
	case !f.IsExported(), name == "-", f.Anonymous && embedded(f.Type):
		return ""
	case name != "":
		return name
	}
	return f.Name
}

func cutTag(f reflect.StructField) (name, flags string, found bool) {
	return strings.Cut(f.Tag.Get("plist"), ",")
}
