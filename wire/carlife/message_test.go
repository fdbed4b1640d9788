package carlife

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// messageVectors are whole messages, worked out by hand from the header
// layouts.
var messageVectors = []struct {
	name string
	m    Message
	wire string
}{
	{"version 1.0", Message{ID: MsgHUProtocolVersion, Channel: ChannelCommand, Payload: []byte{0x08, 1, 0x10, 0}},
		"0004 0000 00018001 08011000"},
	{"encoder start, no body", Message{ID: MsgVideoEncoderStart, Channel: ChannelCommand},
		"0000 0000 00018009"},
	{"touch down at 300,200", Message{ID: MsgTouchAction, Channel: ChannelTouch, Payload: []byte{0x08, 0, 0x10, 0xAC, 2, 0x18, 0xC8, 1}},
		"0008 0000 00068001 0800 10ac02 18c801"},
	{"heartbeat at 1.5 s", Message{ID: MsgVideoHeartbeat, Channel: ChannelVideo, Timestamp: 1500},
		"00000000 000005dc 00020002"},
	{"media data", Message{ID: MsgMediaData, Channel: ChannelMedia, Timestamp: 0x7FFFFFFF, Payload: []byte{1, 2, 3}},
		"00000003 7fffffff 00030006 010203"},
	{"tts stop", Message{ID: MsgTTSStop, Channel: ChannelTTS}, "00000000 00000000 00040002"},
	{"microphone", Message{ID: MsgVRMicData, Channel: ChannelVR, Payload: []byte{0xAA, 0xBB}},
		"00000002 00000000 00058001 aabb"},
	{"reserved field", Message{ID: MsgMDExit, Channel: ChannelCommand, Reserved: 0x1234}, "0000 1234 00010059"},
}

func TestMessageBytes(t *testing.T) {
	for _, tt := range messageVectors {
		t.Run(tt.name, func(t *testing.T) {
			want := unhex(t, tt.wire)
			got, err := tt.m.AppendTo([]byte{0xEE})
			require.NoError(t, err)
			assert.Equal(t, append([]byte{0xEE}, want...), got)
			assert.Equal(t, len(want), tt.m.WireLen())

			head, err := tt.m.AppendHeader(nil)
			require.NoError(t, err)
			assert.Equal(t, want[:tt.m.Channel.HeaderLen()], head)

			mux, err := tt.m.AppendMux(nil)
			require.NoError(t, err)
			wantMux := append([]byte{0, 0, 0, byte(tt.m.Channel), 0, 0, 0, byte(len(want))}, want...)
			assert.Equal(t, wantMux, mux)
			muxHead, err := tt.m.AppendMuxHead(nil)
			require.NoError(t, err)
			assert.Equal(t, wantMux[:8], muxHead)
		})
	}
}

func TestMessageCarrierDefaultsToIDChannel(t *testing.T) {
	got, err := Message{ID: MsgTTSStop}.AppendMux(nil)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "00000004 0000000c 00000000 00000000 00040002"), got)
}

func TestEncodeErrorsLeaveTheBufferAlone(t *testing.T) {
	long := make([]byte, MaxShortPayload+1)
	tests := []struct {
		name string
		m    Message
		is   error
		text string
	}{
		{"65536 bytes in a command", Message{ID: MsgMediaInfo, Payload: long}, ErrTooLong,
			"carlife: encoding, command: payload length 65536 (limit 65535): longer than the receiver's buffer"},
		{"no such channel", Message{ID: 0x00098001}, ErrChannel,
			"carlife: encoding, channel 9: message id 00098001: no such channel here (lost byte, or wrong header size?)"},
	}
	for _, tt := range tests {
		for i, enc := range []func([]byte) ([]byte, error){tt.m.AppendTo, tt.m.AppendMux, tt.m.AppendHeader, tt.m.AppendMuxHead} {
			got, err := enc([]byte("kept"))
			require.ErrorIs(t, err, tt.is, "%s, encoder %d", tt.name, i)
			assert.EqualError(t, err, tt.text)
			assert.Equal(t, "kept", string(got))
		}
	}
	_, err := Message{ID: MsgMediaInfo, Payload: long[1:]}.AppendTo(nil)
	assert.NoError(t, err, "65535 can be expressed")
}

func TestAppPieces(t *testing.T) {
	frame, err := Message{ID: MsgVideoData, Payload: bytes.Repeat([]byte{7}, 9000)}.AppendMux(nil)
	require.NoError(t, err)
	var sizes []int
	var whole []byte
	for p := range AppPieces(frame) {
		sizes = append(sizes, len(p))
		whole = append(whole, p...)
	}
	assert.Equal(t, []int{8, 4096, 4096, 9000 + 12 - 8192}, sizes)
	assert.Equal(t, frame, whole)

	assert.Equal(t, [][]byte{{1, 2, 3}}, slices.Collect(AppPieces([]byte{1, 2, 3})), "shorter than a head")
	assert.Empty(t, slices.Collect(AppPieces(nil)))
	for range AppPieces(frame) {
		break // must not go on
	}
}
