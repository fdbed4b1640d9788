package carlife

// Limits bound the lengths that a decoder accepts. A length above its limit is
// an error as soon as it is read, before any of the payload is stored.
type Limits struct {
	// Payload is the most payload bytes for each channel, indexed by Channel;
	// entry 0 is unused. Zero means no limit but the header's own.
	Payload [ChannelTouch + 1]int
	// Mux is the most bytes after a mux head. Zero means the channel's header
	// and payload limit alone.
	Mux int
}

// Sizes found in the published vehicle code.
const (
	CommandLimit = 32 << 10  // both; the C++ library allots 40 KiB
	VideoLimit   = 600 << 10 // C++ library's buffer; it calls over 300 KiB abnormal
	MediaLimit   = 100 << 10
	SpeechLimit  = 50 << 10 // TTS and VR
	TouchLimit   = 10 << 10

	// AppVideoLimit is the head-unit application's own bound on a frame, that of
	// a raw 1920 by 1080 picture. Its buffer starts at 1,000,000.
	AppVideoLimit = 1920 * 1080 * 3 / 2

	// AppMuxLimit is the longest mux frame that fits the head-unit
	// application's reassembly buffer, which grows to 500 KiB and keeps room
	// for the mux head, one read of 4096 bytes and one byte more.
	AppMuxLimit = 500<<10 - MuxHeadLen - AppPiece - 1
)

// DefaultLimits returns the limits of the profile's receiver.
//
// Source: Baidu CarLife vehicle library (C++) and head-unit application.
func DefaultLimits(p Profile) Limits {
	l := Limits{Payload: [...]int{
		ChannelCommand: CommandLimit,
		ChannelVideo:   VideoLimit,
		ChannelMedia:   MediaLimit,
		ChannelTTS:     SpeechLimit,
		ChannelVR:      SpeechLimit,
		ChannelTouch:   TouchLimit,
	}}
	if p == ProfileHUApp {
		l.Payload[ChannelVideo] = AppVideoLimit
		l.Mux = AppMuxLimit
	}
	return l
}

// payload returns the limit for c, the header's own bound if none is set.
func (l *Limits) payload(c Channel) uint64 {
	own := uint64(1<<31 - 1 - MuxHeadLen - LongHeaderLen) // an int everywhere
	if c.Short() {
		own = MaxShortPayload
	}
	if n := l.Payload[c]; n > 0 && uint64(n) < own {
		return uint64(n)
	}
	return own
}
