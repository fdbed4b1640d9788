package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/sim/trace/dissect"
)

// ownLayers begin the names of layers that a bench of somebody's own emits
// events on. Nothing is known about them here.
const ownLayers = "x."

// ownWord reports whether a layer is what an endpoint says of itself: "state",
// and "state.lockdown" and its like for parts of one.
func ownWord(layer string) bool { return layer == "state" || strings.HasPrefix(layer, "state.") }

// A wordError is a mistake in one word of a line.
type wordError struct{ word, msg string }

func (e *wordError) Error() string { return e.msg }

// checkWords refuses a layer that there is not, and a kind that no event of the
// layer can have: nothing would ever fit it, and what must not come would seem
// to stay away.
func (p *Pattern) checkWords() error {
	if strings.HasPrefix(p.Layer, ownLayers) {
		return nil
	}
	layers := dissect.Layers()
	var covered []string
	for _, l := range layers {
		if p.coversLayer(l) {
			covered = append(covered, l)
		}
	}
	if len(covered) == 0 {
		return &wordError{p.Layer, fmt.Sprintf("no layer %s%s; there are %s", p.Layer, meant(p.Layer, layers), strings.Join(layers, ", "))}
	}
	if len(p.Kind) == 0 {
		return nil
	}
	var kinds []string
	for _, l := range covered {
		kinds = append(kinds, dissect.Kinds(l)...)
	}
	for i := range p.Kind {
		k := &p.Kind[i]
		if slices.ContainsFunc(kinds, k.isKind) {
			continue
		}
		if k.Op == Glob {
			return &wordError{k.Text, fmt.Sprintf("no event of layer %s has a kind like %s", p.Layer, k.Text)}
		}
		return &wordError{k.Text, fmt.Sprintf("no event of layer %s is called %s%s", p.Layer, kindText(*k), hint(k.Text, kinds))}
	}
	return nil
}

// isKind reports whether a kind of a pattern covers one of an event.
func (v *Value) isKind(kind string) bool {
	return v.Text == kind || v.Op == Glob && globMatch(v.Text, kind)
}

// fewKinds is how many names an error lists in full.
const fewKinds = 12

// hint helps with a name that is none of those there are.
func hint(word string, names []string) string {
	if s := meant(word, names); s != "" || len(names) > fewKinds {
		return s
	}
	return "; there are " + strings.Join(names, ", ")
}

// meant asks for the names that look most like the word.
func meant(word string, names []string) string {
	best := nearestNames(word, names)
	if len(best) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(best, " or ") + "?"
}

// nearestNames returns up to three names that look like the word, the likest
// first: those that hold it, or differ in few letters.
func nearestNames(word string, names []string) []string {
	type near struct {
		name string
		cost int
	}
	var found []near
	for _, name := range names {
		a, b := strings.ToLower(word), strings.ToLower(name)
		cost := editDistance(a, b)
		if word != "" && strings.Contains(b, a) {
			cost = 0
		}
		if cost <= max(2, len(name)/3) {
			found = append(found, near{name, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.cost, b.cost) })
	var out []string
	for _, n := range found {
		if len(out) == 3 || n.cost > 2*found[0].cost+1 {
			break
		}
		if !slices.Contains(out, n.name) {
			out = append(out, n.name)
		}
	}
	return out
}
