package carlife

import "fmt"

// TouchMode is how a head unit reports touches.
type TouchMode uint8

// The modes. The head-unit application's sample configuration is transparent.
const (
	TouchTransparent TouchMode = iota // every event as TOUCH_ACTION
	TouchGestures                     // recognised gestures, see [Gestures]
)

// String returns "transparent" or "gestures".
func (m TouchMode) String() string {
	if m == TouchGestures {
		return "gestures"
	}
	return "transparent"
}

// Motion is the action of a TOUCH_ACTION: Android's raw motion action. For a
// second finger (5, 6) bits 15..8 hold the pointer's index; the head-unit
// application sends the raw value with the first pointer's coordinates.
type Motion int32

// The actions.
const (
	MotionDown        Motion = 0
	MotionUp          Motion = 1
	MotionMove        Motion = 2
	MotionCancel      Motion = 3
	MotionPointerDown Motion = 5
	MotionPointerUp   Motion = 6
)

// Masked returns the action without pointer index.
func (m Motion) Masked() Motion { return m & 0xFF }

// Pointer returns the pointer index of bits 15..8.
func (m Motion) Pointer() int { return int(m>>8) & 0xFF }

// WithPointer returns a pointer-down or pointer-up for finger i.
func (m Motion) WithPointer(i int) Motion { return m.Masked() | Motion(i&0xFF)<<8 }

// String returns "down", "up", "move", "cancel", "pointer-down(1)", ...
func (m Motion) String() string {
	switch m.Masked() {
	case MotionDown:
		return "down"
	case MotionUp:
		return "up"
	case MotionMove:
		return "move"
	case MotionCancel:
		return "cancel"
	case MotionPointerDown:
		return fmt.Sprintf("pointer-down(%d)", m.Pointer())
	case MotionPointerUp:
		return fmt.Sprintf("pointer-up(%d)", m.Pointer())
	}
	return fmt.Sprintf("motion %d", int32(m))
}

// Scale maps a coordinate on a surface of size from to one of size to, as the
// head-unit application does: multiply, divide, drop the fraction. A from of
// zero gives zero.
func Scale(v, from, to int) int {
	if from == 0 {
		return 0
	}
	return int(int64(v) * int64(to) / int64(from))
}
