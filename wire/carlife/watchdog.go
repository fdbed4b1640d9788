package carlife

import "time"

// Times of the head unit's watchdog and heartbeat.
//
// Source: Baidu CarLife head-unit application.
const (
	BeatInterval  = time.Second     // heartbeats of either end
	WatchdogFirst = 5 * time.Second // from the version match to the first check
	WatchdogEach  = time.Second     // between checks
)

// watchdog counts messages on the video channel and notices when there are
// none. The first check only takes the count, so a peer that never says a word
// is dropped limit+1 checks after it: 8 s after the match on usbmux and Wi-Fi,
// 11 s on EAP.
type watchdog struct {
	limit   int // checks that may fail in a row
	seen    uint64
	last    uint64
	missed  int
	checked bool
}

func (w *watchdog) saw() { w.seen++ }

// check reports whether the peer is to be dropped.
func (w *watchdog) check() bool {
	if w.checked && w.last == w.seen {
		if w.missed >= w.limit {
			return true
		}
		w.missed++
	} else {
		w.missed = 0
	}
	w.last, w.checked = w.seen, true
	return false
}
