package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// maxRuns bounds the kinds of events that are folded side by side.
const maxRuns = 16

// A run is a number of alike events, perhaps with events of other runs between
// them.
type run struct {
	key   string
	first sim.Event
	n     int
	bytes int64
	last  time.Duration
	ack   string   // of the last event
	types []string // of the descriptors read
}

func newRun(key string, e *sim.Event) run {
	r := run{key: key, first: *e, n: 1, last: e.At}
	r.first.Fields = slices.Clone(e.Fields)
	r.first.Data = slices.Clone(e.Data[:min(len(e.Data), shortData+1)])
	r.count(e)
	return r
}

func (r *run) add(e *sim.Event) {
	r.n++
	r.last = e.At
	r.count(e)
}

func (r *run) count(e *sim.Event) {
	n, ok := e.Num("len")
	if !ok {
		n = int64(len(e.Data))
	}
	r.bytes += n
	r.ack = e.Get("ack")
	if t := e.Get("type"); t != "" && !slices.Contains(r.types, t) && len(r.types) < 8 {
		r.types = append(r.types, t)
	}
}

// label describes the run: how many, how much, for how long.
func (r *run) label() string {
	if r.n == 1 {
		return label(&r.first)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s x%d", title(&r.first), r.n)
	switch r.first.Layer {
	case "iap2.link":
		if a := r.first.Get("ack"); a != "" {
			fmt.Fprintf(&b, " ack=%s..%s", a, r.ack)
		}
	case "usb.request":
		if len(r.types) > 0 {
			b.WriteString(" " + strings.Join(r.types, ", "))
		}
	default:
		if r.bytes > 0 {
			b.WriteString(" " + size(r.bytes))
		}
	}
	if d := r.last - r.first.At; d > 0 {
		b.WriteString(" over " + shortTime(d))
	}
	return b.String()
}

// foldKey tells which events may be folded, and with which others: those of an
// equal key.
func foldKey(e *sim.Event) (key string, folds bool) {
	switch e.Layer {
	case "usb":
		folds = e.Kind == "submit" || e.Kind == "complete"
		return e.Who + " " + e.Kind + " " + e.Get("ep"), folds
	case "usb.request":
		folds = e.Kind == "GET_DESCRIPTOR" && e.Get("result") == "ok"
	case "i2c", "tls", "socket":
		folds = true
	case "usbmux":
		folds = e.Kind == "ack" || e.Kind == "data"
		return e.Who + " usbmux " + e.Kind + " " + e.Get("port"), folds
	case "usbmuxd":
		folds = e.Kind == "data"
		return e.Who + " usbmuxd " + e.Get("socket"), folds
	case "mfi":
		return e.Who + " " + e.Kind + " " + strings.TrimRight(e.Get("register"), " 0123456789") + " " + polled(e), true
	case "iap2.link":
		folds = e.Kind == "ack" || e.Kind == "data" && e.Get("retransmission") == "" ||
			e.Kind == "marker" || e.Kind == "garbage"
	case "iap2.ea", "ea.native":
		folds = e.Kind == "data"
	case "iap2.file":
		folds = e.Kind == "data"
	case "carlife":
		switch e.Kind {
		case "VIDEO_DATA", "VIDEO_HEARTBEAT", "MEDIA_DATA", "TTS_DATA", "VR_DATA", "VR_MIC_DATA",
			"TOUCH_ACTION", "TOUCH_MOVE", "CAR_VELOCITY", "CAR_GPS", "MEDIA_PROGRESS_BAR":
			folds = true
		}
	}
	return e.Who + " " + e.Layer + " " + e.Kind, folds
}

// polled makes the values of a short register part of the key, so that a change
// of a status that is polled shows.
func polled(e *sim.Event) string {
	if v := e.Get("value"); len(v) <= 4 {
		return v
	}
	return ""
}

// size puts a number of bytes into few characters.
func size(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// shortTime puts a time into at most six characters, of three digits' precision.
func shortTime(d time.Duration) string {
	for _, u := range [...]struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "us"}} {
		if d < u.unit || u.unit == time.Hour && d < 3*time.Hour {
			continue
		}
		x := float64(d) / float64(u.unit)
		decimals := 0
		if x < 10 {
			decimals = 2
		} else if x < 100 {
			decimals = 1
		}
		s := strconv.FormatFloat(x, 'f', decimals, 64)
		if decimals > 0 {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s + u.name
	}
	return strconv.Itoa(int(d)) + "ns"
}
