package carlife

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// play drives the recogniser with "time:action x,y" words and prints what comes
// out with its time.
func play(t *testing.T, o GestureOptions, script string) string {
	t.Helper()
	g := gestures{opt: o.withDefaults()}
	var out []string
	now := time.Duration(0)
	take := func(at time.Duration) {
		for _, e := range g.take() {
			name := strings.TrimPrefix(e.id.String(), "TOUCH_")
			out = append(out, fmt.Sprintf("%d:%s %d,%d", at/time.Millisecond, strings.ToLower(name), e.x, e.y))
		}
	}
	until := func(at time.Duration) {
		for d, ok := g.deadline(); ok && d <= at; d, ok = g.deadline() {
			now = d
			g.tick(now)
			take(now)
		}
		now = at
	}
	motions := map[string]Motion{"down": MotionDown, "up": MotionUp, "move": MotionMove, "cancel": MotionCancel}
	for _, w := range strings.Split(script, ";") {
		var ms, x, y int
		var act string
		_, err := fmt.Sscanf(strings.Replace(strings.TrimSpace(w), ":", " ", 1), "%d %s %d,%d", &ms, &act, &x, &y)
		if err != nil {
			t.Fatalf("%q: %v", w, err)
		}
		until(time.Duration(ms) * time.Millisecond)
		g.motion(now, motions[act], x, y)
		take(now)
	}
	until(now + 5*time.Second)
	return strings.Join(out, "; ")
}

// Source: Baidu CarLife head-unit application; times are those of Android's
// gesture detector.
func TestGestures(t *testing.T) {
	tests := []struct {
		name   string
		opt    GestureOptions
		script string
		want   string
	}{
		{"tap", GestureOptions{}, "0:down 10,20; 50:up 11,21",
			"0:begin 10,20; 50:single_click 11,21"},
		{"tap with SEND_ACTION_DOWN", GestureOptions{SendDown: true}, "0:down 10,20; 50:up 10,20",
			"0:down 10,20; 0:begin 10,20; 50:single_click 10,20"},
		{"show-press, then tap", GestureOptions{}, "0:down 10,20; 300:up 10,20",
			"0:begin 10,20; 100:long_press 10,20; 300:single_click 10,20"},
		{"long press", GestureOptions{}, "0:down 10,20; 700:move 90,90; 900:up 90,90",
			"0:begin 10,20; 100:long_press 10,20; 600:up 10,20"},
		{"double tap", GestureOptions{}, "0:down 10,20; 50:up 10,20; 150:down 12,20; 200:up 12,20",
			"0:begin 10,20; 50:single_click 10,20; 150:begin 12,20; 200:double_click 12,20"},
		{"three taps are a double and a single", GestureOptions{}, "0:down 1,1; 50:up 1,1; 100:down 1,1; 150:up 1,1; 200:down 1,1; 250:up 1,1",
			"0:begin 1,1; 50:single_click 1,1; 100:begin 1,1; 150:double_click 1,1; 200:begin 1,1; 250:single_click 1,1"},
		{"two slow taps", GestureOptions{}, "0:down 1,1; 50:up 1,1; 400:down 1,1; 450:up 1,1",
			"0:begin 1,1; 50:single_click 1,1; 400:begin 1,1; 450:single_click 1,1"},
		{"two taps far apart", GestureOptions{}, "0:down 1,1; 50:up 1,1; 100:down 200,1; 150:up 200,1",
			"0:begin 1,1; 50:single_click 1,1; 100:begin 200,1; 150:single_click 200,1"},
		{"straying within the slop is a tap", GestureOptions{}, "0:down 10,20; 20:move 15,25; 50:up 15,25",
			"0:begin 10,20; 50:single_click 15,25"},
		{"scroll ends 150 ms after the last move", GestureOptions{}, "0:down 10,20; 20:move 40,20; 120:move 41,20; 240:up 41,20",
			"0:begin 10,20; 20:down 10,20; 20:move 40,20; 120:move 41,20; 270:up 41,20"},
		{"scroll with SEND_ACTION_DOWN has no second down", GestureOptions{SendDown: true}, "0:down 10,20; 20:move 40,20; 240:up 40,20",
			"0:down 10,20; 0:begin 10,20; 20:move 40,20; 170:up 40,20"},
		{"fling", GestureOptions{}, "0:down 10,20; 20:move 40,20; 40:move 90,20; 45:up 95,20",
			"0:begin 10,20; 20:down 10,20; 20:move 40,20; 40:move 90,20; 45:up 95,20"},
		{"a pause lifts the finger, moving on puts it down again", GestureOptions{}, "0:down 10,20; 20:move 40,20; 400:move 60,20; 1000:move 61,20; 1010:up 61,20",
			"0:begin 10,20; 20:down 10,20; 20:move 40,20; 170:up 40,20; 400:down 10,20; 400:move 60,20; 550:up 60,20; 1000:down 10,20; 1000:move 61,20; 1150:up 61,20"},
		{"cancel", GestureOptions{}, "0:down 10,20; 30:cancel 0,0; 60:up 0,0", "0:begin 10,20"},
		{"up and move without down", GestureOptions{}, "0:move 1,1; 5:up 1,1", ""},
		{"other thresholds", GestureOptions{ShowPress: 10 * time.Millisecond, LongPress: 20 * time.Millisecond, Slop: 100}, "0:down 1,1; 5:move 60,60; 50:up 1,1",
			"0:begin 1,1; 10:long_press 1,1; 20:up 1,1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, play(t, tt.opt, tt.script)) })
	}
}

func TestGesturesThroughTheSession(t *testing.T) {
	b := newPair(t, PhoneOptions{Width: 640, Height: 360}, VehicleOptions{Width: 1280, Height: 720, Touch: TouchGestures}).connect()
	assert.NoError(t, b.v.Touch(b.now, MotionDown, 100, 200))
	b.run(time.Second)
	assert.NoError(t, b.v.Touch(b.now, MotionUp, 100, 200))
	b.run(time.Second)
	assert.NoError(t, b.v.Touch(b.now, MotionDown, 1279, 719))
	assert.NoError(t, b.v.Touch(b.now+40*time.Millisecond, MotionUp, 1279, 719))
	b.pump()
	assert.Equal(t, []Touch{
		{ID: MsgTouchBegin, X: 50, Y: 100},
		{ID: MsgTouchLongPress, X: 50, Y: 100},
		{ID: MsgTouchUp, X: 50, Y: 100},
		{ID: MsgTouchBegin, X: 639, Y: 359},
		{ID: MsgTouchSingleClick, X: 639, Y: 359},
	}, all[Touch](b.pev))
	assert.Equal(t, 100*time.Millisecond, b.times("hu", MsgTouchLongPress)[0])
	assert.Equal(t, 600*time.Millisecond, b.times("hu", MsgTouchUp)[0])
}

// Whatever the finger does, moves lie between a down and an up, and after five
// quiet seconds the phone has no finger down.
func TestGesturesAlwaysLift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := gestures{opt: GestureOptions{}.withDefaults()}
		now, held := time.Duration(0), false
		look := func() {
			for _, e := range g.take() {
				switch e.id {
				case MsgTouchDown:
					if held {
						t.Fatal("down twice")
					}
					held = true
				case MsgTouchMove:
					if !held {
						t.Fatal("move without down")
					}
				case MsgTouchUp:
					held = false
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 700).Draw(t, "ms")) * time.Millisecond
			m := rapid.SampledFrom([]Motion{MotionDown, MotionMove, MotionMove, MotionUp, MotionCancel, MotionPointerDown}).Draw(t, "motion")
			g.motion(now, m, rapid.IntRange(-10, 2000).Draw(t, "x"), rapid.IntRange(-10, 2000).Draw(t, "y"))
			look()
		}
		g.motion(now, MotionCancel, 0, 0)
		for d, ok := g.deadline(); ok; d, ok = g.deadline() {
			if d > now+5*time.Second {
				t.Fatal("a timer too far")
			}
			g.tick(d)
			look()
		}
		if held {
			t.Fatal("finger left down")
		}
	})
}
