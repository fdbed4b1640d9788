package carlife

import (
	"fmt"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Touch reports a motion at x, y of the head unit's own surface. In transparent
// mode it becomes one TOUCH_ACTION, in gesture mode whatever gesture comes of
// it, now or later. Coordinates are scaled to the encoder's size; before that is
// known it fails with [ErrState].
func (v *Vehicle) Touch(now time.Duration, motion Motion, x, y int) error {
	if err := v.live(now); err != nil {
		return err
	}
	if !v.done {
		return fmt.Errorf("%w: no encoder size yet", ErrState)
	}
	if v.opt.Touch == TouchGestures {
		v.gest.motion(v.now, motion, x, y)
		v.flushGestures()
		return nil
	}
	act := int32(motion)
	sx, sy := v.scale(x, y)
	return v.say(MsgTouchAction, &pb.CarlifeTouchAction{Action: &act, X: &sx, Y: &sy})
}

func (v *Vehicle) flushGestures() {
	for _, g := range v.gest.take() {
		x, y := v.scale(g.x, g.y)
		_ = v.say(g.id, &pb.CarlifeTouchSinglePoint{X: &x, Y: &y})
	}
	if at, ok := v.gest.deadline(); ok {
		v.timers.set(timerGesture, at)
	} else {
		v.timers.stop(timerGesture)
	}
}

// scale maps the surface to the encoder's picture.
func (v *Vehicle) scale(x, y int) (int32, int32) {
	if v.faults.Has(FaultScaleAsked) {
		return int32(x), int32(y)
	}
	return int32(Scale(x, v.opt.Width, v.width)), int32(Scale(y, v.opt.Height, v.height))
}

// PressKey sends a hard key.
func (v *Vehicle) PressKey(now time.Duration, k HardKey) error {
	if err := v.live(now); err != nil {
		return err
	}
	return v.say(MsgTouchHardKey, &pb.CarlifeCarHardKeyCode{Keycode: proto.Int32(int32(k))})
}

// SendMic sends microphone PCM, 16 kHz mono 16 bit. It fails with [ErrState]
// unless the phone has asked for it. The bytes must stay unchanged until they
// have been taken out.
func (v *Vehicle) SendMic(now time.Duration, pcm []byte) error {
	if err := v.live(now); err != nil {
		return err
	}
	if !v.mic {
		return fmt.Errorf("%w: microphone not asked for", ErrState)
	}
	return v.put(Message{ID: MsgVRMicData, Payload: pcm})
}

// ChangeFrameRate asks for another frame rate, 3 to 30.
func (v *Vehicle) ChangeFrameRate(now time.Duration, rate int) error {
	if err := v.live(now); err != nil {
		return err
	}
	if rate < MinFrameRate || rate > MaxFrameRate {
		return fmt.Errorf("carlife: frame rate %d: want %d to %d", rate, MinFrameRate, MaxFrameRate)
	}
	return v.say(MsgVideoEncoderFrameRate, &pb.CarlifeVideoFrameRate{FrameRate: proto.Int32(int32(rate))})
}

// PauseVideo stops the encoder until ResumeVideo.
func (v *Vehicle) PauseVideo(now time.Duration) error {
	if err := v.live(now); err != nil {
		return err
	}
	v.started, v.playing, v.start = false, false, VideoOther
	return v.say(MsgVideoEncoderPause, nil)
}

// ResumeVideo starts the encoder again; the next frame must be a key frame.
func (v *Vehicle) ResumeVideo(now time.Duration) error {
	if err := v.live(now); err != nil {
		return err
	}
	if !v.done {
		return fmt.Errorf("%w: no encoder size yet", ErrState)
	}
	v.startEncoder()
	return nil
}

// ResetVideo asks for a key frame.
func (v *Vehicle) ResetVideo(now time.Duration) error {
	if err := v.live(now); err != nil {
		return err
	}
	return v.say(MsgVideoEncoderReset, nil)
}

// SendGear sends the gear, with the id that the profile's head unit uses.
func (v *Vehicle) SendGear(now time.Duration, gear int32) error {
	if err := v.live(now); err != nil {
		return err
	}
	mi, _ := Lookup(MsgCarGear)
	return v.say(mi.SentID(v.profile), &pb.CarlifeGearInfo{Gear: &gear})
}
