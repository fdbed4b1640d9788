package carlife

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Version is a CarLife protocol version. All published code says 1.0.
type Version struct{ Major, Minor int32 }

// DefaultPatience is how long a session waits before it reports a [Timeout].
// It is a rule of ours: the published head unit waits for ever, except for the
// version over usbmux and for the watchdog.
const DefaultPatience = 10 * time.Second

// PhoneOptions configure a [Phone]. The zero value is a well-behaved phone.
type PhoneOptions struct {
	// Profile of the head unit that the phone faces.
	Profile Profile
	// Versions that the phone accepts; nil means 1.0 alone.
	Versions []Version
	// Device is sent as MD_INFO; nil means an iPhone with a token.
	Device *pb.CarlifeDeviceInfo
	// Width, Height and FrameRate really used; zero means as asked, and 30 if
	// the head unit asks for rate 0.
	Width, Height, FrameRate int
	// InitDelay passes between VIDEO_ENCODER_INIT and its answer.
	InitDelay time.Duration
	// RefuseEncryption keeps the phone from negotiating encryption when the
	// head unit's features ask for it.
	RefuseEncryption bool
	// Random yields AES keys and RSA padding; nil means a generator of Seed.
	Random io.Reader
	Seed   uint64
	// Authenticate answers HU_AUTHEN_REQUEST; nil leaves it unanswered. The
	// true algorithm is not public.
	Authenticate func(random string) string
	// Offers answers CARLIFE_DATA_SUBSCRIBE.
	Offers []*pb.CarlifeSubscribeMobileCarLifeInfo
	// Patience before a Timeout is reported; zero means DefaultPatience,
	// negative for ever.
	Patience time.Duration
	Faults   Fault
}

// Phone is the phone app's end of a session (MD), as a plain state machine.
//
// It answers the version before all else, sends its device info and asks for
// features once it has the head unit's info, negotiates encryption if the
// features ask for it, answers the encoder init, lets frames through after the
// start, and beats on the video channel when it has no frames.
//
// The phone's own code is not public: the order is inferred from what the
// published head unit handles.
//
// Drain Poll after each Feed. Not safe for concurrent use.
type Phone struct {
	session
	opt PhoneOptions

	matched, refused   bool
	greeted            bool // HU_INFO came
	encrypt            bool // the features ask for it, and we want it
	cryptAsked, ready  bool // E1, E5 sent
	key                []byte
	asked              bool // VIDEO_ENCODER_INIT came
	done, started      bool
	needKey, truncated bool
	width, height      int
	rate               int
	mic                bool
	connection         Connection
	init               [StreamMic]bool
}

// NewPhone returns a phone. Start it when its channels are up.
func NewPhone(o PhoneOptions) (*Phone, error) {
	if o.Width < 0 || o.Height < 0 || (o.Width == 0) != (o.Height == 0) {
		return nil, fmt.Errorf("carlife: phone's picture %dx%d: want both positive, or both zero for as asked", o.Width, o.Height)
	}
	if o.Versions == nil {
		o.Versions = []Version{{1, 0}}
	}
	if o.Device == nil {
		o.Device = &pb.CarlifeDeviceInfo{
			Os: proto.String("iOS"), Manufacturer: proto.String("Apple"), Model: proto.String("iPhone"),
			Release: proto.String("16.0"), Token: proto.String("plugfest-simulated"),
		}
	}
	if o.Random == nil {
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], o.Seed)
		o.Random = rand.NewChaCha8(seed)
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	p := &Phone{opt: o}
	p.session = session{self: FromMD, profile: o.Profile, faults: o.Faults, patience: o.Patience, fire: p.onTimer}
	return p, nil
}

// Start tells the phone that all six channels are up.
func (p *Phone) Start(now time.Duration) {
	p.now = max(p.now, now)
	p.expect("version")
}

// Streaming reports whether frames may be sent, and whether the next must be a
// key frame with parameter sets.
func (p *Phone) Streaming() (ok, needKey bool) { return p.started && !p.closed, p.needKey }

// Encoder returns the size and rate in use; zeros before the init.
func (p *Phone) Encoder() (width, height, rate int) { return p.width, p.height, p.rate }

// Encrypted reports whether bodies are encrypted in both directions.
func (p *Phone) Encrypted() bool { return p.tx != nil && p.rx != nil }

// Connection returns what the head unit said of the carrier; zero before.
func (p *Phone) Connection() Connection { return p.connection }

func (p *Phone) onTimer(t timer) {
	switch t {
	case timerBeat:
		p.beat()
		p.rest()
	case timerInit:
		p.initDone()
	}
}

// rest puts off the heartbeat: it is only for when there is no video.
func (p *Phone) rest() {
	if !p.faults.Has(FaultSilent) {
		p.timers.set(timerBeat, p.now+BeatInterval)
	}
}

func (p *Phone) initDone() {
	p.done = true
	_ = p.say(MsgVideoEncoderInitDone, encoderInfo(p.width, p.height, p.rate))
	p.emit(EncoderReady{p.width, p.height, p.rate})
	if !p.started { // the library does not wait
		p.expect("encoder start")
	}
}

func encoderInfo(w, h, rate int) *pb.CarlifeVideoEncoderInfo {
	return &pb.CarlifeVideoEncoderInfo{Width: proto.Int32(int32(w)), Height: proto.Int32(int32(h)), FrameRate: proto.Int32(int32(rate))}
}
