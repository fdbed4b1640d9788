package control

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

//go:generate go run ./internal/gencatalogue catalogue.yaml catalogue_gen.go

// All yields the catalogue in the order of ids. The specs are shared and must
// not be changed.
func All() iter.Seq[*MessageSpec] {
	return func(yield func(*MessageSpec) bool) {
		for i := range catalogue {
			if !yield(&catalogue[i]) {
				return
			}
		}
	}
}

// Gaps lists what the catalogue leaves out.
func Gaps() []Gap { return slices.Clone(gaps) }

// Lookup gives the message with the given id, or nil. It knows alternate ids
// too.
func Lookup(id uint16) *MessageSpec {
	i, ok := slices.BinarySearchFunc(catalogue, id, func(m MessageSpec, id uint16) int { return cmp.Compare(m.ID, id) })
	if ok {
		return &catalogue[i]
	}
	for _, a := range byAlternate {
		if a.id == id {
			return &catalogue[a.index]
		}
	}
	return nil
}

// ByName gives the message with the given name, or nil.
func ByName(name string) *MessageSpec {
	i, ok := slices.BinarySearchFunc(byName, name, func(i uint16, name string) int {
		return cmp.Compare(catalogue[i].Name, name)
	})
	if !ok {
		return nil
	}
	return &catalogue[byName[i]]
}

// Name gives the name of a message id, or its four hexadecimal digits.
func Name(id uint16) string {
	if m := Lookup(id); m != nil {
		return m.Name
	}
	return fmt.Sprintf("%04X", id)
}
