package carlife

import (
	"errors"
	"slices"
	"testing"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// The order of the head-unit application, with and without encryption.
func TestConnectOrder(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	assert.Equal(t, []string{
		"hu 00018001", // version
		"md 00010002", // match
		"hu 00018027", // statistics
		"hu 00018003", // head unit info
		"hu 00018007", // encoder init, since encryption is off
		"hu 00018028", // connection type
		"md 00010004", // phone info
		"md 00010051", // features please
		"md 00010008", // encoder init done
		"hu 00018052", // features
		"hu 00018009", // start
		"hu 0001801D", // launch mode normal
		"hu 00018055", // "connected"
	}, b.ids())
	assert.Empty(t, rules(b.pev))
	assert.Empty(t, rules(b.vev))
	assert.False(t, b.p.Encrypted() || b.v.Encrypted())

	b = newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect()
	assert.Equal(t, []string{
		"hu 00018001", "md 00010002", "hu 00018027", "hu 00018003", "hu 00018028", "md 00010004", "md 00010051", "hu 00018052",
		"md 0001006A", // E1
		"hu 0001806B", // E2 public key
		"md 0001006C", // E3 last clear body
		"hu 0001806D", // E4
		"md 0001006E", // E5
		"hu 00018007", // first encrypted body
		"md 00010008", "hu 00018009", "hu 0001801D", "hu 00018055",
	}, b.ids())
	assert.Empty(t, rules(b.pev))
	assert.Empty(t, rules(b.vev))
	assert.True(t, b.p.Encrypted() && b.v.Encrypted())
	assert.Len(t, all[EncryptionOn](b.pev), 1)
	assert.Len(t, all[EncryptionOn](b.vev), 1)
}

func TestConnectEvents(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{Width: 800, Height: 480, LaunchMode: MsgLaunchModeMap}).connect()
	assert.Equal(t, []VersionMatched{{1, 0}}, all[VersionMatched](b.pev))
	assert.Equal(t, []VersionMatched{{1, 0}}, all[VersionMatched](b.vev))
	assert.Equal(t, "20022100", all[Statistics](b.pev)[0].Info.GetChannel())
	assert.Equal(t, "simulated head unit", all[DeviceInfo](b.pev)[0].Info.GetModel())
	assert.NotEmpty(t, all[DeviceInfo](b.vev)[0].Info.GetToken(), "identifies iOS")
	assert.Equal(t, []ModuleState{{ModuleConnection, 7}}, all[ModuleState](b.pev))
	assert.Equal(t, ConnectionEAP, b.p.Connection())
	assert.Equal(t, []LaunchMode{{MsgLaunchModeMap}}, all[LaunchMode](b.pev))
	assert.Equal(t, []EncoderReady{{800, 480, 30}}, all[EncoderReady](b.pev), "rate 0 leaves the choice to the phone")
	assert.Equal(t, []EncoderReady{{800, 480, 30}}, all[EncoderReady](b.vev))
	assert.Equal(t, []ErrorReport{{"10100000#0"}}, all[ErrorReport](b.pev))
	want := withEncryption(SampleFeatures(), false)
	assert.Equal(t, []Features{{want}}, all[Features](b.pev))
	ok, key := b.p.Streaming()
	assert.True(t, ok && key)
	w, h, rate := b.p.Encoder()
	assert.Equal(t, [3]int{800, 480, 30}, [3]int{w, h, rate})
	assert.True(t, b.v.Started())
	w, h = b.v.Encoder()
	assert.Equal(t, [2]int{800, 480}, [2]int{w, h})
}

func TestVideoFlows(t *testing.T) {
	for _, enc := range []bool{false, true} {
		for _, conn := range []Connection{ConnectionEAP, ConnectionUSBMux} {
			b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: enc, Connection: conn}).connect()
			src := newSource(t, VideoOptions{FrameSize: 3000})
			var want [][]byte
			for range 40 {
				f := slices.Clone(src.Next())
				want = append(want, f)
				require.NoError(t, b.p.SendFrame(b.now, f))
				b.run(33 * time.Millisecond)
			}
			assert.Equal(t, want, frames(b.vev), "%v %v", conn, enc)
			assert.Empty(t, rules(b.vev))
			got := all[*Frame](b.vev)
			assert.Equal(t, VideoParamsIDR, got[0].Start)
			assert.Equal(t, uint32(33), got[1].Timestamp, "ms")
		}
	}
}

func TestAudioFlows(t *testing.T) {
	for _, enc := range []bool{false, true} {
		b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: enc}).connect()
		f := AudioFormat{48000, 2, 16}
		for _, s := range []Stream{StreamMedia, StreamTTS, StreamVR} {
			require.ErrorIs(t, b.p.SendAudio(b.now, s, []byte{1}), ErrState, "init first")
			require.NoError(t, b.p.InitAudio(b.now, s, f))
			require.NoError(t, b.p.SendAudio(b.now, s, []byte{byte(s), 1, 2}))
			require.NoError(t, b.p.StopAudio(b.now, s))
			require.ErrorIs(t, b.p.SendAudio(b.now, s, []byte{1}), ErrState, "stopped")
		}
		require.NoError(t, b.p.Send(b.now, MsgMediaSeek, nil))
		b.pump()
		assert.Equal(t, []AudioInit{{StreamMedia, f}, {StreamTTS, f}, {StreamVR, f}}, all[AudioInit](b.vev))
		assert.Equal(t, []AudioControl{{StreamMedia, MsgMediaStop}, {StreamTTS, MsgTTSStop}, {StreamVR, MsgVRStop}, {StreamMedia, MsgMediaSeek}}, all[AudioControl](b.vev))
		data := all[*AudioData](b.vev)
		require.Len(t, data, 3)
		for i, d := range data {
			assert.Equal(t, Stream(i), d.Stream)
			assert.Equal(t, []byte{byte(i), 1, 2}, d.Data)
		}
		assert.Empty(t, rules(b.vev))
		assert.Error(t, b.p.InitAudio(b.now, StreamMic, f))
	}
}

func TestAudioBeforeInitTakesDefaults(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	for range 2 {
		require.NoError(t, b.p.SendRaw(b.now, Message{ID: MsgTTSData, Payload: []byte{1, 2}}))
	}
	b.pump()
	assert.Equal(t, []Rule{RuleAudioBeforeInit}, rules(b.vev), "said once")
	assert.Equal(t, []AudioInit{{StreamTTS, AudioFormat{16000, 1, 16}}}, all[AudioInit](b.vev))
	assert.Len(t, all[*AudioData](b.vev), 2)
}

func TestMicrophone(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect().run(time.Second)
	assert.ErrorIs(t, b.v.SendMic(b.now, []byte{1}), ErrState, "not asked for")
	require.NoError(t, b.p.RequestMic(b.now, true))
	b.pump()
	assert.Equal(t, []Mic{{On: true, Recognise: true}}, all[Mic](b.vev))
	require.NoError(t, b.v.SendMic(b.now, []byte{1, 2, 3, 4}))
	b.pump()
	got := all[*AudioData](b.pev)
	require.Len(t, got, 1)
	assert.Equal(t, AudioData{StreamMic, 0, []byte{1, 2, 3, 4}}, *got[0], "timestamp 0")
	require.NoError(t, b.p.ReleaseMic(b.now))
	require.NoError(t, b.p.RequestMic(b.now, false))
	require.NoError(t, b.p.ReleaseMic(b.now))
	b.pump()
	assert.Equal(t, []Mic{{On: true, Recognise: true}, {}, {On: true}, {}}, all[Mic](b.vev))
	require.NoError(t, b.v.SendRaw(b.now, Message{ID: MsgVRMicData, Payload: []byte{9}}))
	b.pump()
	assert.Equal(t, []Rule{RuleMicUnasked}, rules(b.pev))
}

func TestTouchTransparent(t *testing.T) {
	b := newPair(t, PhoneOptions{Width: 640, Height: 360}, VehicleOptions{Width: 1280, Height: 720})
	assert.ErrorIs(t, b.v.Touch(0, MotionDown, 1, 1), ErrState)
	b.connect()
	require.NoError(t, b.v.Touch(b.now, MotionDown, 1279, 719))
	require.NoError(t, b.v.Touch(b.now, MotionPointerDown.WithPointer(1), 101, 51))
	require.NoError(t, b.v.Touch(b.now, MotionUp, 0, 0))
	require.NoError(t, b.v.PressKey(b.now, KeySeekNext))
	b.pump()
	assert.Equal(t, []Touch{
		{MsgTouchAction, MotionDown, 639, 359},
		{MsgTouchAction, 0x0105, 50, 25},
		{MsgTouchAction, MotionUp, 0, 0},
	}, all[Touch](b.pev))
	assert.Equal(t, []KeyPress{{KeySeekNext}}, all[KeyPress](b.pev))
	assert.Empty(t, rules(b.pev))
}

func TestVideoControls(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	key := keyFrame(t)
	require.NoError(t, b.p.SendFrame(b.now, key))
	require.NoError(t, b.v.ChangeFrameRate(b.now, 15))
	b.pump()
	assert.Equal(t, []FrameRate{{15}}, all[FrameRate](b.pev))
	assert.Equal(t, []FrameRate{{15}}, all[FrameRate](b.vev), "done")
	for _, rate := range []int{2, 31} {
		assert.Error(t, b.v.ChangeFrameRate(b.now, rate))
	}
	require.NoError(t, b.v.Send(b.now, MsgVideoEncoderFrameRate, &pb.CarlifeVideoFrameRate{FrameRate: proto.Int32(60)}))
	b.pump()
	assert.Equal(t, []Rule{RuleBody}, rules(b.pev))
	assert.Equal(t, []FrameRate{{15}, {30}}, all[FrameRate](b.vev), "held to the range")

	require.NoError(t, b.v.PauseVideo(b.now))
	b.pump()
	assert.Len(t, all[EncoderPaused](b.pev), 1)
	assert.ErrorIs(t, b.p.SendFrame(b.now, key), ErrState)
	require.NoError(t, b.v.ResumeVideo(b.now))
	b.pump()
	assert.ErrorIs(t, b.p.SendFrame(b.now, []byte{0, 0, 0, 1, 0x41}), ErrState, "a key frame first")
	require.NoError(t, b.p.SendFrame(b.now, key))
	require.NoError(t, b.v.ResetVideo(b.now))
	b.pump()
	assert.Len(t, all[EncoderReset](b.pev), 1)
	_, needKey := b.p.Streaming()
	assert.True(t, needKey)
	require.NoError(t, b.v.Send(b.now, MsgVideoEncoderJPEG, nil))
	b.pump()
	assert.Contains(t, b.vev, Event(Received{ID: MsgVideoEncoderJPEGAck}))
	assert.Len(t, frames(b.vev), 2)
}

func TestRequestsThatAreAnswered(t *testing.T) {
	offers := []*pb.CarlifeSubscribeMobileCarLifeInfo{{ModuleID: proto.Int32(0), SupportFlag: proto.Bool(true)}}
	b := newPair(t, PhoneOptions{
		Authenticate: func(s string) string { return s + "!" }, Offers: offers,
	}, VehicleOptions{CarData: []*pb.CarlifeVehicleInfo{{ModuleID: proto.Int32(1), Flag: proto.Int32(1)}}}).connect()
	got := func(id ID) proto.Message {
		t.Helper()
		for _, r := range append(all[Received](b.vev), all[Received](b.pev)...) {
			if r.ID == id {
				return r.Body
			}
		}
		t.Fatalf("%s did not come", id)
		return nil
	}
	require.NoError(t, b.v.Send(b.now, MsgHUAuthenRequest, &pb.CarlifeAuthenRequest{RandomValue: proto.String("CarLife_1.0.0")}))
	require.NoError(t, b.v.Send(b.now, MsgHUAuthenResult, &pb.CarlifeAuthenResult{AuthenResult: proto.Bool(true)}))
	require.NoError(t, b.v.Send(b.now, MsgCarlifeDataSubscribe, &pb.CarlifeSubscribeMobileCarLifeInfoList{Cnt: proto.Int32(0)}))
	require.NoError(t, b.v.Send(b.now, MsgGoToForeground, nil))
	require.NoError(t, b.p.Send(b.now, MsgCarDataSubscribe, &pb.CarlifeVehicleInfoList{Cnt: proto.Int32(0)}))
	require.NoError(t, b.p.SetModules(b.now, ModuleState{ModuleMusic, 1}, ModuleState{ModulePhone, 0}))
	b.pump()
	assert.Equal(t, "CarLife_1.0.0!", got(MsgMDAuthenResponse).(*pb.CarlifeAuthenResponse).GetEncryptValue())
	assert.True(t, got(MsgMDAuthenResult).(*pb.CarlifeAuthenResult).GetAuthenResult())
	assert.Len(t, got(MsgCarlifeDataSubscribeDone).(*pb.CarlifeSubscribeMobileCarLifeInfoList).GetSubscribemobileCarLifeInfo(), 1)
	assert.Nil(t, got(MsgGoToForegroundResponse))
	done := got(MsgCarDataSubscribeDone).(*pb.CarlifeVehicleInfoList)
	assert.Equal(t, int32(1), done.GetVehicleInfo()[0].GetModuleID())
	assert.Equal(t, []ModuleState{{ModuleMusic, 1}, {ModulePhone, 0}}, all[ModuleState](b.vev))
	assert.Empty(t, append(rules(b.pev), rules(b.vev)...))
}

func TestOrderlyExit(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect()
	require.NoError(t, b.p.Exit(b.now))
	b.pump()
	last := func(evs []Event) []Event { return evs[len(evs)-2:] }
	assert.Equal(t, []Event{Exit{}, Closed{Reason: CloseExit}}, last(b.pev))
	assert.Equal(t, []Event{Exit{}, Closed{Reason: CloseExit}}, last(b.vev))
	assert.Equal(t, "md 00010059", b.ids()[len(b.ids())-1])
	for _, s := range []interface {
		Closed() bool
		Deadline() (time.Duration, bool)
	}{b.p, b.v} {
		assert.True(t, s.Closed())
		_, ok := s.Deadline()
		assert.False(t, ok)
	}
	ok, _ := b.p.Streaming()
	assert.False(t, ok)
	assert.ErrorIs(t, b.p.Exit(b.now), ErrState)
	assert.ErrorIs(t, b.p.SendFrame(b.now, nil), ErrState)
	assert.ErrorIs(t, b.v.PressKey(b.now, KeyHome), ErrState)
	assert.ErrorIs(t, b.v.SendRaw(b.now, Message{ID: MsgHUInfo}), ErrState)
	n := len(b.vev)
	b.v.Feed(b.now, Message{ID: MsgScreenOn})
	b.v.Tick(b.now + time.Hour)
	b.v.Lost(b.now, errors.New("x"))
	b.v.Fail(b.now, errors.New("x"))
	b.collect()
	assert.Len(t, b.vev, n, "nothing after the end")
	assert.False(t, b.p.Encrypted() || b.v.Encrypted(), "the switch is cleared")
}

func TestLostCloseFail(t *testing.T) {
	cause := errors.New("channel gone")
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	b.p.Lost(b.now, cause)
	b.v.Start(b.now)
	require.NoError(t, b.v.PressKey(b.now, KeyHome))
	b.v.Close(b.now)
	_, ok := b.v.NextOutput()
	assert.False(t, ok, "dropped")
	b.collect()
	assert.Equal(t, Closed{CloseLost, cause}, b.pev[len(b.pev)-1])
	assert.Equal(t, Closed{CloseLocal, nil}, b.vev[len(b.vev)-1])

	b = newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	b.v.Fail(b.now, cause)
	b.collect()
	assert.Equal(t, []Event{Violation{Rule: RuleFraming, Err: cause}, Closed{CloseViolation, cause}}, b.vev[len(b.vev)-2:])
}

func TestSendChecks(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{})
	assert.ErrorIs(t, b.p.Send(0, MsgMDInfo, &pb.CarlifeDeviceInfo{}), ErrState, "no version yet")
	assert.ErrorIs(t, b.v.Send(0, MsgCarGear, nil), ErrState)
	b.connect()
	assert.EqualError(t, b.p.Send(b.now, MsgCarGear, nil), "carlife: CAR_GEAR is sent by the HU")
	assert.EqualError(t, b.v.Send(b.now, MsgMDExit, nil), "carlife: MD_EXIT is sent by the MD")
	assert.ErrorIs(t, b.v.Send(b.now, 0x0001007F, nil), ErrUnknownMessage)
	_, ok := b.p.NextOutput()
	assert.False(t, ok)
	for _, o := range []PhoneOptions{{Width: 100}, {Height: -1, Width: -1}} {
		_, err := NewPhone(o)
		assert.Error(t, err)
	}
	for _, o := range []VehicleOptions{
		{Connection: 99}, {Width: 100}, {Width: -1, Height: 5}, {FrameRate: -1}, {Profile: ProfileCppLib, Encryption: true},
	} {
		_, err := NewVehicle(o)
		assert.Error(t, err)
	}
}

func TestUnknownAndMisdirected(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	require.NoError(t, b.v.SendRaw(b.now, Message{ID: 0x0001907F, Payload: []byte{1, 2}}))
	require.NoError(t, b.v.SendRaw(b.now, Message{ID: MsgMDExit}))
	require.NoError(t, b.v.SendRaw(b.now, Message{ID: MsgHUInfo, Payload: []byte{0x0A, 0xFF}}))
	b.pump()
	assert.Equal(t, []Unknown{{0x0001907F, 2}}, all[Unknown](b.pev))
	assert.Equal(t, []Rule{RuleDirection, RuleBody}, rules(b.pev))
	assert.False(t, b.p.Closed(), "both are survived")
}

// A head unit that asks on and on without reading the answers is not answered
// for ever.
func TestUnreadAnswersAreBounded(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	for range 2 * MaxQueued {
		b.p.Feed(b.now, Message{ID: MsgGoToForeground, Channel: ChannelCommand})
		for ev := b.p.Poll(); ev != nil; ev = b.p.Poll() {
			b.pev = append(b.pev, ev)
		}
		require.LessOrEqual(t, b.p.outs.len(), MaxQueued)
	}
	assert.Equal(t, []Rule{RuleUnread}, rules(b.pev))
	assert.Equal(t, Closed{CloseViolation, ErrQueueFull}, b.pev[len(b.pev)-1])
	_, ok := b.p.NextOutput()
	assert.False(t, ok, "nothing is left to be sent")
}

func TestSendingWithoutTakingOut(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	for range MaxQueued {
		require.NoError(t, b.v.Send(b.now, MsgGoToForeground, nil))
	}
	require.ErrorIs(t, b.v.Send(b.now, MsgGoToForeground, nil), ErrQueueFull)
	b.v.NextOutput()
	require.NoError(t, b.v.Send(b.now, MsgGoToForeground, nil))
	assert.False(t, b.v.Closed())
}
