package carlife

import (
	"bytes"
	"testing"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// Each trap of the protocol, with the good end that passes and the broken one
// that is caught.

// 8- and 12-byte headers mixed by channel.
func TestTrapShortHeaderOnVR(t *testing.T) {
	speak := func(conn Connection, f Fault) *pair {
		b := newPair(t, PhoneOptions{Faults: f}, VehicleOptions{Connection: conn}).connect()
		require.NoError(t, b.p.InitAudio(b.now, StreamVR, StreamVR.DefaultFormat()))
		require.NoError(t, b.p.SendAudio(b.now, StreamVR, bytes.Repeat([]byte{0x11}, 640)))
		b.pump()
		return b
	}
	for _, conn := range []Connection{ConnectionEAP, ConnectionUSBMux} {
		b := speak(conn, 0)
		assert.Len(t, all[*AudioData](b.vev), 1)
		assert.Empty(t, rules(b.vev))

		b = speak(conn, FaultShortVRHeader)
		assert.Equal(t, []Rule{RuleFraming}, rules(b.vev), conn)
		var fe *FrameError
		require.ErrorAs(t, all[Violation](b.vev)[0].Err, &fe)
		assert.Equal(t, ChannelVR, fe.Channel)
		assert.Empty(t, all[*AudioData](b.vev))
		assert.True(t, b.v.Closed())
	}
	// The head unit can get it wrong too, with the microphone.
	b := newPair(t, PhoneOptions{}, VehicleOptions{Faults: FaultShortVRHeader}).connect()
	require.NoError(t, b.p.RequestMic(b.now, true))
	b.pump()
	require.NoError(t, b.v.SendMic(b.now, make([]byte, 320)))
	b.pump()
	assert.Equal(t, []Rule{RuleFraming}, rules(b.pev))
}

// The mux length includes the inner header.
func TestTrapBareMuxLength(t *testing.T) {
	for _, tt := range []struct {
		name   string
		po, vo Fault
	}{{"phone", FaultBareMuxLength, 0}, {"head unit", 0, FaultBareMuxLength}} {
		b := newPair(t, PhoneOptions{Faults: tt.po}, VehicleOptions{Faults: tt.vo}).connect()
		evs := b.vev
		if tt.vo != 0 {
			evs = b.pev
		}
		require.Equal(t, []Rule{RuleFraming}, rules(evs), tt.name)
		assert.ErrorIs(t, all[Violation](evs)[0].Err, ErrTooShort, "the first body is shorter than a header")
	}
	// Without a mux the fault has nothing to break.
	b := newPair(t, PhoneOptions{Faults: FaultBareMuxLength}, VehicleOptions{Connection: ConnectionUSBMux}).connect()
	assert.True(t, b.v.Started())
}

// A read of 0 bytes is not the end.
func TestTrapReadOfZeroIsNotTheEnd(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{})
	n := 0
	b.cut = func(have int) int { // every other delivery is empty
		if n++; n%2 == 0 {
			return 0
		}
		return min(5, have)
	}
	b.connect()
	assert.True(t, b.v.Started())
	assert.Empty(t, append(rules(b.pev), rules(b.vev)...))
}

// Heads and bodies are split at any byte.
func TestTrapSplitAnywhere(t *testing.T) {
	for _, size := range []int{1, 7, 11, 4096} {
		b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true})
		b.cut = func(n int) int { return min(n, size) }
		b.connect()
		big := newSource(t, VideoOptions{KeySize: 3 * 4096}).Next()
		require.NoError(t, b.p.SendFrame(b.now, big))
		b.pump()
		assert.Equal(t, [][]byte{big}, frames(b.vev), "pieces of %d", size)
	}
}

// A frame over 500 KiB breaks the application on a pipe, and not on usbmux.
func TestTrapFrameOver500KiB(t *testing.T) {
	send := func(conn Connection, profile Profile, size int) *pair {
		b := newPair(t, PhoneOptions{Profile: profile}, VehicleOptions{Profile: profile, Connection: conn}).connect().run(3 * time.Second)
		require.NoError(t, b.p.SendFrame(b.now, newSource(t, VideoOptions{KeySize: size}).Next()))
		b.pump()
		return b
	}
	fits := AppMuxLimit - LongHeaderLen
	assert.Len(t, frames(send(ConnectionEAP, ProfileHUApp, fits).vev), 1)
	b := send(ConnectionEAP, ProfileHUApp, fits+1)
	require.Equal(t, []Rule{RuleFraming}, rules(b.vev))
	assert.ErrorIs(t, all[Violation](b.vev)[0].Err, ErrTooLong)
	assert.Len(t, frames(send(ConnectionUSBMux, ProfileHUApp, fits+1).vev), 1)
	assert.Len(t, frames(send(ConnectionEAP, ProfileCppLib, VideoLimit).vev), 1)
	assert.Equal(t, []Rule{RuleFraming}, rules(send(ConnectionUSBMux, ProfileCppLib, VideoLimit+1).vev))
}

// Album art over 64 KiB overflows the u16 length.
func TestTrapAlbumArtOver64KiB(t *testing.T) {
	info := func(art int) *pb.CarlifeMediaInfo {
		return &pb.CarlifeMediaInfo{
			Source: proto.String("s"), Song: proto.String("s"), Artist: proto.String("a"), Album: proto.String("a"), AlbumArt: make([]byte, art),
			Duration: proto.Int32(1), PlaylistNum: proto.Int32(1), SongId: proto.String("1"), Mode: proto.Int32(0),
		}
	}
	b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	require.NoError(t, b.p.Send(b.now, MsgMediaInfo, info(30000)))
	b.pump()
	assert.Empty(t, rules(b.vev))
	err := b.p.Send(b.now, MsgMediaInfo, info(65536))
	require.ErrorIs(t, err, ErrTooLong, "a good phone does not send it")
	require.NoError(t, b.p.Send(b.now, MsgMediaInfo, info(40000)), "can be expressed, but the receiver has 32 KiB")
	b.pump()
	assert.Equal(t, []Rule{RuleFraming}, rules(b.vev))

	// The encrypted body is longer than the clear one.
	b = newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect()
	var m Message
	for art := 65450; ; art++ {
		m, err = NewMessage(MsgMediaInfo, info(art))
		require.NoError(t, err)
		if len(m.Payload) == MaxShortPayload {
			break
		}
	}
	assert.ErrorIs(t, b.p.SendRaw(b.now, m), ErrTooLong)

	b = newPair(t, PhoneOptions{Faults: FaultLengthWrap}, VehicleOptions{}).connect()
	require.NoError(t, b.p.Send(b.now, MsgMediaInfo, info(70000)))
	b.pump()
	assert.Equal(t, []Rule{RuleFraming}, rules(b.vev), "the rest of the cover is read as heads")
}

// No heartbeat while the screen is still.
func TestTrapSilentPhone(t *testing.T) {
	quiet := func(f Fault) *pair {
		b := newPair(t, PhoneOptions{Faults: f}, VehicleOptions{Connection: ConnectionUSBMux}).connect()
		require.NoError(t, b.p.SendFrame(b.now, keyFrame(t)))
		return b.run(time.Minute)
	}
	assert.False(t, quiet(0).v.Closed())
	b := quiet(FaultSilent)
	assert.Equal(t, Closed{Reason: CloseWatchdog}, b.vev[len(b.vev)-1])
}

// INIT_DONE has another size than asked: touches must be scaled by it.
func TestTrapInitDoneSizeDiffers(t *testing.T) {
	touch := func(f Fault) *pair {
		b := newPair(t, PhoneOptions{Width: 640, Height: 368}, VehicleOptions{Width: 1280, Height: 720, Faults: f}).connect()
		require.NoError(t, b.v.Touch(b.now, MotionDown, 1000, 700))
		b.pump()
		return b
	}
	b := touch(0)
	assert.Equal(t, []EncoderReady{{640, 368, 30}}, all[EncoderReady](b.vev))
	assert.Equal(t, []Touch{{MsgTouchAction, MotionDown, 500, 357}}, all[Touch](b.pev))
	assert.Empty(t, rules(b.pev))
	b = touch(FaultScaleAsked)
	assert.Equal(t, []Rule{RuleTouchOutside}, rules(b.pev))
	assert.Len(t, all[Touch](b.pev), 1, "still reported")
}

// The far edge itself is let through: some surfaces report it.
func TestTouchOutside(t *testing.T) {
	for _, tt := range []struct {
		x, y int32
		bad  bool
	}{{0, 0, false}, {1280, 720, false}, {1281, 0, true}, {0, 721, true}, {-1, 0, true}, {0, -1, true}} {
		b := newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
		require.NoError(t, b.v.Send(b.now, MsgTouchDown, &pb.CarlifeTouchSinglePoint{X: &tt.x, Y: &tt.y}))
		b.pump()
		assert.Equal(t, tt.bad, len(rules(b.pev)) == 1, "%+v", tt)
		assert.Equal(t, []Touch{{ID: MsgTouchDown, X: int(tt.x), Y: int(tt.y)}}, all[Touch](b.pev))
	}
}

// Ids 0029 and 0032 come with and without bit 15.
func TestTrapBareIDs(t *testing.T) {
	talk := func(profile Profile, f Fault) *pair {
		b := newPair(t, PhoneOptions{Profile: profile, Faults: f}, VehicleOptions{Profile: profile}).connect().run(3 * time.Second)
		require.NoError(t, b.v.SendGear(b.now, 3))
		require.NoError(t, b.p.Send(b.now, MsgCarDataSubscribe, &pb.CarlifeVehicleInfoList{Cnt: proto.Int32(0)}))
		b.pump()
		return b
	}
	for profile, ids := range map[Profile][]ID{ProfileHUApp: {MsgCarGear, MsgCarDataSubscribeDone}, ProfileCppLib: {MsgCarGearBare, MsgCarDataSubscribeDoneBare}} {
		b := talk(profile, 0)
		assert.Empty(t, rules(b.pev), profile)
		var got []ID
		for _, r := range all[Received](b.pev) {
			got = append(got, r.ID)
		}
		assert.Equal(t, ids, got)
	}
	assert.Equal(t, []Rule{RuleBareID, RuleBareID}, rules(talk(ProfileCppLib, FaultRejectBareIDs).pev))
	assert.Empty(t, rules(talk(ProfileHUApp, FaultRejectBareIDs).pev))
}

// The encryption boundary.
func TestTrapClearBodyAfterEncryptReady(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultClearBody}, VehicleOptions{Encryption: true}).connect()
	require.Equal(t, []Rule{RuleDecryption}, rules(b.vev))
	v := all[Violation](b.vev)[0]
	assert.Equal(t, MsgVideoEncoderInitDone, v.ID, "the first body after E5")
	assert.ErrorIs(t, v.Err, ErrCipherLength)
	assert.True(t, b.v.Closed())
	assert.False(t, b.v.Started())
}

func TestTrapEncoderInitBeforeEncryptReady(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true, Faults: FaultEarlyInit}).connect()
	assert.Equal(t, []Rule{RuleInitBeforeReady}, rules(b.pev))
	b = newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect()
	assert.Empty(t, rules(b.pev))
}

func TestTrapStaleKeyAfterReconnect(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultStaleKey}, VehicleOptions{Encryption: true}).connect()
	require.Equal(t, []Rule{RuleDecryption}, rules(b.vev))
	assert.ErrorIs(t, all[Violation](b.vev)[0].Err, ErrPadding)

	b = newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true, Faults: FaultStaleKey}).connect()
	require.Equal(t, []Rule{RuleDecryption}, rules(b.pev))
	assert.Equal(t, MsgVideoEncoderInit, all[Violation](b.pev)[0].ID, "the first encrypted body")

	// A good reconnect has another key.
	keys := map[string]bool{}
	for seed := range uint64(5) {
		b = newPair(t, PhoneOptions{Seed: seed}, VehicleOptions{Encryption: true}).connect()
		assert.True(t, b.v.Started())
		keys[string(b.p.key)] = true
	}
	assert.Len(t, keys, 5)
}

// What is seen of the boundary on the wire.
func TestTrapBoundaryBodies(t *testing.T) {
	b := newPair(t, PhoneOptions{}, VehicleOptions{Encryption: true}).connect()
	require.NoError(t, b.p.Exit(b.now))
	b.pump()
	d := NewMuxDecoder(DefaultLimits(ProfileHUApp))
	d.Feed(b.wire)
	ms, err := drain(d)
	require.NoError(t, err)
	sealed := false
	for _, m := range ms {
		if m.ID == MsgVideoEncoderInit {
			sealed = true
		}
		if len(m.Payload) == 0 {
			continue // empty payloads stay empty on either side
		}
		_, err := Decode(m, ProfileHUApp)
		if sealed {
			assert.Zero(t, len(m.Payload)%16, m.ID)
			assert.Error(t, err, m.ID)
		} else {
			assert.NoError(t, err, m.ID)
		}
	}
	assert.True(t, sealed)
}

// Version {1,1}, or status 2: the head unit must stop.
func TestTrapVersionMismatch(t *testing.T) {
	tests := []struct {
		name string
		po   PhoneOptions
		vo   VehicleOptions
		want Version
	}{
		{"version 1.1 is not 1.0", PhoneOptions{}, VehicleOptions{Version: Version{1, 1}}, Version{1, 1}},
		{"status 2 to a good version", PhoneOptions{Faults: FaultVersionMismatch}, VehicleOptions{}, Version{1, 0}},
		{"phone of another version", PhoneOptions{Versions: []Version{{2, 0}}}, VehicleOptions{}, Version{1, 0}},
	}
	for _, tt := range tests {
		b := newPair(t, tt.po, tt.vo).connect().run(time.Minute)
		assert.Equal(t, []string{"hu 00018001", "md 00010002"}, b.ids(), tt.name)
		refused := VersionRefused{tt.want.Major, tt.want.Minor, 2}
		assert.Equal(t, []Event{refused, Closed{Reason: CloseVersion}}, b.vev)
		assert.Equal(t, []Event{refused}, b.pev)
	}
	b := newPair(t, PhoneOptions{Versions: []Version{{1, 0}, {1, 1}}}, VehicleOptions{Version: Version{1, 1}}).connect()
	assert.True(t, b.v.Started())
}

// A head unit that goes on after status 2 is noticed.
func TestTrapGoingOnAfterRefusal(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultVersionMismatch}, VehicleOptions{Profile: ProfileCppLib}).connect()
	assert.Equal(t, []Rule{RuleAfterRefusal}, rules(b.pev), "the library asks for the encoder without waiting")
	b.p.Feed(b.now, Message{ID: MsgVideoHeartbeat})
	b.collect()
	assert.Len(t, rules(b.pev), 1, "a beat is forgiven: the application starts to beat before it looks")
}

// A message that stops half way: what follows is read as its rest.
func TestTrapTruncatedFrame(t *testing.T) {
	b := newPair(t, PhoneOptions{Faults: FaultTruncatedFrame}, VehicleOptions{}).connect()
	src := newSource(t, VideoOptions{FrameSize: 500})
	for range 12 {
		require.NoError(t, b.p.SendFrame(b.now, bytes.Clone(src.Next())))
	}
	b.pump()
	assert.Equal(t, RuleFraming, rules(b.vev)[0])

	b = newPair(t, PhoneOptions{}, VehicleOptions{Faults: FaultTruncatedFrame}).connect()
	assert.Contains(t, rules(b.pev), RuleFraming)
}

// No video before the start; the first message is SPS, PPS, I-frame.
func TestTrapVideoRules(t *testing.T) {
	raw := func(b *pair, data []byte) {
		require.NoError(t, b.p.SendRaw(b.now, Message{ID: MsgVideoData, Payload: data}))
		b.pump()
	}
	key, p := keyFrame(t), []byte{0, 0, 0, 1, 0x41, 0x9A, 1, 2}
	params := key[:bytes.LastIndex(key, []byte{0, 0, 0, 1})]
	idr := key[len(params):]

	b := newPair(t, PhoneOptions{Faults: FaultNoInitDone}, VehicleOptions{}).connect()
	assert.ErrorIs(t, b.p.SendFrame(b.now, key), ErrState)
	raw(b, key)
	assert.Equal(t, []Rule{RuleVideoBeforeStart}, rules(b.vev))
	assert.Empty(t, frames(b.vev))

	b = newPair(t, PhoneOptions{}, VehicleOptions{}).connect()
	assert.ErrorIs(t, b.p.SendFrame(b.now, p), ErrState)
	raw(b, p)
	raw(b, idr)
	assert.Equal(t, []Rule{RuleFirstFrame, RuleFirstFrame}, rules(b.vev), "an I-frame without sets is no beginning")
	raw(b, params)
	raw(b, p)
	assert.Len(t, rules(b.vev), 4)
	assert.Empty(t, frames(b.vev))
	raw(b, idr)
	raw(b, p)
	assert.Equal(t, [][]byte{idr, p}, frames(b.vev), "sets, then an I-frame later, is what the application copes with")
	assert.Len(t, rules(b.vev), 4)
	raw(b, nil)
	assert.Len(t, all[Heartbeat](b.vev), 1, "empty video data is a heartbeat")
}

// Orders that a good end never makes.
func TestTrapOutOfOrder(t *testing.T) {
	match := Message{ID: MsgProtocolVersionMatchStatus, Payload: []byte{8, 1}}
	done := Message{ID: MsgVideoEncoderInitDone, Payload: []byte{8, 16, 16, 16, 24, 30}}
	version := Message{ID: MsgHUProtocolVersion, Payload: []byte{8, 1, 16, 0}}
	info := Message{ID: MsgHUInfo}
	init := Message{ID: MsgVideoEncoderInit, Payload: []byte{8, 16, 16, 16, 24, 30}}
	toVehicle := []struct {
		name  string
		ms    []Message
		rules []Rule
	}{
		{"done before the version", []Message{done}, []Rule{RuleBeforeVersion}},
		{"heartbeat before the version", []Message{{ID: MsgVideoHeartbeat}}, nil},
		{"done unasked", []Message{match, done}, []Rule{RuleInitDone}},
		{"done without size", []Message{match, {ID: MsgVideoEncoderInitDone, Payload: []byte{8, 0, 16, 16, 24, 30}}}, []Rule{RuleInitDone, RuleBody}},
		{"encrypt ready without key", []Message{match, {ID: MsgMDEncryptReady}}, []Rule{RuleKeyExchange}},
		{"unusable AES key", []Message{match, {ID: MsgMDAESKeySendRequest, Payload: []byte{10, 1, 'x'}}}, []Rule{RuleKeyExchange}},
		{"modules miscounted", []Message{match, {ID: MsgModuleStatus, Payload: []byte{8, 2}}}, []Rule{RuleBody}},
		{"silent audio format", []Message{match, {ID: MsgTTSInit, Payload: []byte{8, 0, 16, 1, 24, 16}}}, []Rule{RuleBody}},
		{"car data for the library", []Message{match, {ID: MsgCarDataSubscribeStart, Payload: []byte{8, 1, 18, 2, 8, 0}}}, []Rule{RuleProfile}},
	}
	for _, tt := range toVehicle {
		v, err := NewVehicle(VehicleOptions{Encryption: true})
		require.NoError(t, err)
		v.Start(0)
		var evs []Event
		for _, m := range tt.ms {
			v.Feed(0, m)
			for ev := v.Poll(); ev != nil; ev = v.Poll() {
				evs = append(evs, ev)
			}
		}
		assert.Equal(t, tt.rules, rules(evs), tt.name)
	}
	toPhone := []struct {
		name  string
		ms    []Message
		rules []Rule
	}{
		{"info before the version", []Message{info}, []Rule{RuleBeforeVersion}},
		{"version twice", []Message{version, version}, nil},
		{"version after info", []Message{version, info, version}, []Rule{RuleRepeated}},
		{"info twice", []Message{version, info, info}, []Rule{RuleRepeated}},
		{"start before init", []Message{version, {ID: MsgVideoEncoderStart}}, []Rule{RuleStartBeforeDone}},
		{"encoder without size", []Message{version, {ID: MsgVideoEncoderInit, Payload: []byte{8, 0, 16, 16, 24, 30}}}, []Rule{RuleBody}},
		{"key nobody asked for", []Message{version, {ID: MsgHURSAPublicKeyResponse, Payload: []byte{10, 1, 'x'}}}, []Rule{RuleKeyExchange}},
		{"key receipt nobody asked for", []Message{version, {ID: MsgHUAESRecResponse}}, []Rule{RuleKeyExchange}},
		{"features miscounted", []Message{version, info, {ID: MsgHUFeatureConfigResponse, Payload: []byte{8, 1}}}, []Rule{RuleBody}},
		{"init while the keys are exchanged", []Message{version, info, encryptionOn, init}, []Rule{RuleInitBeforeReady}},
		{"unusable public key", []Message{version, info, encryptionOn, {ID: MsgHURSAPublicKeyResponse, Payload: []byte{10, 1, 'x'}}}, []Rule{RuleKeyExchange}},
	}
	for _, tt := range toPhone {
		p, err := NewPhone(PhoneOptions{})
		require.NoError(t, err)
		p.Start(0)
		var evs []Event
		for _, m := range tt.ms {
			p.Feed(0, m)
			for ev := p.Poll(); ev != nil; ev = p.Poll() {
				evs = append(evs, ev)
			}
		}
		assert.Equal(t, tt.rules, rules(evs), tt.name)
		assert.False(t, p.Closed(), tt.name)
	}
}

var encryptionOn = func() Message {
	m, err := NewMessage(MsgHUFeatureConfigResponse, featureList([]Feature{{FeatureContentEncryption, 1}}))
	if err != nil {
		panic(err)
	}
	return m
}()
