package carlife

import "strconv"

// Channel is one of the six streams of a session. Its value is the mux id and
// the top 16 bits of every message id on it.
type Channel uint32

// The channels, in the order in which a head unit connects them.
const (
	ChannelCommand Channel = 1 // both ways, protobuf
	ChannelVideo   Channel = 2 // H.264 to the HU, heartbeat both ways
	ChannelMedia   Channel = 3 // PCM to the HU
	ChannelTTS     Channel = 4 // PCM of navigation voice to the HU
	ChannelVR      Channel = 5 // microphone to the MD, answers to the HU
	ChannelTouch   Channel = 6 // touch and keys to the MD
)

// Channels lists all six in connection order.
var Channels = [...]Channel{
	ChannelCommand, ChannelVideo, ChannelMedia, ChannelTTS, ChannelVR, ChannelTouch,
}

// Header sizes in bytes.
const (
	ShortHeaderLen = 8  // command, touch: u16 length, u16 reserved, u32 id
	LongHeaderLen  = 12 // the others: u32 length, u32 timestamp ms, u32 id
	MuxHeadLen     = 8  // u32 channel, u32 length
)

// MaxShortPayload is the longest payload that the u16 length of a short
// header can express.
const MaxShortPayload = 0xFFFF

// DiscoveryPort is the UDP port on which a phone announces itself on Wi-Fi.
// Over a network function the port is [DiscoveryPortNCM].
const (
	DiscoveryPort    = 7999
	DiscoveryPortNCM = 7998
)

// Ports are the TCP ports of one channel.
//
// Source: Baidu CarLife head-unit application; that a phone listens on the MD
// ports under usbmux too is inferred by analogy with Wi-Fi.
type Ports struct {
	HU     uint16 // local port on the HU when adb forwards it to the phone
	MD     uint16 // where the phone app listens
	USBMux uint16 // local port on the HU when a usbmux proxy forwards it
}

var channelTable = [...]struct {
	name  string
	ports Ports
	short bool
}{
	ChannelCommand: {"command", Ports{7200, 7240, 7210}, true},
	ChannelVideo:   {"video", Ports{8200, 8240, 8210}, false},
	ChannelMedia:   {"media", Ports{9200, 9240, 9210}, false},
	ChannelTTS:     {"tts", Ports{9201, 9241, 9211}, false},
	ChannelVR:      {"vr", Ports{9202, 9242, 9212}, false},
	ChannelTouch:   {"touch", Ports{9300, 9340, 9310}, true},
}

// Valid reports whether c is one of the six.
func (c Channel) Valid() bool { return c >= ChannelCommand && c <= ChannelTouch }

// String returns the channel's short name, or "channel N" for an unknown one.
func (c Channel) String() string {
	if !c.Valid() {
		return "channel " + strconv.FormatUint(uint64(c), 10)
	}
	return channelTable[c].name
}

// Ports returns the channel's TCP ports; all zero for an unknown channel.
func (c Channel) Ports() Ports {
	if !c.Valid() {
		return Ports{}
	}
	return channelTable[c].ports
}

// Short reports whether messages of the channel have the 8-byte header.
func (c Channel) Short() bool { return c.Valid() && channelTable[c].short }

// HeaderLen returns the size of the channel's message header in bytes.
func (c Channel) HeaderLen() int {
	if c.Short() {
		return ShortHeaderLen
	}
	return LongHeaderLen
}

// ChannelByPort finds the channel that has p as any of its ports.
func ChannelByPort(p uint16) (Channel, bool) {
	for _, c := range Channels {
		t := channelTable[c].ports
		if p == t.HU || p == t.MD || p == t.USBMux {
			return c, true
		}
	}
	return 0, false
}
