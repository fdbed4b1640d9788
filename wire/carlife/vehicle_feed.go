package carlife

import (
	"fmt"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Feed takes a message from the phone. The payload is borrowed until the next
// Feed.
func (v *Vehicle) Feed(now time.Duration, m Message) {
	if m.Carrier() == ChannelVideo {
		v.watch.saw() // the watchdog counts reads, whatever they held
	}
	m, body, ok := v.accept(now, m)
	if !ok || !v.admit(m) {
		return
	}
	switch b := body.(type) {
	case *pb.CarlifeProtocolVersionMatchStatus:
		v.onMatch(b)
	case *pb.CarlifeDeviceInfo:
		v.emit(DeviceInfo{b})
	case *pb.CarlifeVideoEncoderInfo:
		v.onInitDone(b)
	case *pb.CarlifeVideoFrameRate:
		v.emit(FrameRate{int(b.GetFrameRate())})
	case *pb.CarlifeModuleStatusList:
		v.onModules(b)
	case *pb.CarlifeMdAesKeyRequest:
		v.onKey(b)
	case *pb.CarlifeMusicInit:
		v.onAudioInit(m, b.GetSampleRate(), b.GetChannelConfig(), b.GetSampleFormat())
	case *pb.CarlifeTTSInit:
		v.onAudioInit(m, b.GetSampleRate(), b.GetChannelConfig(), b.GetSampleFormat())
	case *pb.CarlifeVehicleInfoList:
		v.onCarDataList(m, b)
	case *pb.CarlifeVehicleInfo:
		v.onCarData(m, []*pb.CarlifeVehicleInfo{b})
	default:
		v.onPlain(m, body)
	}
}

// admit notes what comes before the version is agreed. The published code does
// not check, so neither the library profile minds nor is more than the phone's
// heartbeat let through without a word.
func (v *Vehicle) admit(m Message) bool {
	if v.matched || m.ID == MsgProtocolVersionMatchStatus || m.ID == MsgVideoHeartbeat {
		return true
	}
	v.violate(RuleBeforeVersion, m.ID, "")
	return v.profile == ProfileCppLib
}

func (v *Vehicle) onMatch(b *pb.CarlifeProtocolVersionMatchStatus) {
	ver := v.opt.Version
	if v.answers++; v.matched {
		if v.answers > v.attempts+1 {
			v.violate(RuleRepeated, MsgProtocolVersionMatchStatus, "")
		}
		return // else the late answer to the first of two offers
	}
	v.timers.stop(timerVersion)
	if b.GetMatchStatus() != 1 {
		v.emit(VersionRefused{ver.Major, ver.Minor, b.GetMatchStatus()})
		v.close(CloseVersion, nil)
		return
	}
	v.matched, v.begun = true, true
	v.emit(VersionMatched(ver))
	if v.opt.Connection == ConnectionEAP {
		v.timers.set(timerBeat, v.now+BeatInterval)
	}
	if !v.faults.Has(FaultNoWatchdog) {
		v.timers.set(timerWatch, v.now+WatchdogFirst)
	}
	if v.profile == ProfileCppLib {
		return // already under way
	}
	_ = v.say(MsgStatisticInfo, v.opt.Statistics)
	_ = v.say(MsgHUInfo, v.opt.Device)
	if v.faults.Has(FaultTruncatedFrame) {
		v.truncateLast()
	}
	if !v.opt.Encryption || v.faults.Has(FaultEarlyInit) {
		v.askEncoder()
	} else {
		v.expect("encryption")
	}
	_ = v.say(MsgModuleControl, &pb.CarlifeModuleStatus{
		ModuleID: proto.Int32(int32(ModuleConnection)), StatusID: proto.Int32(int32(v.opt.Connection)),
	})
}

func (v *Vehicle) onInitDone(b *pb.CarlifeVideoEncoderInfo) {
	w, h := int(b.GetWidth()), int(b.GetHeight())
	if !v.asked {
		v.violate(RuleInitDone, MsgVideoEncoderInitDone, "")
	}
	if w <= 0 || h <= 0 {
		v.violate(RuleBody, MsgVideoEncoderInitDone, "picture %dx%d", w, h)
		return
	}
	v.width, v.height, v.done = w, h, true
	v.expect("")
	v.emit(EncoderReady{w, h, int(b.GetFrameRate())})
	if v.profile == ProfileCppLib {
		return // its start has a time of its own
	}
	v.startEncoder()
	_ = v.say(v.opt.LaunchMode, nil)
	if !v.opt.NoReport {
		code := fmt.Sprintf("%s#%d", CodeConnected, v.now/time.Millisecond)
		_ = v.say(MsgErrorCode, &pb.CarlifeErrorCode{ErrorCode: &code})
	}
}

func (v *Vehicle) onModules(b *pb.CarlifeModuleStatusList) {
	if int(b.GetCnt()) != len(b.GetModuleStatus()) {
		v.violate(RuleBody, MsgModuleStatus, "cnt %d, %d entries", b.GetCnt(), len(b.GetModuleStatus()))
	}
	for _, s := range b.GetModuleStatus() {
		v.emit(ModuleState{Module(s.GetModuleID()), s.GetStatusID()})
	}
}

func (v *Vehicle) onCarDataList(m Message, b *pb.CarlifeVehicleInfoList) {
	if m.ID != MsgCarDataSubscribe {
		v.onCarData(m, b.GetVehicleInfo())
		return
	}
	v.emit(Received{m.ID, b})
	done, _ := Lookup(MsgCarDataSubscribeDone)
	_ = v.say(done.SentID(v.profile), &pb.CarlifeVehicleInfoList{
		Cnt: proto.Int32(int32(len(v.opt.CarData))), VehicleInfo: v.opt.CarData,
	})
}

func (v *Vehicle) onCarData(m Message, infos []*pb.CarlifeVehicleInfo) {
	if p, ok := GuessProfile(m.Payload); ok && p != v.profile {
		v.violate(RuleProfile, m.ID, "bytes have the shape for %s", p)
	}
	v.emit(CarDataRequest{m.ID == MsgCarDataSubscribeStart, infos})
}

// onPlain handles messages without a body of a type of their own.
func (v *Vehicle) onPlain(m Message, body proto.Message) {
	switch m.ID {
	case MsgVideoHeartbeat:
		v.emit(Heartbeat{m.Timestamp})
	case MsgVideoData:
		v.onVideo(m)
	case MsgMediaData, MsgTTSData, MsgVRData:
		v.onAudio(m)
	case MsgMediaStop, MsgTTSStop, MsgVRStop, MsgMediaPause, MsgMediaResume, MsgMediaSeek, MsgVRInterrupt:
		s := streamOf(m.ID)
		if m.ID == streamIDs[s].stop {
			v.init[s] = false
		}
		v.emit(AudioControl{s, m.ID})
	case MsgMicRecordWakeupStart, MsgMicRecordRecogStart:
		v.mic = true
		v.emit(Mic{true, m.ID == MsgMicRecordRecogStart})
	case MsgMicRecordEnd:
		v.mic = false
		v.emit(Mic{})
	case MsgMDFeatureConfigRequest:
		v.emit(Received{m.ID, nil})
		_ = v.say(MsgHUFeatureConfigResponse, featureList(v.opt.Features))
	case MsgMDRSAPublicKeyRequest:
		v.onKeyRequest()
	case MsgMDEncryptReady:
		v.onEncryptReady()
	case MsgMDExit:
		v.emit(Exit{})
		v.close(CloseExit, nil)
	default:
		v.emit(Received{m.ID, body})
	}
}
