package carlife

import (
	"testing"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func TestDecodeByTable(t *testing.T) {
	tests := []struct {
		id   ID
		wire string
		want proto.Message
	}{
		{MsgHUProtocolVersion, "0801 1000", &pb.CarlifeProtocolVersion{MajorVersion: proto.Int32(1), MinorVersion: proto.Int32(0)}},
		{MsgProtocolVersionMatchStatus, "0802", &pb.CarlifeProtocolVersionMatchStatus{MatchStatus: proto.Int32(2)}},
		{MsgVideoEncoderInit, "088006 10e003 181e", encoderInfo(768, 480, 30)},
		{MsgModuleControl, "0805 1007", &pb.CarlifeModuleStatus{ModuleID: proto.Int32(5), StatusID: proto.Int32(7)}},
		{MsgTouchHardKey, "0810", &pb.CarlifeCarHardKeyCode{Keycode: proto.Int32(0x10)}},
		{MsgCarGearBare, "0803", &pb.CarlifeGearInfo{Gear: proto.Int32(3)}},
		{MsgErrorCode, "0a08 3130313030303030", &pb.CarlifeErrorCode{ErrorCode: proto.String("10100000")}},
		{MsgVRInit, "08807d 1001 1810", &pb.CarlifeTTSInit{SampleRate: proto.Int32(16000), ChannelConfig: proto.Int32(1), SampleFormat: proto.Int32(16)}},
		{MsgMDInfo, "", &pb.CarlifeDeviceInfo{}},
	}
	for _, tt := range tests {
		got, err := Decode(Message{ID: tt.id, Payload: unhex(t, tt.wire)}, ProfileHUApp)
		require.NoError(t, err, tt.id)
		assert.True(t, proto.Equal(tt.want, got), "%s: %v", tt.id, got)

		m, err := NewMessage(tt.id, tt.want)
		require.NoError(t, err)
		assert.Equal(t, unhex(t, tt.wire), append([]byte{}, m.Payload...), tt.id)
		assert.Equal(t, tt.id, m.ID)
		assert.Equal(t, tt.id.Channel(), m.Channel)
	}
}

func TestDecodeWithoutBody(t *testing.T) {
	for _, id := range []ID{MsgVideoEncoderStart, MsgVideoData, MsgVideoHeartbeat} {
		got, err := Decode(Message{ID: id, Payload: []byte{1, 2, 3}}, ProfileHUApp)
		assert.NoError(t, err)
		assert.Nil(t, got)
	}
	_, err := Decode(Message{ID: 0x0001007F}, ProfileHUApp)
	require.ErrorIs(t, err, ErrUnknownMessage)
	assert.ErrorContains(t, err, "0001007F")
}

func TestRequiredFields(t *testing.T) {
	tests := []struct {
		id   ID
		wire string
		want string
	}{
		{MsgHUProtocolVersion, "0801", "carlife: HU_PROTOCOL_VERSION (00018001): CarlifeProtocolVersion lacks required field minorVersion (number 2)"},
		{MsgHUProtocolVersion, "", "carlife: HU_PROTOCOL_VERSION (00018001): CarlifeProtocolVersion lacks required field majorVersion (number 1)"},
		{MsgHUFeatureConfigResponse, "0801 1203 0a0158", "carlife: HU_FEATURE_CONFIG_RESPONSE (00018052): CarlifeFeatureConfig lacks required field value (number 2)"},
	}
	for _, tt := range tests {
		got, err := Decode(Message{ID: tt.id, Payload: unhex(t, tt.wire)}, ProfileHUApp)
		require.EqualError(t, err, tt.want)
		var re *RequiredFieldError
		require.ErrorAs(t, err, &re)
		assert.Equal(t, tt.id, re.ID)
		assert.NotNil(t, got, "as far as it was there")
	}
}

func TestUndecodableBody(t *testing.T) {
	_, err := Decode(Message{ID: MsgHUInfo, Payload: unhex(t, "0aff")}, ProfileHUApp)
	var pe *PayloadError
	require.ErrorAs(t, err, &pe)
	assert.Equal(t, MsgHUInfo, pe.ID)
	assert.Equal(t, "CarlifeDeviceInfo", pe.Body)
	assert.Equal(t, 2, pe.Len)
	assert.ErrorContains(t, err, "carlife: HU_INFO (00018003): 2 bytes are no CarlifeDeviceInfo: ")
}

func TestUnknownFieldsAreKept(t *testing.T) {
	wire := protowire.AppendVarint(protowire.AppendTag(unhex(t, "0801 1000"), 99, protowire.VarintType), 7)
	got, err := Decode(Message{ID: MsgHUProtocolVersion, Payload: wire}, ProfileHUApp)
	require.NoError(t, err)
	m, err := NewMessage(MsgHUProtocolVersion, got)
	require.NoError(t, err)
	assert.Equal(t, wire, m.Payload)
}

func TestNewMessageRefuses(t *testing.T) {
	_, err := NewMessage(MsgHUProtocolVersion, &pb.CarlifeGearInfo{Gear: proto.Int32(1)})
	assert.EqualError(t, err, "carlife: body type does not belong to the message: HU_PROTOCOL_VERSION takes CarlifeProtocolVersion, not CarlifeGearInfo")
	_, err = NewMessage(MsgVideoEncoderStart, &pb.CarlifeGearInfo{Gear: proto.Int32(1)})
	assert.ErrorIs(t, err, ErrWrongBody)
	assert.ErrorContains(t, err, "no body")
	_, err = NewMessage(0x0001007F, nil)
	assert.ErrorIs(t, err, ErrUnknownMessage)
	var re *RequiredFieldError
	_, err = NewMessage(MsgHUProtocolVersion, nil)
	assert.ErrorAs(t, err, &re)
	_, err = NewMessage(MsgHUProtocolVersion, &pb.CarlifeProtocolVersion{})
	assert.ErrorAs(t, err, &re)
	m, err := NewMessage(MsgHUInfo, nil) // all fields optional
	require.NoError(t, err)
	assert.Empty(t, m.Payload)
}

// The same bytes mean different things to the two published head units, and
// neither notices.
func TestCarDataStartProfiles(t *testing.T) {
	one := &pb.CarlifeVehicleInfo{ModuleID: proto.Int32(1), Flag: proto.Int32(1), Frequency: proto.Int32(10)}
	list := &pb.CarlifeVehicleInfoList{Cnt: proto.Int32(1), VehicleInfo: []*pb.CarlifeVehicleInfo{{ModuleID: proto.Int32(0)}}}
	for _, id := range []ID{MsgCarDataSubscribeStart, MsgCarDataSubscribeStop} {
		forApp, err := NewMessage(id, one)
		require.NoError(t, err)
		forLib, err := NewMessage(id, list)
		require.NoError(t, err)

		got, err := Decode(forApp, ProfileHUApp)
		require.NoError(t, err)
		assert.True(t, proto.Equal(one, got))
		got, err = Decode(forLib, ProfileCppLib)
		require.NoError(t, err)
		assert.True(t, proto.Equal(list, got))

		// Crossed: module 1 is read as a count, a count as module 1.
		got, err = Decode(forApp, ProfileCppLib)
		require.NoError(t, err)
		assert.Equal(t, int32(1), got.(*pb.CarlifeVehicleInfoList).GetCnt())
		assert.Empty(t, got.(*pb.CarlifeVehicleInfoList).GetVehicleInfo())
		got, err = Decode(forLib, ProfileHUApp)
		require.NoError(t, err)
		assert.Equal(t, int32(1), got.(*pb.CarlifeVehicleInfo).GetModuleID())
		assert.Nil(t, got.(*pb.CarlifeVehicleInfo).Flag)

		p, ok := GuessProfile(forApp.Payload)
		assert.True(t, ok)
		assert.Equal(t, ProfileHUApp, p)
		p, ok = GuessProfile(forLib.Payload)
		assert.True(t, ok)
		assert.Equal(t, ProfileCppLib, p)
	}
}

func TestGuessProfileCannotTell(t *testing.T) {
	for _, wire := range []string{"", "0801", "ff", "08", "0801 1d00000000", "1500000000", "0a05"} {
		_, ok := GuessProfile(unhex(t, wire))
		assert.False(t, ok, "%q", wire)
	}
}
