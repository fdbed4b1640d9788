package carlife

import (
	"errors"
	"slices"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Feed takes a message from the head unit. The payload is borrowed until the
// next Feed.
func (p *Phone) Feed(now time.Duration, m Message) {
	m, body, ok := p.accept(now, m)
	if !ok || !p.admit(m) {
		return
	}
	switch b := body.(type) {
	case *pb.CarlifeProtocolVersion:
		p.onVersion(b)
	case *pb.CarlifeStatisticsInfo:
		p.emit(Statistics{b})
	case *pb.CarlifeDeviceInfo:
		p.onDeviceInfo(b)
	case *pb.CarlifeFeatureConfigList:
		p.onFeatures(b)
	case *pb.CarlifeHuRsaPublicKeyResponse:
		p.onPublicKey(b)
	case *pb.CarlifeVideoEncoderInfo:
		p.onEncoderInit(b)
	case *pb.CarlifeVideoFrameRate:
		p.onFrameRate(b)
	case *pb.CarlifeModuleStatus:
		if mod := Module(b.GetModuleID()); mod == ModuleConnection {
			p.connection = Connection(b.GetStatusID())
		}
		p.emit(ModuleState{Module(b.GetModuleID()), b.GetStatusID()})
	case *pb.CarlifeTouchAction:
		p.onTouch(m.ID, Motion(b.GetAction()), b.GetX(), b.GetY())
	case *pb.CarlifeTouchSinglePoint:
		p.onTouch(m.ID, 0, b.GetX(), b.GetY())
	case *pb.CarlifeCarHardKeyCode:
		p.emit(KeyPress{HardKey(b.GetKeycode())})
	case *pb.CarlifeErrorCode:
		p.emit(ErrorReport{b.GetErrorCode()})
	case *pb.CarlifeAuthenRequest:
		p.emit(Received{m.ID, b})
		if p.opt.Authenticate != nil {
			_ = p.say(MsgMDAuthenResponse, &pb.CarlifeAuthenResponse{EncryptValue: proto.String(p.opt.Authenticate(b.GetRandomValue()))})
		}
	case *pb.CarlifeAuthenResult:
		p.emit(Received{m.ID, b})
		_ = p.say(MsgMDAuthenResult, &pb.CarlifeAuthenResult{AuthenResult: b.AuthenResult})
	case *pb.CarlifeSubscribeMobileCarLifeInfoList:
		p.emit(Received{m.ID, b})
		if m.ID == MsgCarlifeDataSubscribe {
			_ = p.say(MsgCarlifeDataSubscribeDone, &pb.CarlifeSubscribeMobileCarLifeInfoList{
				Cnt: proto.Int32(int32(len(p.opt.Offers))), SubscribemobileCarLifeInfo: p.opt.Offers,
			})
		}
	default:
		p.onPlain(m, body)
	}
}

// admit keeps everything but the version out until the version is agreed.
func (p *Phone) admit(m Message) bool {
	if p.faults.Has(FaultRejectBareIDs) && (m.ID == MsgCarGearBare || m.ID == MsgCarDataSubscribeDoneBare) {
		p.violate(RuleBareID, m.ID, "")
		return false
	}
	if p.matched || m.ID == MsgHUProtocolVersion {
		return true
	}
	switch {
	case p.refused && m.ID == MsgVideoHeartbeat:
		// The published head unit starts to beat before it looks at the status.
	case p.refused:
		p.violate(RuleAfterRefusal, m.ID, "the version was refused")
	default:
		p.violate(RuleBeforeVersion, m.ID, "")
	}
	return false
}

func (p *Phone) onVersion(b *pb.CarlifeProtocolVersion) {
	if p.faults.Has(FaultNoVersion) {
		return
	}
	v := Version{b.GetMajorVersion(), b.GetMinorVersion()}
	if p.greeted {
		p.violate(RuleRepeated, MsgHUProtocolVersion, "")
	}
	status := int32(2)
	if slices.Contains(p.opt.Versions, v) && !p.faults.Has(FaultVersionMismatch) {
		status = 1
	}
	p.begun, p.matched, p.refused = status == 1, status == 1, status != 1
	_ = p.say(MsgProtocolVersionMatchStatus, &pb.CarlifeProtocolVersionMatchStatus{MatchStatus: &status})
	if !p.matched {
		p.expect("")
		p.emit(VersionRefused{v.Major, v.Minor, status})
		return
	}
	p.emit(VersionMatched(v))
	p.rest()
	if !p.greeted {
		p.expect("head unit info")
	}
}

func (p *Phone) onDeviceInfo(b *pb.CarlifeDeviceInfo) {
	p.emit(DeviceInfo{b})
	if p.greeted {
		p.violate(RuleRepeated, MsgHUInfo, "")
		return
	}
	p.greeted = true
	_ = p.say(MsgMDInfo, p.opt.Device)
	_ = p.say(MsgMDFeatureConfigRequest, nil)
	if !p.asked {
		p.expect("encoder init")
	}
}

func (p *Phone) onEncoderInit(b *pb.CarlifeVideoEncoderInfo) {
	w, h := int(b.GetWidth()), int(b.GetHeight())
	if w <= 0 || h <= 0 || b.GetFrameRate() < 0 {
		p.violate(RuleBody, MsgVideoEncoderInit, "picture %dx%d at %d", w, h, b.GetFrameRate())
		return
	}
	if p.encrypt && !p.ready {
		p.violate(RuleInitBeforeReady, MsgVideoEncoderInit, "content encryption is asked for and not ready")
	}
	p.asked, p.done, p.started = true, false, false
	p.width, p.height, p.rate = w, h, int(b.GetFrameRate())
	if p.opt.Width > 0 {
		p.width, p.height = p.opt.Width, p.opt.Height
	}
	if p.opt.FrameRate > 0 {
		p.rate = p.opt.FrameRate
	} else if p.rate == 0 {
		p.rate = 30
	}
	p.expect("")
	switch {
	case p.faults.Has(FaultNoInitDone):
	case p.opt.InitDelay > 0:
		p.timers.set(timerInit, p.now+p.opt.InitDelay)
	default:
		p.initDone()
	}
}

// Frame rates that VIDEO_ENCODER_FRAME_RATE_CHANGE may ask for.
const (
	MinFrameRate = 3
	MaxFrameRate = 30
)

func (p *Phone) onFrameRate(b *pb.CarlifeVideoFrameRate) {
	rate := int(b.GetFrameRate())
	if rate < MinFrameRate || rate > MaxFrameRate {
		p.violate(RuleBody, MsgVideoEncoderFrameRate, "frame rate %d: want %d to %d", rate, MinFrameRate, MaxFrameRate)
		rate = min(max(rate, MinFrameRate), MaxFrameRate)
	}
	p.rate = rate
	p.emit(FrameRate{rate})
	_ = p.say(MsgVideoEncoderFrameRateDone, &pb.CarlifeVideoFrameRate{FrameRate: proto.Int32(int32(rate))})
}

func (p *Phone) onTouch(id ID, motion Motion, x, y int32) {
	if p.done && (x < 0 || y < 0 || int(x) > p.width || int(y) > p.height) {
		p.violate(RuleTouchOutside, id, "%d,%d outside of %dx%d", x, y, p.width, p.height)
	}
	p.emit(Touch{id, motion, int(x), int(y)})
}

// onPlain handles messages without a body of a type of their own.
func (p *Phone) onPlain(m Message, body proto.Message) {
	switch m.ID {
	case MsgVideoHeartbeat:
		p.emit(Heartbeat{m.Timestamp})
	case MsgVideoEncoderStart:
		p.onStart()
	case MsgVideoEncoderPause:
		p.started = false
		p.emit(EncoderPaused{})
	case MsgVideoEncoderReset:
		p.needKey = true
		p.emit(EncoderReset{})
	case MsgVideoEncoderJPEG:
		p.emit(Received{m.ID, nil})
		_ = p.say(MsgVideoEncoderJPEGAck, nil)
	case MsgLaunchModeNormal, MsgLaunchModePhone, MsgLaunchModeMap, MsgLaunchModeMusic:
		p.emit(LaunchMode{m.ID})
	case MsgGoToForeground:
		p.emit(Received{m.ID, nil})
		_ = p.say(MsgGoToForegroundResponse, nil)
	case MsgHUAESRecResponse:
		p.onKeyReceived()
	case MsgVRMicData:
		p.onMicData(m)
	default:
		p.emit(Received{m.ID, body})
	}
}

func (p *Phone) onStart() {
	if !p.done {
		p.violate(RuleStartBeforeDone, MsgVideoEncoderStart, "")
		if !p.asked || p.profile != ProfileCppLib {
			return // nothing to start; the library alone does not wait
		}
	}
	p.started, p.needKey = true, true
	p.expect("")
	p.emit(Started{})
}

func (p *Phone) onMicData(m Message) {
	if !p.mic {
		p.violate(RuleMicUnasked, m.ID, "%d bytes", len(m.Payload))
	}
	a := p.sounds.new()
	*a = AudioData{StreamMic, m.Timestamp, m.Payload}
	p.emit(a)
}

var errOutOfOrder = errors.New("out of order")
