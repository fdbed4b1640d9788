package carlife

import "fmt"

// Stream is an audio stream.
type Stream uint8

// The streams. Media, TTS and VR go to the head unit, the microphone to the
// phone on the VR channel.
const (
	StreamMedia Stream = iota
	StreamTTS
	StreamVR
	StreamMic
)

// String returns "media", "tts", "vr" or "mic".
func (s Stream) String() string {
	return [...]string{"media", "tts", "vr", "mic", "stream?"}[min(int(s), 4)]
}

// AudioFormat is what an init message says of a stream.
type AudioFormat struct {
	SampleRate int // Hz
	Channels   int
	Bits       int // a sample
}

// String returns, say, "44100 Hz x2 16 bit".
func (f AudioFormat) String() string {
	return fmt.Sprintf("%d Hz x%d %d bit", f.SampleRate, f.Channels, f.Bits)
}

// DefaultFormat is what a head unit assumes when a stream has no init, and for
// the microphone the only format (8 kHz is an option of some head units).
//
// Source: Baidu CarLife head-unit application.
func (s Stream) DefaultFormat() AudioFormat {
	if s == StreamMedia {
		return AudioFormat{44100, 2, 16}
	}
	return AudioFormat{16000, 1, 16}
}

// streamIDs are the messages of each stream.
var streamIDs = [...]struct{ init, data, stop ID }{
	StreamMedia: {MsgMediaInit, MsgMediaData, MsgMediaStop},
	StreamTTS:   {MsgTTSInit, MsgTTSData, MsgTTSStop},
	StreamVR:    {MsgVRInit, MsgVRData, MsgVRStop},
	StreamMic:   {0, MsgVRMicData, 0},
}

// streamOf tells the stream of an audio message.
func streamOf(id ID) Stream {
	switch id.Channel() {
	case ChannelMedia:
		return StreamMedia
	case ChannelTTS:
		return StreamTTS
	}
	if id == MsgVRMicData {
		return StreamMic
	}
	return StreamVR
}
