package link

import "time"

// Role is the side of the link that an [Engine] plays.
type Role uint8

// Roles. The accessory opens: it sends the first marker and the SYN.
const (
	Accessory Role = iota // head unit, dongle, speaker
	Device                // iPhone, iPad
)

// String names the role.
func (r Role) String() string {
	if r == Device {
		return "device"
	}
	return "accessory"
}

// RestartPolicy says what a link that is up makes of a SYN or a marker.
type RestartPolicy uint8

// Restart policies. Both are inferred: sources ignore either, and then wait for
// the link to die of retransmissions when the peer did begin anew.
const (
	Restart RestartPolicy = iota // the peer began anew: report Down and follow
	Ignore
)

// Defaults of [Config]. The pause and the budget are those of
// JoeyEamigh/bridgething; the repetition of the marker is common to all sources.
const (
	DefaultDetectInterval = time.Second
	DefaultDetectTimeout  = 30 * time.Second
	DefaultSynInterval    = time.Second
	DefaultResetPause     = 200 * time.Millisecond
	DefaultStaleGrace     = 500 * time.Millisecond
	DefaultQueueBytes     = 256 << 10
	DefaultReceiveBytes   = 4 << 20

	deviceOutstanding = 127   // a real iPhone's answer; source: wllm-rbnt/third-eye
	deviceLength      = 65535 // likewise
)

// Config sets up an [Engine]. The zero value works for both roles.
type Config struct {
	// Syn is what an accessory proposes; without sessions it is that of
	// [DefaultAccessory]. A device reads only MaxOutstanding and MaxLength, its
	// own limits, where 0 means 127 and 65535; it mirrors the rest.
	Syn Syn

	// Negotiate decides on the terms that the peer asks for. A device returns
	// its answer, which is a counter-proposal if the terms differ, an accessory
	// what it can live with; an error refuses by RST. Limits in the result are
	// ignored. nil accepts whatever passes [Syn.Validate].
	Negotiate func(peer Syn) (Syn, error)

	// Confirm makes an accessory answer a counter-proposal by a SYN with the
	// new terms until both sides say the same. Otherwise it adopts the device's
	// terms at once, as all known accessories do.
	Confirm bool

	// InitialSeq draws the number of a SYN. nil means 0 first. After a reset the
	// value is folded into the 64 numbers that follow the last one used (nil:
	// the very next one), which keeps old packets out of the new link.
	InitialSeq func() uint8

	Eager bool // accessory: SYN right after its own marker
	Probe bool // device: send markers unasked, as after a reset

	DetectInterval time.Duration // between markers; 0 means 1 s
	DetectTimeout  time.Duration // from start or reset to up; 0 means 30 s, negative never
	SynInterval    time.Duration // between repetitions of SYN or SYN|ACK; 0 means 1 s
	ResetPause     time.Duration // silence after a reset, input ignored; 0 means 200 ms
	StaleGrace     time.Duration // after up, when SYNs and markers count as late ones; 0 means 500 ms

	// AckTimeout overrides the negotiated cumulative ack timeout for our own
	// acknowledgements; 0 keeps it.
	AckTimeout time.Duration

	// LateAck reports acknowledgements that come later than the negotiated ack
	// timeout plus this; 0 reports none. It must cover the transport's latency.
	LateAck time.Duration

	// SynWhileUp and MarkerWhileUp say what a SYN and a marker mean on a link that
	// has been up for StaleGrace: that the peer began anew, or nothing.
	SynWhileUp, MarkerWhileUp RestartPolicy

	QueueBytes   int  // unsent bytes until Writable says no; 0 means 256 KiB
	ReceiveBytes int  // received bytes not polled until packets are dropped; 0 means 4 MiB
	HID          bool // Feed takes one HID report a call; see [Decoder.FlushTail]

	Faults
}

// Faults makes an [Engine] misbehave in one chosen way. The zero value behaves.
type Faults struct {
	NoMarker  bool // neither sends nor answers markers
	IAP1Only  bool // answers a marker by FF 55 04 00 02 04 EE 08 and knows nothing else
	NoSynAck  bool // device: never answers a SYN
	RefuseSyn bool // device: answers a SYN by RST
	NoAck     bool // acknowledges no data, neither alone nor on its own data
	NoEAK     bool // never names missing packets
	NoDedup   bool // delivers a packet that arrives twice, twice

	NoRetransmit    bool // sends nothing again, neither by its timer nor when asked by EAK
	NoChecksum      bool // takes a packet whose payload checksum is wrong
	IgnoreWindow    bool // sends more packets unacknowledged than the peer takes
	IgnoreMaxLength bool // sends longer packets than the peer takes
	IgnoreReset     bool // takes no notice of RST
	IgnoreNegative  bool // accessory: asks on although the peer knows iAP1 alone
	AlwaysAck       bool // acknowledges data on a zero-ack link too
	ResetOnGarbage  bool // RST on bytes that are no packet, once it has seen the peer's SYN

	ResetOnSend    int // RST in place of the n-th data packet sent since Start, once
	ResetOnReceive int // RST on the n-th data packet received since Start, once

	// Mangle sees each link packet before it leaves: p is a copy whose header
	// fields may be changed, and whose Payload may be replaced but not written
	// to; n counts from 1. The engine believes that p was sent unchanged.
	Mangle func(p *Packet, n int) Action
}

// Action is the verdict of [Faults].Mangle.
type Action uint8

// Actions.
const (
	Send           Action = iota // send p
	Drop                         // send nothing
	CorruptHeader                // send p with a wrong header checksum
	CorruptPayload               // send p with a wrong payload checksum, if it has a payload
	Duplicate                    // send p twice
)

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (c Config) withDefaults(role Role) Config {
	c.DetectInterval = or(c.DetectInterval, DefaultDetectInterval)
	c.DetectTimeout = or(c.DetectTimeout, DefaultDetectTimeout)
	c.SynInterval = or(c.SynInterval, DefaultSynInterval)
	c.ResetPause = or(c.ResetPause, DefaultResetPause)
	c.StaleGrace = or(c.StaleGrace, DefaultStaleGrace)
	c.QueueBytes = or(c.QueueBytes, DefaultQueueBytes)
	c.ReceiveBytes = or(c.ReceiveBytes, DefaultReceiveBytes)
	if role == Accessory && len(c.Syn.Sessions) == 0 {
		c.Syn = DefaultAccessory().Syn
	}
	c.Syn = c.Syn.clone()
	return c
}
