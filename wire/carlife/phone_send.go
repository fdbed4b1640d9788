package carlife

import (
	"fmt"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// SendFrame queues one access unit as VIDEO_DATA. The bytes must stay unchanged
// until they have been taken out. [ErrState] means that VIDEO_ENCODER_START has
// not come, or that this frame must be SPS, PPS and I-frame.
func (p *Phone) SendFrame(now time.Duration, data []byte) error {
	if err := p.live(now); err != nil {
		return err
	}
	if !p.started {
		return fmt.Errorf("%w: no VIDEO_ENCODER_START yet", ErrState)
	}
	if p.needKey {
		if c := ClassifyVideo(data); c != VideoParamsIDR {
			return fmt.Errorf("%w: frame begins with %s, must be %s", ErrState, c, VideoParamsIDR)
		}
		p.needKey = false
	}
	if err := p.put(Message{ID: MsgVideoData, Payload: data}); err != nil {
		return err
	}
	if p.faults.Has(FaultTruncatedFrame) && !p.truncated {
		p.truncated = true
		p.truncateLast()
	}
	p.rest()
	return nil
}

// truncateLast makes the message queued last stop half way.
func (s *session) truncateLast() {
	s.outs.items[len(s.outs.items)-1].framing |= FaultTruncatedFrame
}

// InitAudio announces a stream's format: media, TTS or VR.
func (p *Phone) InitAudio(now time.Duration, s Stream, f AudioFormat) error {
	if err := p.sounding(now, s); err != nil {
		return err
	}
	rate, ch, bits := int32(f.SampleRate), int32(f.Channels), int32(f.Bits)
	var body proto.Message = &pb.CarlifeTTSInit{SampleRate: &rate, ChannelConfig: &ch, SampleFormat: &bits}
	if s == StreamMedia {
		body = &pb.CarlifeMusicInit{SampleRate: &rate, ChannelConfig: &ch, SampleFormat: &bits}
	}
	p.init[s] = true
	return p.say(streamIDs[s].init, body)
}

// SendAudio queues PCM of a stream that has been announced. The bytes must stay
// unchanged until they have been taken out.
func (p *Phone) SendAudio(now time.Duration, s Stream, pcm []byte) error {
	if err := p.sounding(now, s); err != nil {
		return err
	}
	if !p.init[s] {
		return fmt.Errorf("%w: %s has no init yet", ErrState, s)
	}
	return p.put(Message{ID: streamIDs[s].data, Payload: pcm})
}

// StopAudio ends a stream; it needs a new init before more data.
func (p *Phone) StopAudio(now time.Duration, s Stream) error {
	if err := p.sounding(now, s); err != nil {
		return err
	}
	p.init[s] = false
	return p.say(streamIDs[s].stop, nil)
}

func (p *Phone) sounding(now time.Duration, s Stream) error {
	if s >= StreamMic {
		return fmt.Errorf("carlife: %s is no stream of the phone's", s)
	}
	return p.live(now)
}

// RequestMic asks the head unit for microphone data: for the wake-up word, or
// for full recognition.
func (p *Phone) RequestMic(now time.Duration, recognise bool) error {
	if err := p.live(now); err != nil {
		return err
	}
	p.mic = true
	if recognise {
		return p.say(MsgMicRecordRecogStart, nil)
	}
	return p.say(MsgMicRecordWakeupStart, nil)
}

// ReleaseMic ends the microphone.
func (p *Phone) ReleaseMic(now time.Duration) error {
	if err := p.live(now); err != nil {
		return err
	}
	p.mic = false
	return p.say(MsgMicRecordEnd, nil)
}

// SetModules sends MODULE_STATUS.
func (p *Phone) SetModules(now time.Duration, states ...ModuleState) error {
	if err := p.live(now); err != nil {
		return err
	}
	l := &pb.CarlifeModuleStatusList{Cnt: proto.Int32(int32(len(states)))}
	for _, s := range states {
		l.ModuleStatus = append(l.ModuleStatus, &pb.CarlifeModuleStatus{ModuleID: proto.Int32(int32(s.Module)), StatusID: proto.Int32(s.State)})
	}
	return p.say(MsgModuleStatus, l)
}

// RequestCarData starts or stops car data, in the shape that the head unit's
// profile parses: one message for each kind for the application, one list for
// the library.
func (p *Phone) RequestCarData(now time.Duration, start bool, infos ...*pb.CarlifeVehicleInfo) error {
	if err := p.live(now); err != nil {
		return err
	}
	id := MsgCarDataSubscribeStop
	if start {
		id = MsgCarDataSubscribeStart
	}
	if p.profile == ProfileCppLib {
		return p.say(id, &pb.CarlifeVehicleInfoList{Cnt: proto.Int32(int32(len(infos))), VehicleInfo: infos})
	}
	for _, v := range infos {
		if err := p.say(id, v); err != nil {
			return err
		}
	}
	return nil
}

// Exit ends the session in good order: MD_EXIT is the last message out.
func (p *Phone) Exit(now time.Duration) error {
	if err := p.live(now); err != nil {
		return err
	}
	if err := p.say(MsgMDExit, nil); err != nil {
		return err
	}
	p.emit(Exit{})
	p.close(CloseExit, nil)
	return nil
}
