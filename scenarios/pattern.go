package scenarios

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim"
)

// A Pattern describes events: who acted, on which layer, what happened and
// with which fields. Its one text form, read by [ParsePattern] and written by
// String, is
//
//	WHO > LAYER [KIND] [KEY=VALUE ...] [-- NOTE]
//
// as in
//
//	phone > iap2.link ack|data seq=$s ack=7 len=10..20 -- the phone acknowledges
//
// WHO and LAYER may be *, a LAYER may end in .*, KIND is one or more words, or
// alternatives with | between them. A field may be refused with !=; KEY!=* asks
// that it be absent. The forms of a value are those of [Op]. The field name
// data, where the event has no field of that name, stands for its bytes in
// hexadecimal.
//
// [github.com/plugfest/plugfest/sim/trace.Describe] writes events the same way,
// so that what it prints can be pasted into a script.
type Pattern struct {
	Who    string       // endpoint, or *
	Layer  string       // iap2.link, iap2.*, *
	Kind   []Value      // any of these; none: any kind
	Fields []FieldMatch // all of these
	Note   string       // what it means, for the reader of a failure
}

// A FieldMatch asks something of one field of an event.
type FieldMatch struct {
	Key string
	Not bool    // none of the values, instead of any
	Any []Value // at least one
}

// String formats the pattern so that it parses back to itself.
func (p Pattern) String() string {
	var b strings.Builder
	b.WriteString(p.Who)
	b.WriteString(" > ")
	b.WriteString(p.Layer)
	if len(p.Kind) > 0 {
		b.WriteByte(' ')
		for i, k := range p.Kind {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(kindText(k))
		}
	}
	for _, f := range p.Fields {
		b.WriteByte(' ')
		b.WriteString(f.String())
	}
	if p.Note != "" {
		b.WriteString(" -- ")
		b.WriteString(p.Note)
	}
	return b.String()
}

// String formats the field as it stands in a pattern.
func (f FieldMatch) String() string {
	var b strings.Builder
	b.WriteString(f.Key)
	if f.Not {
		b.WriteByte('!')
	}
	b.WriteByte('=')
	for i, v := range f.Any {
		if i > 0 {
			b.WriteByte('|')
		}
		if f.Key == "data" && v.Op == Text && hexForm.MatchString(v.Text) {
			b.WriteString(v.Text)
		} else {
			b.WriteString(v.String())
		}
	}
	return b.String()
}

// Get returns the value of a field that the pattern asks for in so many words,
// or "". It is for a [Bench], whose frames have only such fields.
func (p *Pattern) Get(key string) string {
	for _, f := range p.Fields {
		if f.Key == key && !f.Not && len(f.Any) == 1 {
			return f.Any[0].Text
		}
	}
	return ""
}

// Num returns a field's number, and whether the pattern asks for a number.
func (p *Pattern) Num(key string) (int64, bool) {
	for _, f := range p.Fields {
		if f.Key == key && !f.Not && len(f.Any) == 1 && f.Any[0].Op == Number {
			return f.Any[0].Num, true
		}
	}
	return 0, false
}

// KindText returns the kind where the pattern names exactly one, or "".
func (p *Pattern) KindText() string {
	if len(p.Kind) == 1 && p.Kind[0].Op != Glob {
		return p.Kind[0].Text
	}
	return ""
}

// Matches reports whether the event fits, and if so binds the references that
// vars does not hold yet. A field binds its reference before the fields after
// it are compared.
func (p *Pattern) Matches(e *sim.Event, vars Vars) bool {
	if !p.whoFits(e) || !p.layerFits(e) || !p.kindFits(e) {
		return false
	}
	if vars == nil {
		vars = Vars{}
	}
	return p.compare(e, vars, nil)
}

// seen is Matches for what must not come: it binds nothing, and a reference
// that is not bound fits nothing.
func (p *Pattern) seen(e *sim.Event, vars Vars) bool {
	if !p.whoFits(e) || !p.layerFits(e) || !p.kindFits(e) {
		return false
	}
	for i := range p.Fields {
		if !p.Fields[i].fits(e, vars) {
			return false
		}
	}
	return true
}

// compare compares the fields; wrong, if given, is called with each that does
// not fit.
func (p *Pattern) compare(e *sim.Event, vars Vars, wrong func(*FieldMatch)) bool {
	var bound []string
	ok := true
	for i := range p.Fields {
		f := &p.Fields[i]
		if name := f.binds(vars); name != "" {
			if field, there := f.find(e); there {
				vars[name] = field
				bound = append(bound, name)
			}
		}
		if f.fits(e, vars) {
			continue
		}
		ok = false
		if wrong == nil {
			break
		}
		wrong(f)
	}
	if !ok {
		for _, name := range bound {
			delete(vars, name)
		}
	}
	return ok
}

// kindText formats one kind: words stand as they are.
func kindText(k Value) string {
	if k.Op == Glob {
		return k.Text
	}
	for _, w := range strings.Split(k.Text, " ") {
		if v, err := parseValue(w); err != nil || v.Op != Text && v.Op != Number || !bare(w) || strings.Contains(w, "=") {
			return strconv.Quote(k.Text)
		}
	}
	return k.Text
}

func (p *Pattern) whoFits(e *sim.Event) bool { return p.Who == "*" || p.Who == e.Who }

func (p *Pattern) layerFits(e *sim.Event) bool { return p.coversLayer(e.Layer) }

func (p *Pattern) coversLayer(layer string) bool {
	if p.Layer == layer || p.Layer == "*" {
		return true
	}
	family, ok := strings.CutSuffix(p.Layer, ".*")
	return ok && strings.HasPrefix(layer, family) && (len(layer) == len(family) || layer[len(family)] == '.')
}

func (p *Pattern) kindFits(e *sim.Event) bool {
	if len(p.Kind) == 0 {
		return true
	}
	for i := range p.Kind {
		if p.Kind[i].isKind(e.Kind) {
			return true
		}
	}
	return false
}

// fits looks at every field of the key: a parameter may repeat.
func (f *FieldMatch) fits(e *sim.Event, vars Vars) bool {
	found, some := false, false
	for i := range e.Fields {
		if e.Fields[i].Key == f.Key {
			found = true
			some = some || f.anyFits(&e.Fields[i], vars)
		}
	}
	if !found && f.Key == "data" && len(e.Data) > 0 {
		found, some = true, f.dataFits(e, vars)
	}
	if f.Not {
		return !some && (found || f.Any[0].isPresence())
	}
	return some
}

func (v *Value) isPresence() bool { return v.Op == Glob && v.Text == "*" }

func (f *FieldMatch) anyFits(field *sim.Field, vars Vars) bool {
	for i := range f.Any {
		if f.Any[i].fits(field, vars) {
			return true
		}
	}
	return false
}

// dataFits compares the bytes of an event.
func (f *FieldMatch) dataFits(e *sim.Event, vars Vars) bool {
	for i := range f.Any {
		if v := &f.Any[i]; v.isPresence() || v.Op == Bytes && v.bytesFit(e.Data) {
			return true
		}
	}
	for i := range f.Any {
		if op := f.Any[i].Op; op != Bytes && op != Between {
			data := dataField(e)
			return f.anyFits(&data, vars)
		}
	}
	return false
}

// binds returns the name that the field would bind, or "".
func (f *FieldMatch) binds(vars Vars) string {
	if f.Not || f.Any[0].Op != Ref || f.Any[0].Plus != 0 {
		return ""
	}
	if _, bound := vars[f.Any[0].Name]; bound {
		return ""
	}
	return f.Any[0].Name
}

// find returns the event's first field of the key.
func (f *FieldMatch) find(e *sim.Event) (sim.Field, bool) {
	if at := slices.IndexFunc(e.Fields, func(x sim.Field) bool { return x.Key == f.Key }); at >= 0 {
		return e.Fields[at], true
	}
	if f.Key == "data" && len(e.Data) > 0 {
		return dataField(e), true
	}
	return sim.Field{}, false
}

func dataField(e *sim.Event) sim.Field { return sim.Text("data", hex.EncodeToString(e.Data)) }

// Resolve returns the pattern with every reference replaced by what it stands
// for, and the name of one that stands for nothing.
func (p Pattern) Resolve(vars Vars) (resolved Pattern, unbound string) {
	p.Fields = slices.Clone(p.Fields)
	for i := range p.Fields {
		f := &p.Fields[i]
		f.Any = slices.Clone(f.Any)
		for j := range f.Any {
			v := &f.Any[j]
			if v.Op != Ref {
				continue
			}
			bound, ok := vars[v.Name]
			if !ok {
				return p, v.Name
			}
			if n, isNum := shifted(&bound, v.Plus); v.Plus != 0 && isNum {
				bound = sim.Int("", n)
			}
			*v = Value{Op: Text, Text: bound.Value()}
			if bound.IsNum {
				v.Op, v.Num = Number, bound.Num
			}
		}
	}
	return p, ""
}
