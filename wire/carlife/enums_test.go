package carlife

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Source: Baidu CarLife vehicle library and head-unit application.
func TestHardKeys(t *testing.T) {
	tests := []struct {
		key  HardKey
		code int32
		name string
	}{
		{KeyHome, 0x01, "home"}, {KeyCall, 0x02, "call"}, {KeyEndCall, 0x03, "end call"}, {KeyEndMute, 0x04, "end / mute"},
		{KeyHFP, 0x05, "HFP"}, {KeySelectNext, 0x06, "select next"}, {KeySelectPrevious, 0x07, "select previous"},
		{KeySetting, 0x08, "setting"}, {KeyMedia, 0x09, "media"}, {KeyRadio, 0x0A, "radio"}, {KeyNavi, 0x0B, "navi"},
		{KeySource, 0x0C, "source"}, {KeyMode, 0x0D, "mode"}, {KeyBack, 0x0E, "back"},
		{KeySeekPrevious, 0x0F, "seek previous"}, {KeySeekNext, 0x10, "seek next"},
		{KeyVolumeDown, 0x11, "volume -"}, {KeyVolumeUp, 0x12, "volume +"}, {KeyMute, 0x13, "mute"}, {KeyOK, 0x14, "OK"},
		{KeyLeft, 0x15, "left"}, {KeyRight, 0x16, "right"}, {KeyUp, 0x17, "up"}, {KeyDown, 0x18, "down"},
		{KeyUpLeft, 0x19, "up-left"}, {KeyUpRight, 0x1A, "up-right"}, {KeyDownLeft, 0x1B, "down-left"}, {KeyDownRight, 0x1C, "down-right"},
		{KeyTel, 0x1D, "tel"}, {KeyMain, 0x1E, "main"}, {KeyMediaStart, 0x1F, "media start"}, {KeyMediaStop, 0x20, "media stop"},
		{KeyVRStart, 0x21, "VR start"}, {KeyVRStop, 0x22, "VR stop"}, {KeyDigit0, 0x23, "0"}, {KeyDigit9, 0x2C, "9"},
		{KeyStar, 0x2D, "*"}, {KeyPound, 0x2E, "#"}, {KeyDelete, 0x2F, "delete"}, {KeyClear, 0x30, "clear"}, {KeyPlus, 0x31, "+"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.code, int32(tt.key), tt.name)
		assert.Equal(t, tt.name, tt.key.String())
		assert.True(t, tt.key.Valid())
	}
	for d := range 10 {
		assert.Equal(t, HardKey(0x23+d), KeyDigit(d))
	}
	assert.Equal(t, HardKey(0), KeyDigit(10))
	for _, k := range []HardKey{0, 0x32, -1} {
		assert.False(t, k.Valid())
	}
	assert.Equal(t, "key 0x32", HardKey(0x32).String())
}

func TestMotion(t *testing.T) {
	tests := []struct {
		raw     Motion
		masked  Motion
		pointer int
		text    string
	}{
		{0, MotionDown, 0, "down"}, {1, MotionUp, 0, "up"}, {2, MotionMove, 0, "move"}, {3, MotionCancel, 0, "cancel"},
		{0x0105, MotionPointerDown, 1, "pointer-down(1)"}, {0x0206, MotionPointerUp, 2, "pointer-up(2)"}, {4, 4, 0, "motion 4"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.masked, tt.raw.Masked())
		assert.Equal(t, tt.pointer, tt.raw.Pointer())
		assert.Equal(t, tt.text, tt.raw.String())
	}
	assert.Equal(t, Motion(0x0105), MotionPointerDown.WithPointer(1))
	assert.Equal(t, "transparent gestures", TouchTransparent.String()+" "+TouchGestures.String())
}

func TestScale(t *testing.T) {
	tests := []struct{ v, from, to, want int }{
		{0, 1280, 800, 0}, {1279, 1280, 800, 799}, {640, 1280, 800, 400}, {1, 1280, 800, 0}, {799, 800, 1280, 1278}, {5, 0, 100, 0},
		{1 << 30, 1 << 30, 1 << 30, 1 << 30},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, Scale(tt.v, tt.from, tt.to), "%+v", tt)
	}
}

func TestModulesAndCarData(t *testing.T) {
	for m, want := range map[Module]string{1: "phone", 2: "navigation", 3: "music", 4: "vr", 5: "connection", 6: "microphone", 7: "module 7", 0: "module 0", -1: "module -1"} {
		assert.Equal(t, want, m.String())
	}
	for d, want := range map[CarData]string{0: "gps", 1: "velocity", 2: "gyroscope", 5: "oil", 6: "car data 6", -1: "car data -1"} {
		assert.Equal(t, want, d.String())
	}
}

func TestConnections(t *testing.T) {
	tests := []struct {
		c      Connection
		id     int32
		name   string
		muxed  bool
		missed int
	}{
		{ConnectionAOA, 2, "aoa", true, 5},
		{ConnectionNCMAndroid, 3, "ncm-android", false, 5},
		{ConnectionNCMiOS, 4, "ncm-ios", false, 5},
		{ConnectionWiFi, 5, "wifi", false, 2},
		{ConnectionTethering, 6, "tethering", false, 2},
		{ConnectionEAP, 7, "eap", true, 5},
		{ConnectionUSBMux, 8, "usbmux", false, 2},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.id, int32(tt.c))
		assert.Equal(t, tt.name, tt.c.String())
		assert.Equal(t, tt.muxed, tt.c.Muxed(), tt.name)
		assert.Equal(t, tt.missed, tt.c.MissedBeats(), tt.name)
		var back Connection
		b, _ := tt.c.MarshalText()
		require.NoError(t, back.UnmarshalText(b))
		assert.Equal(t, tt.c, back)
	}
	assert.Equal(t, "connection 9", Connection(9).String())
	var c Connection
	assert.ErrorContains(t, c.UnmarshalText([]byte("serial")), `"serial"`)
}

func TestFeatures(t *testing.T) {
	want := []string{"VOICE_WAKEUP", "BLUETOOTH_AUTO_PAIR", "BLUETOOTH_INTERNAL_UI", "FOCUS_UI", "VOICE_MIC",
		"MEDIA_SAMPLE_RATE", "AUDIO_TRANSMISSION_MODE", "CONTENT_ENCRYPTION", "ENGINE_TYPE", "INPUT_DISABLE"}
	var got []string
	for _, f := range SampleFeatures() {
		got = append(got, f.Key)
	}
	assert.Equal(t, want, got)
	assert.Equal(t, SampleFeatures(), features(featureList(SampleFeatures())), "there and back")
	assert.Equal(t, int32(1), featureValue(SampleFeatures(), FeatureContentEncryption))
	assert.Zero(t, featureValue(nil, FeatureContentEncryption))

	// Setting one key leaves the caller's list alone.
	in := SampleFeatures()
	off := withEncryption(in, false)
	assert.Zero(t, featureValue(off, FeatureContentEncryption))
	assert.Equal(t, SampleFeatures(), in)
	assert.Equal(t, []Feature{{"X", 1}, {FeatureContentEncryption, 1}}, withEncryption([]Feature{{"X", 1}}, true))
}

func TestProfileAndFaultWords(t *testing.T) {
	type config struct {
		P Profile
		C Connection
		F Fault
	}
	in := config{ProfileCppLib, ConnectionUSBMux, FaultSilent | FaultBareMuxLength}
	b, err := json.Marshal(in)
	require.NoError(t, err)
	assert.Equal(t, `{"P":"cpp-lib","C":"usbmux","F":"silent+bare-mux-length"}`, string(b))
	var out config
	require.NoError(t, json.Unmarshal(b, &out))
	assert.Equal(t, in, out)

	_, err = ParseProfile("cpp")
	assert.EqualError(t, err, `carlife: profile "cpp": want hu-app or cpp-lib`)
	assert.Equal(t, "profile 9", Profile(9).String())

	for f := Fault(1); f < faultEnd; f <<= 1 {
		back, err := ParseFault(f.String())
		require.NoError(t, err)
		assert.Equal(t, f, back)
	}
	for _, s := range []string{"", "none"} {
		f, err := ParseFault(s)
		require.NoError(t, err)
		assert.Zero(t, f)
	}
	assert.Equal(t, "none", Fault(0).String())
	assert.Equal(t, "silent+0x80000000", (FaultSilent | 1<<31).String())
	_, err = ParseFault("silent+loud")
	assert.ErrorContains(t, err, `"loud"`)
}

func TestAudioWords(t *testing.T) {
	assert.Equal(t, AudioFormat{44100, 2, 16}, StreamMedia.DefaultFormat())
	for _, s := range []Stream{StreamTTS, StreamVR, StreamMic} {
		assert.Equal(t, AudioFormat{16000, 1, 16}, s.DefaultFormat(), s)
	}
	assert.Equal(t, "44100 Hz x2 16 bit", StreamMedia.DefaultFormat().String())
	for id, want := range map[ID]Stream{MsgMediaSeek: StreamMedia, MsgTTSData: StreamTTS, MsgVRInterrupt: StreamVR, MsgVRMicData: StreamMic} {
		assert.Equal(t, want, streamOf(id), id)
	}
	assert.Equal(t, "stream?", Stream(9).String())
}

func TestDefaultLimits(t *testing.T) {
	app, lib := DefaultLimits(ProfileHUApp), DefaultLimits(ProfileCppLib)
	assert.Equal(t, [7]int{0, 32768, 3110400, 102400, 51200, 51200, 10240}, app.Payload)
	assert.Equal(t, [7]int{0, 32768, 614400, 102400, 51200, 51200, 10240}, lib.Payload)
	assert.Equal(t, 507895, app.Mux, "500 KiB less mux head, one read and one byte")
	assert.Zero(t, lib.Mux)
}
