package trace

import (
	"iter"

	"github.com/plugfest/plugfest/sim"
)

// A Recorder keeps copies of events. The zero value keeps everything.
type Recorder struct {
	maxEvents int
	maxBytes  int
	maxData   int
	keep      func(*sim.Event) bool

	ring    []sim.Event // n events from head on, wrapping
	head, n int
	bytes   int // payload kept
	dropped uint64

	fields []sim.Field // unused rest of a slab
	data   []byte      // the same
}

// A RecorderOption bounds or narrows what a [Recorder] keeps.
type RecorderOption func(*Recorder)

// KeepLast keeps the last n events; older ones are dropped and counted.
func KeepLast(n int) RecorderOption { return func(r *Recorder) { r.maxEvents = n } }

// KeepBytes drops the oldest events while the payloads together exceed n bytes.
func KeepBytes(n int) RecorderOption { return func(r *Recorder) { r.maxBytes = n } }

// CutData keeps only the first n bytes of each payload; a field "len" still has
// the whole length.
func CutData(n int) RecorderOption { return func(r *Recorder) { r.maxData = n + 1 } }

// KeepIf keeps the events for which keep returns true. It must not retain them.
func KeepIf(keep func(*sim.Event) bool) RecorderOption { return func(r *Recorder) { r.keep = keep } }

// NewRecorder returns a recorder without events.
func NewRecorder(opts ...RecorderOption) *Recorder {
	r := new(Recorder)
	for _, o := range opts {
		o(r)
	}
	return r
}

// Observe records a copy of e.
func (r *Recorder) Observe(e *sim.Event) {
	if r.keep != nil && !r.keep(e) {
		return
	}
	c := *e
	if r.maxData > 0 && len(c.Data) > r.maxData-1 {
		c.Data = c.Data[:r.maxData-1]
	}
	c.Fields = r.copyFields(c.Fields)
	c.Data = r.copyData(c.Data)
	if r.maxEvents > 0 && r.n == r.maxEvents {
		r.drop()
	}
	r.push(c)
	r.bytes += len(c.Data)
	for r.maxBytes > 0 && r.bytes > r.maxBytes && r.n > 0 {
		r.drop()
	}
}

func (r *Recorder) push(e sim.Event) {
	if r.n == len(r.ring) {
		bigger := make([]sim.Event, max(64, 2*r.n))
		k := copy(bigger, r.ring[r.head:])
		copy(bigger[k:], r.ring[:r.head])
		r.ring, r.head = bigger, 0
	}
	r.ring[(r.head+r.n)%len(r.ring)] = e
	r.n++
}

func (r *Recorder) drop() {
	r.bytes -= len(r.ring[r.head].Data)
	r.ring[r.head] = sim.Event{}
	r.head = (r.head + 1) % len(r.ring)
	r.n--
	r.dropped++
}

// Slabs save an allocation an event. A slab lives as long as an event that has
// a part of it.
const (
	fieldSlab = 512
	dataSlab  = 32 << 10
)

func (r *Recorder) copyFields(f []sim.Field) []sim.Field {
	if len(f) == 0 {
		return nil
	}
	if len(f) > len(r.fields) {
		r.fields = make([]sim.Field, max(fieldSlab, len(f)))
	}
	c := r.fields[:len(f):len(f)]
	r.fields = r.fields[len(f):]
	copy(c, f)
	return c
}

func (r *Recorder) copyData(b []byte) []byte {
	switch {
	case len(b) == 0:
		return nil
	case len(b) > dataSlab/8:
		return append([]byte(nil), b...)
	case len(b) > len(r.data):
		r.data = make([]byte, dataSlab)
	}
	c := r.data[:len(b):len(b)]
	r.data = r.data[len(b):]
	copy(c, b)
	return c
}

// Len returns the number of events kept.
func (r *Recorder) Len() int { return r.n }

// Dropped returns the number of events dropped to stay within bounds.
func (r *Recorder) Dropped() uint64 { return r.dropped }

// At returns event i, the oldest kept being 0. The event is the recorder's own:
// read only.
func (r *Recorder) At(i int) *sim.Event {
	if i < 0 || i >= r.n {
		panic("trace: no such event")
	}
	return &r.ring[(r.head+i)%len(r.ring)]
}

// All yields the events kept, the oldest first.
func (r *Recorder) All() iter.Seq[*sim.Event] {
	return func(yield func(*sim.Event) bool) {
		for i := 0; i < r.n; i++ {
			if !yield(r.At(i)) {
				return
			}
		}
	}
}

// Events returns the events kept, the oldest first.
func (r *Recorder) Events() []sim.Event {
	out := make([]sim.Event, 0, r.n)
	for e := range r.All() {
		out = append(out, *e)
	}
	return out
}

// Select returns the events of a layer, and of a kind unless kind is "".
func (r *Recorder) Select(layer, kind string) []sim.Event {
	var out []sim.Event
	for e := range r.All() {
		if e.Layer == layer && (kind == "" || e.Kind == kind) {
			out = append(out, *e)
		}
	}
	return out
}

// Reset forgets the events, and how many were dropped.
func (r *Recorder) Reset() {
	clear(r.ring)
	r.head, r.n, r.bytes, r.dropped = 0, 0, 0, 0
}
