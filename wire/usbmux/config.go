package usbmux

import "time"

// Role is the end of the bulk pipes that an [Engine] plays.
type Role uint8

// Roles. The host opens: the session by VERSION, and every connection by SYN.
const (
	Host   Role = iota // usbmuxd, a head unit
	Device             // iPhone, iPad
)

// String names the role.
func (r Role) String() string {
	if r == Device {
		return "device"
	}
	return "host"
}

// AckPolicy says when received bytes are acknowledged. The number sent is that
// of the bytes that were read by whoever owns the connection, so that the window
// bounds what lies unread. An ACK is never answered by another, except with
// AckEvery.
type AckPolicy uint8

// Policies.
const (
	// AckRead acknowledges when all that came has been read, and in between
	// whenever an eighth of the window has. Data sent carry the number, too.
	AckRead AckPolicy = iota
	// AckEvery is the way of usbmuxd: every packet, an empty one too, is
	// answered at once, with the number as it is then; what is read later is
	// acknowledged by the next packet, or after AckDelay. Two such ends answer
	// each other for ever.
	AckEvery
)

// Defaults of [Config].
const (
	DefaultQueueBytes     = 128 << 10
	DefaultMaxConns       = 4096
	DefaultOpenTimeout    = 5 * time.Second
	DefaultVersionTimeout = 5 * time.Second
	DefaultLinger         = 30 * time.Second

	// UsbmuxdAckDelay is how late usbmuxd acknowledges what was read after the
	// last ACK.
	UsbmuxdAckDelay = 30 * time.Millisecond
)

// Config sets up an [Engine]. The zero value works for both roles.
type Config struct {
	// Version is what a device answers to VERSION: 2, which 0 means too, or 1.
	// Anything else is answered as it is, and then nothing works. A host speaks
	// both and asks for 2.
	Version uint32

	// ReadSize is the size of the reads whose results Feed gets; 0 means 16384.
	// A transfer may go on after a read that is full; any other ends it.
	ReadSize int

	// Stream says that the transfers have lost their borders on the way, as over
	// a byte stream. Then lengths alone tell the packets apart.
	Stream bool

	// Strict takes one packet a transfer and drops whatever else comes, without
	// splitting it: a host as usbmuxd does, a device as an iPhone does (which is
	// inferred, except that it refuses more than 65535 bytes).
	Strict bool

	// IgnoreSeq neither checks nor uses the peer's sequence numbers, as usbmuxd
	// does not: acknowledgements count from 1, and a lost packet leaves a hole.
	// Otherwise a gap resets the connection.
	IgnoreSeq bool

	MaxPayload int // most data in a packet; 0 means HostPayload or DevicePayload
	Window     int // bytes that may lie unread in a connection; 0 means 131072
	QueueBytes int // unsent bytes of a connection; 0 means 128 KiB
	MaxConns   int // 0 means 4096; a device refuses the next, Open fails

	// InitialSeq draws the first sequence number of a connection; nil means 0, as
	// usbmuxd has it.
	InitialSeq func() uint32

	AckPolicy AckPolicy
	AckDelay  time.Duration // for AckEvery; 0 means 30 ms

	OpenTimeout    time.Duration // from SYN to its answer, and from that to its ACK; 0 means 5 s, negative never
	VersionTimeout time.Duration // host: for the answer to VERSION; 0 means 5 s, negative never
	Linger         time.Duration // after Close, without anything leaving; 0 means 30 s, negative never

	Faults
}

// Usbmuxd returns the configuration of a host that behaves as usbmuxd 1.1.1.
//
// Source: usbmuxd (libimobiledevice), read and observed.
func Usbmuxd() Config {
	return Config{
		Strict: true, IgnoreSeq: true, AckPolicy: AckEvery, MaxPayload: HostPayload, Window: DefaultWindow,
		OpenTimeout: -1, VersionTimeout: -1, Linger: -1,
	}
}

// Faults makes an [Engine] misbehave in one chosen way. The zero value behaves.
type Faults struct {
	Mute         bool // device: never answers VERSION
	AckAcks      bool // answers empty packets too
	NoAck        bool // acknowledges nothing after the handshake
	IgnoreWindow bool // sends past the peer's window

	// Mangle sees each packet before it leaves, and may change its bytes; n
	// counts from 1.
	Mangle func(packet []byte, n int) Action
}

// Action is the verdict of [Faults].Mangle.
type Action uint8

// Actions.
const (
	Send Action = iota
	Drop
	Duplicate
)

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (c Config) withDefaults(role Role) Config {
	limit, payload := MaxToHost, DevicePayload
	if role == Host {
		limit, payload = MaxToDevice, HostPayload
	}
	c.Version = or(c.Version, 2)
	c.ReadSize = or(c.ReadSize, ReadSize)
	c.MaxPayload = min(or(c.MaxPayload, payload), limit-HeaderLenV2-SegmentHeaderLen)
	c.Window = min(or(c.Window, DefaultWindow), MaxWindow) &^ (1<<windowShift - 1)
	c.QueueBytes = or(c.QueueBytes, DefaultQueueBytes)
	c.MaxConns = or(c.MaxConns, DefaultMaxConns)
	c.AckDelay = or(c.AckDelay, UsbmuxdAckDelay)
	c.OpenTimeout = or(c.OpenTimeout, DefaultOpenTimeout)
	c.VersionTimeout = or(c.VersionTimeout, DefaultVersionTimeout)
	c.Linger = or(c.Linger, DefaultLinger)
	return c
}
