package control

import (
	"math/rand/v2"
	"slices"
	"strconv"
)

// Sizes of random values.
const (
	randomText = 24 // most letters in a string
	randomBlob = 64 // most bytes in a blob
	randomList = 3  // most elements in a list
)

// Random makes up the fields of a message in which Validate finds nothing:
// required parameters and about half of the others, with values of their
// types. The same state of r gives the same message.
func (m *MessageSpec) Random(r *rand.Rand) Values { return randomFields(r, m.Params) }

func randomFields(r *rand.Rand, params []ParamSpec) Values {
	list := Values{}
	for i := range params {
		p := &params[i]
		if !p.Required && r.IntN(2) == 0 {
			continue
		}
		n := 1
		if p.Repeated {
			n += r.IntN(randomList)
		}
		for range n {
			list = append(list, Field{Name: p.Name, Value: randomValue(r, p)})
		}
	}
	return list
}

func randomValue(r *rand.Rand, p *ParamSpec) any {
	switch p.Type {
	case TypeBool:
		return r.IntN(2) == 1
	case TypeNone:
		return true
	case TypeUTF8:
		return randomString(r)
	case TypeGroup:
		return randomFields(r, p.Group.Params)
	case TypeIDs:
		list := make([]uint16, r.IntN(randomList+1))
		for i := range list {
			list[i] = uint16(r.Uint32())
		}
		return list
	case TypeEnum:
		if p.Enum != nil {
			return p.Enum.Values[r.IntN(len(p.Enum.Values))].Name
		}
		return uint8(r.Uint32())
	case TypeBlob, TypeUnknown:
		return randomBytes(r, r.IntN(randomBlob+1))
	}
	size, _ := p.Type.Size()
	bits := r.Uint64() >> (64 - 8*size)
	if p.Type.signed() {
		shift := 64 - 8*size
		return int64(bits) << shift >> shift
	}
	return bits
}

func randomString(r *rand.Rand) string {
	letters := []rune("abcdefghijklmnopqrstuvwxyz ABC0123456789-._äß漢字🚗")
	s := make([]rune, r.IntN(randomText+1))
	for i := range s {
		s[i] = letters[r.IntN(len(letters))]
	}
	return string(s)
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Break gives a copy of fields in which Validate finds one fault of the given
// kind, at a place chosen by r, and nothing else that it did not find before.
// Each element of a repeated parameter must be a field of its own, as Random
// makes them. ok is false where the message has no place for such a fault,
// always so for UnknownMessage and WrongSender.
func (m *MessageSpec) Break(r *rand.Rand, fields Values, kind Kind) (broken Values, ok bool) {
	broken = cloneValues(fields)
	var places []func()
	findPlaces(&places, m.Params, m.Open, &broken, kind)
	if len(places) == 0 {
		return broken, false
	}
	places[r.IntN(len(places))]()
	return broken, true
}

func cloneValues(list Values) Values {
	list = slices.Clone(list)
	for i := range list {
		if inner, ok := list[i].Value.(Values); ok {
			list[i].Value = cloneValues(inner)
		}
	}
	return list
}

// findPlaces collects the changes that put a fault of this kind into a list.
func findPlaces(places *[]func(), params []ParamSpec, open bool, list *Values, kind Kind) {
	add := func(change func()) { *places = append(*places, change) }
	if kind == UnknownParam && !open {
		id := 200
		for findParam(params, uint16(id)) != nil {
			id++
		}
		add(func() { *list = append(*list, Field{Name: "#" + strconv.Itoa(id), Value: Raw{1}}) })
	}
	for i := range *list {
		f := &(*list)[i]
		p := findParamName(params, f.Name)
		if p == nil {
			continue
		}
		if bad := badValue(p, kind); bad != nil {
			add(func() { f.Value = bad })
		}
		switch {
		case kind == DuplicateParam && !p.Repeated:
			add(func() { *list = append(*list, *f) })
		case kind == MissingParam && p.Required:
			add(func() {
				*list = slices.DeleteFunc(*list, func(g Field) bool { return g.Name == p.Name })
			})
		}
		if inner, ok := f.Value.(Values); ok {
			// The group's list may move when it grows: write it back.
			var below []func()
			findPlaces(&below, p.Group.Params, p.Group.Open, &inner, kind)
			for _, change := range below {
				add(func() {
					change()
					f.Value = inner
				})
			}
		}
	}
}

// badValue gives a value of parameter p that shows a fault of this kind, or
// nil.
func badValue(p *ParamSpec, kind Kind) any {
	size, fixed := p.Type.Size()
	switch {
	case kind == WrongSize && p.Type == TypeIDs:
		return Raw{0}
	case kind == WrongSize && fixed && p.Type != TypeNone:
		return make(Raw, size+1)
	case kind == FlagNotEmpty && p.Type == TypeNone:
		return Raw{1}
	case kind == EmptyBool && p.Type == TypeBool:
		return Raw{}
	case kind == UnusualBool && p.Type == TypeBool:
		return Raw{2}
	case kind == NoTerminator && p.Type == TypeUTF8:
		return Raw("no end")
	case kind == JoinedTexts && p.Type == TypeUTF8:
		return Raw("one\x00two\x00")
	case kind == BadUTF8 && p.Type == TypeUTF8:
		return Raw{0xFF, 0}
	case kind == UnlistedValue && p.Enum != nil:
		return Raw{0xFE}
	case kind == MalformedGroup && p.Type == TypeGroup:
		return Raw{0, 3, 0, 0}
	}
	return nil
}
