package carlife

import "time"

// GestureOptions tune the recogniser of [TouchGestures]. Zero values mean the
// defaults in brackets, which are those of Android's gesture detector at
// density 1; the 150 ms are the head-unit application's own.
type GestureOptions struct {
	ShowPress  time.Duration // down without movement until show-press [100 ms]
	LongPress  time.Duration // down without movement until long press [600 ms]
	DoubleTap  time.Duration // from the first up to the second down [300 ms]
	ScrollIdle time.Duration // without movement until a scroll ends [150 ms]
	Slop       int           // pixels that a finger may stray [8]
	FlingSpeed int           // pixels a second at the up [50]
	SendDown   bool          // SEND_ACTION_DOWN: a down at each touch down
}

func (o GestureOptions) withDefaults() GestureOptions {
	def := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	def(&o.ShowPress, 100*time.Millisecond)
	def(&o.LongPress, 600*time.Millisecond)
	def(&o.DoubleTap, 300*time.Millisecond)
	def(&o.ScrollIdle, 150*time.Millisecond)
	if o.Slop == 0 {
		o.Slop = 8
	}
	if o.FlingSpeed == 0 {
		o.FlingSpeed = 50
	}
	return o
}

// flingWindow is how old a move may be to count as the speed of the up.
const flingWindow = 100 * time.Millisecond

type gesture struct {
	id   ID
	x, y int
}

// gestures turns motions of one finger into the gesture messages.
//
//	touch down    TOUCH_BEGIN (with SendDown a TOUCH_DOWN before it)
//	tap           TOUCH_SINGLE_CLICK at the up, TOUCH_DOUBLE_CLICK at the second
//	show-press    TOUCH_LONG_PRESS
//	long press    TOUCH_UP
//	scroll        TOUCH_DOWN once at the start (not with SendDown), then
//	              TOUCH_MOVE, and TOUCH_UP after ScrollIdle without movement
//	fling         TOUCH_UP
//
// Source: Baidu CarLife head-unit application.
type gestures struct {
	opt GestureOptions
	out []gesture

	down       bool
	x0, y0     int // where it went down
	x, y       int // where it is
	showAt     time.Duration
	longAt     time.Duration
	idleAt     time.Duration // end of a scroll
	show, long bool          // still to come
	idle       bool
	held       bool // long press recognised: ignore until up
	moved      bool
	scrolling  bool // the phone has a down of ours
	lastUp     time.Duration
	tapped     bool // a first tap ended at lastUp
	second     bool // this is the second of a double tap
	vx, vy     int  // pixels a second of the last move
	movedAt    time.Duration
}

func (g *gestures) emit(id ID, x, y int) { g.out = append(g.out, gesture{id, x, y}) }

// take returns what was recognised; valid until the next motion or tick.
func (g *gestures) take() []gesture {
	out := g.out
	g.out = g.out[:0]
	return out
}

func (g *gestures) motion(now time.Duration, m Motion, x, y int) {
	g.tick(now)
	switch m.Masked() {
	case MotionDown:
		g.onDown(now, x, y)
	case MotionMove:
		if g.down && !g.held {
			g.onMove(now, x, y)
		}
	case MotionUp:
		if g.down {
			g.onUp(now, x, y)
		}
	case MotionCancel:
		g.down, g.show, g.long, g.tapped = false, false, false, false
	}
}

func (g *gestures) onDown(now time.Duration, x, y int) {
	g.second = g.tapped && now-g.lastUp <= g.opt.DoubleTap && near(x-g.x0, y-g.y0, 12*g.opt.Slop)
	g.down, g.held, g.moved, g.tapped = true, false, false, false
	g.x0, g.y0, g.x, g.y, g.vx, g.vy, g.movedAt = x, y, x, y, 0, 0, now
	g.show, g.showAt = true, now+g.opt.ShowPress
	g.long, g.longAt = true, now+g.opt.LongPress
	if g.opt.SendDown {
		g.emit(MsgTouchDown, x, y)
	}
	g.emit(MsgTouchBegin, x, y)
}

func (g *gestures) onMove(now time.Duration, x, y int) {
	if !g.moved && near(x-g.x0, y-g.y0, g.opt.Slop) {
		return
	}
	if dt := now - g.movedAt; dt > 0 {
		g.vx = int(time.Duration(x-g.x) * time.Second / dt)
		g.vy = int(time.Duration(y-g.y) * time.Second / dt)
	}
	g.moved, g.show, g.long, g.second, g.movedAt, g.x, g.y = true, false, false, false, now, x, y
	if !g.scrolling && !g.opt.SendDown {
		g.emit(MsgTouchDown, g.x0, g.y0)
	}
	g.scrolling = true
	g.emit(MsgTouchMove, x, y)
	g.idle, g.idleAt = true, now+g.opt.ScrollIdle
}

func (g *gestures) onUp(now time.Duration, x, y int) {
	g.down, g.show, g.long = false, false, false
	switch {
	case g.held:
	case g.moved:
		// A finger that has rested does not fling; the idle timer ends its scroll.
		if now-g.movedAt < flingWindow && !near(g.vx, g.vy, g.opt.FlingSpeed) {
			g.endScroll(x, y)
		}
	case g.second:
		g.emit(MsgTouchDoubleClick, x, y)
	default:
		g.emit(MsgTouchSingleClick, x, y)
		g.tapped, g.lastUp = true, now
	}
}

func (g *gestures) endScroll(x, y int) {
	g.idle, g.scrolling = false, false
	g.emit(MsgTouchUp, x, y)
}

func (g *gestures) tick(now time.Duration) {
	if g.show && now >= g.showAt {
		g.show = false
		g.emit(MsgTouchLongPress, g.x0, g.y0)
	}
	if g.idle && now >= g.idleAt {
		g.endScroll(g.x, g.y)
	}
	if g.long && now >= g.longAt {
		g.long, g.held = false, true
		g.emit(MsgTouchUp, g.x0, g.y0)
	}
}

func (g *gestures) deadline() (at time.Duration, ok bool) {
	for _, t := range [...]struct {
		on bool
		at time.Duration
	}{{g.show, g.showAt}, {g.long, g.longAt}, {g.idle, g.idleAt}} {
		if t.on && (!ok || t.at < at) {
			at, ok = t.at, true
		}
	}
	return at, ok
}

func near(dx, dy, r int) bool { return int64(dx)*int64(dx)+int64(dy)*int64(dy) <= int64(r)*int64(r) }
