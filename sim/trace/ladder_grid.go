package trace

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plugfest/plugfest/sim"
)

const (
	minGap     = 7 // characters from one lifeline to the next
	timeWidth  = 10
	sinceWidth = 8
	layerWidth = 8
)

// grid is where the lifelines are.
type grid struct {
	names []string
	at    []int // of each lifeline
	width int
}

// newGrid centres each name over its lifeline, without two names touching.
func newGrid(names []string) grid {
	g := grid{names: names}
	x := 0
	for i, name := range names {
		half := min(utf8.RuneCountInString(name), 16) / 2
		if i == 0 {
			x = half
		} else {
			prev := min(utf8.RuneCountInString(names[i-1]), 16)
			x += max(minGap, prev-prev/2+half+1)
		}
		g.at = append(g.at, x)
		g.width = x + 1
	}
	return g
}

func (g *grid) column(who string) int { return slices.Index(g.names, who) }

// header returns the names over their lifelines.
func (g *grid) header() string {
	b := []rune(strings.Repeat(" ", g.width+16))
	for i, name := range g.names {
		r := []rune(cut(printable(name), 16))
		copy(b[max(0, g.at[i]-len(r)/2):], r)
	}
	return strings.TrimRight(string(b), " ")
}

// rungs draws the lifelines, with an arrow from one endpoint to another, or a
// mark where something happened at one.
func (g *grid) rungs(from, to int) []byte {
	b := bytes.Repeat([]byte{' '}, g.width)
	for _, x := range g.at {
		b[x] = '|'
	}
	switch {
	case from < 0 && to < 0:
	case from < 0 || to < 0 || from == to:
		b[g.at[max(from, to)]] = '*'
	default:
		left, right := g.at[min(from, to)], g.at[max(from, to)]
		for x := left + 1; x < right; x++ {
			b[x] = '-'
		}
		if from < to {
			b[right-1] = '>'
		} else {
			b[left+1] = '<'
		}
	}
	return b
}

// line draws an event with its label.
func (w *LadderWriter) line(e *sim.Event, label string) {
	w.header()
	b := w.buf[:0]
	b = pad(b, seconds(e), timeWidth)
	since := ""
	if d := e.At - w.last; d > 0 {
		since = "+" + shortTime(d)
	}
	w.last = e.At
	b = append(pad(b, since, sinceWidth), "  "...)
	colour := w.colour(e)
	b = append(b, colour...)
	b = append(b, w.grid.rungs(w.grid.column(e.Who), w.grid.column(e.Get("peer")))...)
	b = append(b, "  "...)
	layer := printable(shortLayer(e.Layer))
	b = append(b, layer...)
	b = append(b, strings.Repeat(" ", max(1, layerWidth-utf8.RuneCountInString(layer)))...)
	who := e.Who
	if w.grid.column(who) >= 0 {
		who = ""
	} else {
		who += ": "
	}
	room := max(24, w.l.Width-timeWidth-sinceWidth-2-w.grid.width-2-max(layerWidth, len(layer)+1))
	lines := wrap(printable(who+label), room, 1+max(0, w.l.Wrap))
	b = w.end(append(b, lines[0]...), colour)
	for _, more := range lines[1:] {
		b = append(b, strings.Repeat(" ", timeWidth+sinceWidth+2)...)
		b = append(b, colour...)
		b = append(b, w.grid.rungs(-1, -1)...)
		b = append(b, strings.Repeat(" ", 2+layerWidth)...)
		b = w.end(append(b, more...), colour)
	}
	w.buf = b
	w.write(b)
}

func (w *LadderWriter) end(b []byte, colour string) []byte {
	b = bytes.TrimRight(b, " ")
	if colour != "" {
		b = append(b, reset...)
	}
	return append(b, '\n')
}

// header draws the names, once.
func (w *LadderWriter) header() {
	if w.head {
		return
	}
	w.head = true
	b := pad(nil, "seconds", timeWidth)
	b = append(pad(b, "since", sinceWidth), "  "...)
	b = append(b, w.grid.header()...)
	w.write(append(b, '\n'))
}

// heading draws the name of a phase across the page.
func (w *LadderWriter) heading(title string) {
	w.header()
	b := append(w.buf[:0], "-- "...)
	b = append(append(b, cut(printable(title), 40)...), ' ')
	for n := utf8.RuneCount(b); n < w.l.Width; n++ {
		b = append(b, '-')
	}
	w.buf = append(b, '\n')
	w.write(w.buf)
}

func (w *LadderWriter) write(b []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
	}
}

func pad(b []byte, s string, width int) []byte {
	for n := len(s); n < width; n++ {
		b = append(b, ' ')
	}
	return append(b, s...)
}

// printable replaces what would move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:max(0, n-3)]) + "..."
}

// wrap breaks s at spaces into at most n lines of the given width; what does
// not fit is cut.
func wrap(s string, width, n int) []string {
	var lines []string
	for len(lines) < n-1 && utf8.RuneCountInString(s) > width {
		r := []rune(s)
		at := width
		for at > width/5 && r[at] != ' ' {
			at--
		}
		if r[at] != ' ' {
			at = width
		}
		lines = append(lines, strings.TrimRight(string(r[:at]), " "))
		s = "  " + strings.TrimLeft(string(r[at:]), " ")
	}
	return append(lines, cut(s, width))
}

const reset = "\x1b[0m"

var colours = map[string]string{
	"usb":          "\x1b[90m",
	"usb.request":  "\x1b[36m",
	"i2c":          "\x1b[90m",
	"mfi":          "\x1b[35m",
	"iap2.link":    "\x1b[90m",
	"iap2.control": "\x1b[32m",
	"carlife":      "\x1b[34m",
	"state":        "\x1b[33m",
}

func (w *LadderWriter) colour(e *sim.Event) string {
	switch {
	case !w.l.Colour:
		return ""
	case faulty(e):
		return "\x1b[31m"
	}
	if strings.HasPrefix(e.Layer, "state.") {
		return colours["state"]
	}
	return colours[e.Layer]
}
