package dissect_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/carlife/carlifepb"
)

// carLife derives the events of what unit (in) and phone (out) send.
func carLife(t *testing.T, steps ...func(in, out func([]byte))) []string {
	t.Helper()
	got := derive(func(sink func(*sim.Event)) {
		b := accessory(sink)
		b.Control("010b010001000000", usb.OK, nil)
		for _, step := range steps {
			step(func(p []byte) { b.In(2, p) }, func(p []byte) { b.Out(2, p) })
		}
	})
	return lines(got, "carlife")
}

func TestCarLifeMessages(t *testing.T) {
	require.Equal(t, []string{
		"headunit > carlife HU_INFO channel=1 id=0x00018003 len=10 os=Linux board=x",
		"phone > carlife MODULE_STATUS channel=1 id=0x00010026 len=14 cnt=2 moduleStatus[0].moduleID=1 moduleStatus[0].statusID=0 moduleStatus[1].moduleID=2 moduleStatus[1].statusID=1",
		"phone > carlife MEDIA_DATA channel=3 id=0x00030006 len=4 timestamp=99",
		"phone > carlife unknown message channel=1 id=0x00017777 len=1",
		`phone > carlife VIDEO_ENCODER_INIT_DONE channel=1 id=0x00010008 len=2 width=5 fault`,
		"headunit > carlife VIDEO_HEARTBEAT channel=2 id=0x00020002 len=0",
	}, carLife(t, func(in, out func([]byte)) {
		in(mux(carlife.MsgHUInfo, &carlifepb.CarlifeDeviceInfo{Os: proto.String("Linux"), Board: proto.String("x")}))
		out(slices.Concat(
			mux(carlife.MsgModuleStatus, &carlifepb.CarlifeModuleStatusList{Cnt: proto.Int32(2), ModuleStatus: []*carlifepb.CarlifeModuleStatus{
				{ModuleID: proto.Int32(1), StatusID: proto.Int32(0)}, {ModuleID: proto.Int32(2), StatusID: proto.Int32(1)}}}),
			frame(carlife.Message{ID: carlife.MsgMediaData, Timestamp: 99, Payload: make([]byte, 4)}),
			frame(carlife.Message{ID: 0x00017777, Payload: []byte{1}}),
			frame(carlife.Message{ID: carlife.MsgVideoEncoderInitDone, Payload: []byte{8, 5}})))
		in(frame(carlife.Message{ID: carlife.MsgVideoHeartbeat}))
	}))
}

// Each side's payloads are encrypted from its own last message of the key
// exchange on; empty ones stay as they are.
func TestEncryptedPayloads(t *testing.T) {
	size := videoInit(carlife.MsgVideoEncoderInit)
	sealed := func(id carlife.ID) []byte { return frame(carlife.Message{ID: id, Payload: make([]byte, 16)}) }
	require.Equal(t, []string{
		"phone > carlife MD_RSA_PUBLIC_KEY_REQUEST channel=1 id=0x0001006A len=0",
		"headunit > carlife VIDEO_ENCODER_INIT channel=1 id=0x00018007 len=8 width=768 height=480 frameRate=30",
		"headunit > carlife HU_AES_REC_RESPONSE channel=1 id=0x0001806D len=0",
		"phone > carlife VIDEO_ENCODER_INIT_DONE channel=1 id=0x00010008 len=8 width=768 height=480 frameRate=30",
		"phone > carlife MD_ENCRYPT_READY channel=1 id=0x0001006E len=0",
		"headunit > carlife VIDEO_ENCODER_INIT channel=1 id=0x00018007 len=16 encrypted=1",
		"phone > carlife VIDEO_ENCODER_INIT_DONE channel=1 id=0x00010008 len=16 encrypted=1",
		"headunit > carlife VIDEO_ENCODER_START channel=1 id=0x00018009 len=0",
		"phone > carlife VIDEO_DATA channel=2 id=0x00020001 len=16 encrypted=1",
	}, carLife(t, func(in, out func([]byte)) {
		out(frame(carlife.Message{ID: carlife.MsgMDRSAPublicKeyRequest}))
		in(size)
		in(frame(carlife.Message{ID: carlife.MsgHUAESRecResponse}))
		out(videoInit(carlife.MsgVideoEncoderInitDone))
		out(frame(carlife.Message{ID: carlife.MsgMDEncryptReady}))
		in(sealed(carlife.MsgVideoEncoderInit))
		out(sealed(carlife.MsgVideoEncoderInitDone))
		in(frame(carlife.Message{ID: carlife.MsgVideoEncoderStart}))
		out(sealed(carlife.MsgVideoData))
	}))
}

// The head-unit application writes heads alone and bodies in pieces of 4096.
func TestFramesOverTransfers(t *testing.T) {
	got := carLife(t, func(in, out func([]byte)) {
		for p := range carlife.AppPieces(video(10_000)) {
			out(p)
		}
		for _, b := range version() {
			in([]byte{b})
		}
	})
	require.Equal(t, []string{
		"phone > carlife VIDEO_DATA channel=2 id=0x00020001 len=10000 timestamp=33",
		"headunit > carlife HU_PROTOCOL_VERSION channel=1 id=0x00018001 len=4 majorVersion=1 minorVersion=0",
	}, got)
}

func TestCarLifeProtocolName(t *testing.T) {
	require.Equal(t, "com.baidu.CarLifeVehicleProtocol", dissect.CarLifeProtocol)
}
