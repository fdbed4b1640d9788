package carlife

import (
	"strings"
	"testing"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

func TestSprint(t *testing.T) {
	msg := func(id ID, body proto.Message) Message {
		m, err := NewMessage(id, body)
		require.NoError(t, err)
		return m
	}
	art := &pb.CarlifeMediaInfo{
		Source: proto.String("x"), Song: proto.String(strings.Repeat("é", 40)), Artist: proto.String("\x00\xff"), Album: proto.String(""),
		AlbumArt: make([]byte, 1000), Duration: proto.Int32(1), PlaylistNum: proto.Int32(2), SongId: proto.String("i"), Mode: proto.Int32(-1),
	}
	tests := []struct {
		m    Message
		p    Profile
		want string
	}{
		{msg(MsgHUProtocolVersion, &pb.CarlifeProtocolVersion{MajorVersion: proto.Int32(1), MinorVersion: proto.Int32(0)}), 0,
			"command 00018001 HU_PROTOCOL_VERSION majorVersion=1 minorVersion=0"},
		{Message{ID: MsgVideoEncoderStart}, 0, "command 00018009 VIDEO_ENCODER_START"},
		{Message{ID: MsgVideoEncoderStart, Payload: []byte{1}, Reserved: 2}, 0, "command 00018009 VIDEO_ENCODER_START reserved=0x0002 1 B 01"},
		{Message{ID: MsgVideoHeartbeat, Timestamp: 1500}, 0, "video 00020002 VIDEO_HEARTBEAT t=1500"},
		{Message{ID: MsgVideoData, Timestamp: 1200, Payload: keyFrame(t)}, 0, "video 00020001 VIDEO_DATA t=1200 400 B SPS+PPS+IDR"},
		{Message{ID: MsgVideoData, Payload: []byte{0, 0, 0, 1, 0x41}}, 0, "video 00020001 VIDEO_DATA t=0 5 B"},
		{Message{ID: MsgMediaData, Payload: make([]byte, 4096)}, 0, "media 00030006 MEDIA_DATA t=0 4096 B"},
		{Message{ID: 0x0001007F, Payload: []byte{1, 2, 3}}, 0, "command 0001007F ? 3 B 010203"},
		{Message{ID: 0x0001007F, Payload: make([]byte, 17)}, 0, "command 0001007F ? 17 B 00000000000000000000000000000000..."},
		{Message{ID: MsgHUProtocolVersion, Payload: []byte{8, 1}}, 0,
			"command 00018001 HU_PROTOCOL_VERSION majorVersion=1 !(carlife: HU_PROTOCOL_VERSION (00018001): CarlifeProtocolVersion lacks required field minorVersion (number 2))"},
		{msg(MsgModuleStatus, &pb.CarlifeModuleStatusList{Cnt: proto.Int32(2), ModuleStatus: []*pb.CarlifeModuleStatus{
			{ModuleID: proto.Int32(3), StatusID: proto.Int32(1)}, {ModuleID: proto.Int32(1), StatusID: proto.Int32(0)}}}), 0,
			"command 00010026 MODULE_STATUS cnt=2 moduleStatus=[{moduleID=3 statusID=1} {moduleID=1 statusID=0}]"},
		{msg(MsgMediaInfo, art), 0,
			`command 00010035 MEDIA_INFO source="x" song="` + strings.Repeat("é", 24) + `"...(80) artist="\x00\xff" album="" albumArt=<1000 B> duration=1 playlistNum=2 songId="i" mode=-1`},
		{Message{ID: MsgCarDataSubscribeStart, Payload: []byte{8, 1, 18, 2, 8, 0}}, ProfileHUApp, "command 00010033 CAR_DATA_SUBSCRIBE_START moduleID=1 +4 B unknown"},
		{Message{ID: MsgCarDataSubscribeStart, Payload: []byte{8, 1, 18, 2, 8, 0}}, ProfileCppLib, "command 00010033 CAR_DATA_SUBSCRIBE_START cnt=1 vehicleInfo=[{moduleID=0}]"},
		{msg(MsgCarAcceleration, &pb.CarlifeAcceleration{AccX: proto.Float64(0.5), AccY: proto.Float64(-1), AccZ: proto.Float64(9.8), TimeStamp: proto.Uint64(1 << 40)}), 0,
			"command 00018012 CAR_ACCELERATION accX=0.5 accY=-1 accZ=9.8 timeStamp=1099511627776"},
		{Message{ID: 0x00990001, Channel: 0x99}, 0, "channel 153 00990001 ? t=0"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, Sprint(tt.m, tt.p))
		assert.Equal(t, "> "+tt.want, string(AppendText([]byte("> "), tt.m, tt.p)))
	}
	assert.Equal(t, "command 00018003 HU_INFO 2 B 0aff !(carlife: HU_INFO (00018003): 2 bytes are no CarlifeDeviceInfo: proto: cannot parse invalid wire-format data)",
		Sprint(Message{ID: MsgHUInfo, Payload: []byte{0x0A, 0xFF}}, 0))

	many := &pb.CarlifeFeatureConfigList{Cnt: proto.Int32(20)}
	for range 20 {
		many.FeatureConfig = append(many.FeatureConfig, &pb.CarlifeFeatureConfig{Key: proto.String("K"), Value: proto.Int32(1)})
	}
	assert.True(t, strings.HasSuffix(Sprint(msg(MsgHUFeatureConfigResponse, many), 0), `{key="K" value=1} +4]`))
}

// One line, whatever the message.
func TestSprintIsOneLine(t *testing.T) {
	for mi := range Messages() {
		for _, p := range []Profile{ProfileHUApp, ProfileCppLib} {
			line := Sprint(Message{ID: mi.ID, Payload: []byte("\n\x01\n")}, p)
			assert.NotContains(t, line, "\n")
			assert.Contains(t, line, mi.Name)
		}
	}
}
