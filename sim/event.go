package sim

import (
	"strconv"
	"time"
)

// An Event is something that happened on a wire or in a state machine. Tests,
// captures, ladders and reports all read the one stream of events.
type Event struct {
	Seq    uint64        // counts from 1 in each world
	At     time.Duration // the world's clock
	Who    string        // the endpoint that acted: "phone", "headunit", "cable", "chip"
	Layer  string        // "usb", "i2c", "iap2.link", ...
	Kind   string        // what happened, in the words of the layer
	Fields []Field       // in a fixed order
	Data   []byte        // payload; valid only while the observer is called
}

// A Field is a named number or text of an [Event].
type Field struct {
	Key   string
	Text  string
	Num   int64
	IsNum bool
}

// Int makes a number field.
func Int[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint](key string, v T) Field {
	return Field{Key: key, Num: int64(v), IsNum: true}
}

// Text makes a text field.
func Text(key, v string) Field { return Field{Key: key, Text: v} }

// Value returns the field's value as text; numbers are decimal.
func (f Field) Value() string {
	if f.IsNum {
		return strconv.FormatInt(f.Num, 10)
	}
	return f.Text
}

// Get returns the value of a field as text, or "".
func (e *Event) Get(key string) string {
	for _, f := range e.Fields {
		if f.Key == key {
			return f.Value()
		}
	}
	return ""
}

// Num returns a number field, and whether there is one of that name.
func (e *Event) Num(key string) (int64, bool) {
	for _, f := range e.Fields {
		if f.Key == key && f.IsNum {
			return f.Num, true
		}
	}
	return 0, false
}

// Clone returns a copy that stays valid.
func (e *Event) Clone() Event {
	c := *e
	c.Fields = append([]Field(nil), e.Fields...)
	c.Data = append([]byte(nil), e.Data...)
	return c
}

// events is who observes, and what there is to tell them.
type events struct {
	observers []func(*Event)
	seq       uint64
	telling   bool
	current   Event
	later     []Event // emitted by observers
}

// Observe has fn called with every event from now on. fn must not wait, and
// must copy what it keeps.
//
// fn may emit events in its turn. They come after the event in hand, so that
// every observer sees all events in the order of their numbers.
func (w *World) Observe(fn func(*Event)) { w.events.observers = append(w.events.observers, fn) }

// Observed reports whether anybody observes. Ask before building an event on a
// hot path.
func (w *World) Observed() bool { return len(w.events.observers) > 0 }

// Emit hands an event to the observers; its Seq and At are filled in.
func (w *World) Emit(e Event) {
	v := &w.events
	if len(v.observers) == 0 {
		return
	}
	v.seq++
	e.Seq, e.At = v.seq, w.now
	if v.telling {
		v.later = append(v.later, e.Clone())
		return
	}
	v.telling = true
	defer func() {
		v.telling = false
		v.current = Event{}
		clear(v.later)
		v.later = v.later[:0]
	}()
	v.current = e
	v.tell()
	for i := 0; i < len(v.later); i++ {
		v.current = v.later[i]
		v.tell()
	}
}

func (v *events) tell() {
	for _, fn := range v.observers {
		fn(&v.current)
	}
}
