package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/sim"
)

// maxNear and maxRecent are how many events a failure shows.
const (
	maxNear   = 3
	maxRecent = 8
)

// copyEvent copies an event into one whose memory may be used again.
func copyEvent(into *sim.Event, e *sim.Event) {
	fields, data := append(into.Fields[:0], e.Fields...), append(into.Data[:0], e.Data...)
	*into = *e
	into.Fields, into.Data = fields, data
}

// Recent is one of the last events before a failure. Of a run of alike ones,
// only the first and the last are kept.
type Recent struct {
	Event   sim.Event
	Skipped int // alike events between the one before and this
}

// recent keeps the last events. Transfers are not among them: what they
// carried follows as events of its own.
type recent struct {
	ring [maxRecent]Recent
	n    int
}

func (r *recent) add(e *sim.Event) {
	if e.Layer == "usb" && (e.Kind == "submit" || e.Kind == "complete") || e.Layer == "i2c" {
		return
	}
	if r.n >= 2 && alike(r.last(0), e) && alike(r.last(1), e) {
		last := &r.ring[(r.n-1)%maxRecent]
		copyEvent(&last.Event, e)
		last.Skipped++
		return
	}
	next := &r.ring[r.n%maxRecent]
	copyEvent(&next.Event, e)
	next.Skipped = 0
	r.n++
}

// last returns the event i before the last one.
func (r *recent) last(i int) *sim.Event { return &r.ring[(r.n-1-i)%maxRecent].Event }

func alike(a, b *sim.Event) bool { return a.Who == b.Who && a.Layer == b.Layer && a.Kind == b.Kind }

func (r *recent) events() []Recent {
	var out []Recent
	for i := max(0, r.n-maxRecent); i < r.n; i++ {
		kept := &r.ring[i%maxRecent]
		out = append(out, Recent{kept.Event.Clone(), kept.Skipped})
	}
	return out
}

// nearest keeps the events that come closest to a pattern.
type nearest struct {
	best [maxNear]candidate
	n    int
}

type candidate struct {
	event   sim.Event
	pattern *Pattern
	cost    int
}

func (c *nearest) reset() { c.n = 0 }

// add looks at an event that does not fit.
func (c *nearest) add(e *sim.Event, p *Pattern, vars Vars) {
	cost := p.distance(e, vars)
	if cost < 0 {
		return
	}
	at := c.n
	if c.n < maxNear {
		c.n++
	} else {
		at = 0
		for i := range c.best {
			if c.best[i].cost > c.best[at].cost {
				at = i
			}
		}
		if c.best[at].cost < cost {
			return
		}
		for i := range c.best { // among equals the oldest gives way
			if c.best[i].cost == c.best[at].cost && c.best[i].event.Seq < c.best[at].event.Seq {
				at = i
			}
		}
	}
	b := &c.best[at]
	copyEvent(&b.event, e)
	b.pattern, b.cost = p, cost
}

func (c *nearest) list(vars Vars) []Near {
	found := slices.Clone(c.best[:c.n])
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.event.Seq, b.event.Seq))
	})
	var out []Near
	for i := range found {
		f := &found[i]
		out = append(out, Near{Event: f.event.Clone(), Wrong: f.pattern.wrong(&f.event, vars)})
	}
	return out
}

// distance says how far an event is from fitting, or -1 where the two have
// nothing to do with each other.
func (p *Pattern) distance(e *sim.Event, vars Vars) int {
	if !p.layerFits(e) {
		return -1
	}
	who, kind := p.whoFits(e), p.kindFits(e)
	cost := 0
	switch {
	case who && kind:
	case kind:
		cost = 20
	case who:
		return 30 // fields of another kind say nothing
	default:
		return -1
	}
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.binds(vars) != "" {
			if _, there := f.find(e); there {
				continue
			}
		}
		if !f.fits(e, vars) {
			cost++
		}
	}
	return cost
}

// wrong says how an event differs from what the pattern asks.
func (p *Pattern) wrong(e *sim.Event, vars Vars) []string {
	var out []string
	if !p.whoFits(e) {
		out = append(out, fmt.Sprintf("sent by %s, wanted %s", e.Who, p.Who))
	}
	if !p.kindFits(e) {
		var kinds []string
		for _, k := range p.Kind {
			kinds = append(kinds, kindText(k))
		}
		return append(out, fmt.Sprintf("kind %s, wanted %s", e.Kind, strings.Join(kinds, "|")))
	}
	p.compare(e, vars, func(f *FieldMatch) { out = append(out, f.wrong(e, vars)) })
	return out
}

// wrong says how the event differs in one field.
func (f *FieldMatch) wrong(e *sim.Event, vars Vars) string {
	_, wanted, _ := strings.Cut(f.String(), "=")
	if f.Not {
		wanted = "anything but " + wanted
	}
	if v := f.Any[0]; v.Op == Ref {
		if bound, ok := vars[v.Name]; ok {
			wanted = fmt.Sprintf("%s, $%s being %s", wanted, v.Name, bound.Value())
		} else {
			wanted += ", which nothing has bound"
		}
	}
	var values []string
	for i := range e.Fields {
		if e.Fields[i].Key == f.Key {
			values = append(values, quoteArg(e.Fields[i].Value()))
		}
	}
	if len(values) == 0 && f.Key == "data" && len(e.Data) > 0 {
		data := dataField(e)
		if len(data.Text) > 64 {
			data.Text = fmt.Sprintf("%s..%d", data.Text[:64], len(e.Data))
		}
		values = append(values, data.Text)
	}
	switch {
	case len(values) == 0:
		return fmt.Sprintf("no field %s, wanted %s", f.Key, wanted)
	case f.Not && f.Any[0].isPresence():
		return fmt.Sprintf("%s=%s, wanted no such field", f.Key, strings.Join(values, ","))
	}
	return fmt.Sprintf("%s=%s, wanted %s", f.Key, strings.Join(values, ","), wanted)
}
