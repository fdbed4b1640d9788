package carlife

import (
	"crypto/rsa"
	"fmt"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Times of the version exchange over usbmux, where the application tries twice.
//
// Source: Baidu CarLife head-unit application.
const (
	VersionWait    = time.Second
	VersionRetries = 1
)

// LibraryStartDelay is how long users of the C++ library wait from
// VIDEO_ENCODER_INIT to VIDEO_ENCODER_START, whatever the phone says.
//
// Source: Baidu CarLife vehicle library, test program.
const LibraryStartDelay = 2 * time.Second

// CodeConnected is what the head-unit application reports in ERROR_CODE once it
// is connected, followed by "#" and a time in milliseconds.
const CodeConnected = "10100000"

// VehicleOptions configure a [Vehicle]. The zero value is the head-unit
// application on External Accessory native transport, without encryption.
type VehicleOptions struct {
	Profile    Profile
	Connection Connection // zero means ConnectionEAP
	Version    Version    // zero means 1.0
	// Width and Height of the surface: zero means 1280x720, or 768x480 for the
	// library.
	Width, Height int
	// FrameRate to ask for. The application asks for 0 and leaves the choice to
	// the phone; the library's zero value means 30.
	FrameRate int
	// Encryption switches content encryption on (the application's sample
	// configuration does). The library has none.
	Encryption bool
	// Features of the answer to MD_FEATURE_CONFIG_REQUEST; nil means
	// SampleFeatures. CONTENT_ENCRYPTION is set to agree with Encryption.
	Features   []Feature
	Device     *pb.CarlifeDeviceInfo     // nil means a simulated Android head unit
	Statistics *pb.CarlifeStatisticsInfo // nil means made-up counters
	// LaunchMode is sent after the start; zero means MsgLaunchModeNormal.
	LaunchMode ID
	// NoReport leaves out the ERROR_CODE after the launch mode.
	NoReport bool
	// CarData answers CAR_DATA_SUBSCRIBE.
	CarData []*pb.CarlifeVehicleInfo
	// Key is the RSA key pair of E2; nil means TestKey.
	Key *rsa.PrivateKey
	// Touch mode, and the settings of the gesture mode.
	Touch    TouchMode
	Gestures GestureOptions
	// Patience before a Timeout is reported; zero means DefaultPatience,
	// negative for ever.
	Patience time.Duration
	Faults   Fault
}

// Vehicle is the head unit's end of a session (HU), as a plain state machine.
//
// It offers its version and stops unless the answer is 1; then sends counters,
// device info, the encoder init (after the key exchange if encryption is on) and
// the connection type; answers the feature request; starts the encoder when its
// size is settled; watches the video channel, and on EAP beats on it.
//
// With [ProfileCppLib] it behaves as the library's test program: version and
// encoder init at once, start two seconds later, no checks of the order.
//
// Drain Poll after each Feed. Not safe for concurrent use.
//
// Source: Baidu CarLife head-unit application and vehicle library.
type Vehicle struct {
	session
	opt VehicleOptions

	up            bool // Start was called
	attempts      int  // repeated offers of the version
	answers       int  // to the version
	watch         watchdog
	matched       bool
	asked, done   bool // VIDEO_ENCODER_INIT sent, ..._DONE come
	started       bool
	width, height int // of the encoder
	start         VideoStart
	playing       bool // the decoder has parameter sets and an I-frame
	mic           bool
	init          [StreamMic]bool
	gest          gestures
}

// NewVehicle returns a head unit. Start it when its channels are up.
func NewVehicle(o VehicleOptions) (*Vehicle, error) {
	lib := o.Profile == ProfileCppLib
	if lib && o.Encryption {
		return nil, fmt.Errorf("carlife: profile %s has no content encryption", o.Profile)
	}
	if o.Connection == 0 {
		o.Connection = ConnectionEAP
	}
	if !o.Connection.Valid() {
		return nil, fmt.Errorf("carlife: %s: want %d to %d", o.Connection, ConnectionAOA, ConnectionUSBMux)
	}
	if o.Version == (Version{}) {
		o.Version = Version{1, 0}
	}
	if o.Width == 0 && o.Height == 0 {
		if o.Width, o.Height = 1280, 720; lib {
			o.Width, o.Height = 768, 480
		}
	}
	if o.Width <= 0 || o.Height <= 0 || o.FrameRate < 0 {
		return nil, fmt.Errorf("carlife: surface %dx%d at %d: want positive sizes", o.Width, o.Height, o.FrameRate)
	}
	if lib && o.FrameRate == 0 {
		o.FrameRate = 30
	}
	if o.Features == nil {
		o.Features = SampleFeatures()
	}
	o.Features = withEncryption(o.Features, o.Encryption)
	if o.Device == nil {
		o.Device = &pb.CarlifeDeviceInfo{
			Os: proto.String("Android"), Manufacturer: proto.String("Plugfest"), Model: proto.String("simulated head unit"),
			Release: proto.String("4.4.2"), SdkInt: proto.Int32(19),
		}
	}
	if o.Statistics == nil {
		o.Statistics = &pb.CarlifeStatisticsInfo{
			Cuid: proto.String("plugfest"), VersionName: proto.String("1.0"), VersionCode: proto.Int32(1),
			Channel: proto.String("20022100"), ConnectCount: proto.Int32(1), ConnectSuccessCount: proto.Int32(1), ConnectTime: proto.Int32(0),
		}
	}
	if o.LaunchMode == 0 {
		o.LaunchMode = MsgLaunchModeNormal
	}
	if o.Key == nil {
		o.Key = TestKey()
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	v := &Vehicle{opt: o, watch: watchdog{limit: o.Connection.MissedBeats()}, gest: gestures{opt: o.Gestures.withDefaults()}}
	v.session = session{self: FromHU, profile: o.Profile, faults: o.Faults, patience: o.Patience, fire: v.onTimer}
	return v, nil
}

// withEncryption returns fs with CONTENT_ENCRYPTION at the value of on.
func withEncryption(fs []Feature, on bool) []Feature {
	val := int32(0)
	if on {
		val = 1
	}
	out := append([]Feature(nil), fs...)
	for i := range out {
		if out[i].Key == FeatureContentEncryption {
			out[i].Value = val
			return out
		}
	}
	return append(out, Feature{FeatureContentEncryption, val})
}

// Start tells the head unit that all six channels are up. It sends its version.
func (v *Vehicle) Start(now time.Duration) {
	v.now = max(v.now, now)
	if v.up || v.closed {
		return
	}
	v.up = true
	v.offer()
	if v.opt.Profile == ProfileCppLib {
		v.begun = true
		v.askEncoder()
		v.timers.set(timerStart, v.now+LibraryStartDelay)
	}
}

func (v *Vehicle) offer() {
	_ = v.say(MsgHUProtocolVersion, &pb.CarlifeProtocolVersion{MajorVersion: &v.opt.Version.Major, MinorVersion: &v.opt.Version.Minor})
	if v.opt.Connection == ConnectionUSBMux && v.opt.Profile == ProfileHUApp {
		v.timers.set(timerVersion, v.now+VersionWait)
	} else {
		v.expect("version")
	}
}

func (v *Vehicle) onTimer(t timer) {
	switch t {
	case timerVersion:
		if v.attempts++; v.attempts <= VersionRetries {
			v.emit(VersionRetry{v.attempts})
			v.offer()
			return
		}
		v.emit(Timeout{"version", VersionWait})
		v.close(CloseVersion, nil)
	case timerBeat:
		v.beat()
		v.timers.set(timerBeat, v.now+BeatInterval)
	case timerWatch:
		if v.watch.check() {
			v.emit(Timeout{"video channel", time.Duration(v.watch.limit+1) * WatchdogEach})
			v.close(CloseWatchdog, nil)
			return
		}
		v.timers.set(timerWatch, v.now+WatchdogEach)
	case timerStart:
		v.startEncoder()
	case timerGesture:
		v.gest.tick(v.now)
		v.flushGestures()
	}
}

// Encoder returns the encoder's size; zeros before VIDEO_ENCODER_INIT_DONE.
func (v *Vehicle) Encoder() (width, height int) { return v.width, v.height }

// Encrypted reports whether bodies are encrypted in both directions.
func (v *Vehicle) Encrypted() bool { return v.rx != nil }

// Started reports whether VIDEO_ENCODER_START has been sent.
func (v *Vehicle) Started() bool { return v.started }

func (v *Vehicle) askEncoder() {
	v.asked = true
	_ = v.say(MsgVideoEncoderInit, encoderInfo(v.opt.Width, v.opt.Height, v.opt.FrameRate))
	v.expect("encoder init done")
}

func (v *Vehicle) startEncoder() {
	v.started = true
	_ = v.say(MsgVideoEncoderStart, nil)
	v.emit(Started{})
	if !v.playing {
		v.expect("first frame")
	}
}
