package trace

import (
	"bufio"
	"io"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// A Ladder draws events as a ladder diagram in text: a column for each
// endpoint, an arrow for each event, time running down.
//
//	   seconds   since  phone    headunit  chip
//	-- authentication ------------------------------------------------------
//	  0.533120  +2.1ms    |-------->|       |    control AA00 RequestAuthenticationCertificate
//	  0.533800  +680us    |         |<------|    mfi     read accessory certificate length value=025f
//
// Give it events that a [github.com/plugfest/plugfest/sim/trace/dissect.Dissector]
// has passed on: it draws what the bytes mean, and folds away the transfers
// that carried them. Runs of alike events (video frames, acknowledgements,
// descriptor reads) become one line each, with their number.
//
// The zero value draws 100 columns of plain text.
type Ladder struct {
	Width   int      // of a line in characters; 0 is 100, less than 72 counts as 72
	Columns []string // endpoints from left to right; the others follow as they turn up
	Wrap    int      // lines that a long label may go on to; 0 is 3, negative none
	Colour  bool     // ANSI colours by layer, faults in red
	Raw     bool     // show raw transfers and what carries decoded messages too
	Unfold  bool     // one line for every event
}

// usual is the order of columns for those endpoints that take part: the chip
// talks to the head unit alone, so it stands beside it.
var usual = []string{"phone", "headunit", "chip"}

// Write draws events.
func (l Ladder) Write(w io.Writer, events []sim.Event) error {
	l.Columns = l.columns(events)
	lw := l.NewWriter(w)
	for i := range events {
		lw.Observe(&events[i])
	}
	return lw.Flush()
}

// WriteLadder draws events as the zero [Ladder] does.
func WriteLadder(w io.Writer, events []sim.Event) error { return Ladder{}.Write(w, events) }

// columns finds who takes part, in the events that will be shown.
func (l Ladder) columns(events []sim.Event) []string {
	var seen []string
	for i := range events {
		e := &events[i]
		if l.hidden(e) {
			continue
		}
		for _, who := range [...]string{e.Who, e.Get("peer")} {
			if who != "" && who != "cable" && !slices.Contains(seen, who) {
				seen = append(seen, who)
			}
		}
	}
	out := slices.Clone(l.Columns)
	for _, list := range [...][]string{usual, seen} {
		for _, who := range list {
			if slices.Contains(seen, who) && !slices.Contains(out, who) {
				out = append(out, who)
			}
		}
	}
	return out
}

// A LadderWriter draws events as they come.
type LadderWriter struct {
	l     Ladder
	w     *bufio.Writer
	grid  grid
	phase string
	head  bool // the heading has been written
	last  time.Duration
	runs  []run // events that may yet be folded, in the order of their first
	buf   []byte
	err   error
}

// NewWriter returns a writer that draws on w. Columns should name every
// endpoint: one that is not named gets no arrows. With no columns at all it
// takes phone, headunit and chip.
func (l Ladder) NewWriter(w io.Writer) *LadderWriter {
	if l.Width == 0 {
		l.Width = 100
	}
	l.Width = max(l.Width, 72)
	if l.Wrap == 0 {
		l.Wrap = 3
	}
	if len(l.Columns) == 0 {
		l.Columns = usual
	}
	return &LadderWriter{l: l, w: bufio.NewWriter(w), grid: newGrid(l.Columns)}
}

// Observe draws an event, or keeps it back until it is clear whether more of
// its kind follow.
func (w *LadderWriter) Observe(e *sim.Event) {
	if w.err != nil || w.l.hidden(e) {
		return
	}
	if title := phaseOf(e); title != "" && title != w.phase {
		w.unfold()
		w.phase = title
		w.heading(title)
	}
	key, folds := foldKey(e)
	if !folds || w.l.Unfold {
		w.unfold()
		w.line(e, label(e))
		return
	}
	for i := range w.runs {
		if w.runs[i].key == key {
			w.runs[i].add(e)
			return
		}
	}
	if len(w.runs) == maxRuns {
		w.unfold()
	}
	w.runs = append(w.runs, newRun(key, e))
}

// Flush draws what was kept back, and returns the first error that writing met.
func (w *LadderWriter) Flush() error {
	w.unfold()
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}

// unfold draws the runs and begins anew.
func (w *LadderWriter) unfold() {
	for i := range w.runs {
		r := &w.runs[i]
		w.line(&r.first, r.label())
	}
	w.runs = w.runs[:0]
}

// hidden reports whether an event is left out: unless Raw is set, transfers, and
// packets whose contents follow as events of their own.
func (l Ladder) hidden(e *sim.Event) bool {
	if l.Raw {
		return false
	}
	switch e.Layer {
	case "usb":
		return e.Kind == "submit" || e.Kind == "complete"
	case "i2c", "tls", "socket":
		return true
	case "usbmux":
		return e.Kind == "ack" || e.Kind == "data" && e.Get("protocol") != ""
	case "iap2.link":
		return e.Kind == "data" && e.Get("retransmission") == ""
	case "iap2.ea", "ea.native":
		return e.Kind == "data" && e.Get("protocol") != ""
	}
	return false
}
