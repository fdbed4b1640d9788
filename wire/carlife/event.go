package carlife

import (
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// Event is what a session reports through Poll: one of the types below.
// Byte slices in events are borrowed until the session's next Feed.
type Event interface{ event() }

// VersionMatched: both ends speak the same version.
type VersionMatched struct{ Major, Minor int32 }

// VersionRefused: the answer was not 1. The head unit closes.
type VersionRefused struct {
	Major, Minor int32 // what the head unit offered
	Status       int32 // 2 no match
}

// VersionRetry: no answer to the version within a second; the head unit tries
// once more. The application closes its six connections and makes new ones
// before the message that now waits in NextOutput.
type VersionRetry struct{ Attempt int }

// DeviceInfo: who the peer is.
type DeviceInfo struct{ Info *pb.CarlifeDeviceInfo }

// Statistics: the head unit's counters, at the phone.
type Statistics struct{ Info *pb.CarlifeStatisticsInfo }

// Features: the head unit's feature list, at the phone.
type Features struct{ List []Feature }

// ModuleState: the head unit's MODULE_CONTROL at the phone, or one entry of the
// phone's MODULE_STATUS at the head unit.
type ModuleState struct {
	Module Module
	State  int32
}

// EncryptionOn: this end now encrypts what it sends and decrypts what comes.
type EncryptionOn struct{}

// EncoderReady: the encoder's size and rate are settled. The phone reports it
// when it sends VIDEO_ENCODER_INIT_DONE, the head unit when it has that.
type EncoderReady struct{ Width, Height, FrameRate int }

// Started: VIDEO_ENCODER_START was sent, or has come; video may flow.
type Started struct{}

// EncoderPaused: VIDEO_ENCODER_PAUSE came; no video until the next start.
type EncoderPaused struct{}

// EncoderReset: VIDEO_ENCODER_RESET came; the next frame must be a key frame.
type EncoderReset struct{}

// FrameRate: the rate changed to this many frames a second.
type FrameRate struct{ Rate int }

// LaunchMode: what the head unit wants on screen: one of MsgLaunchModeNormal,
// Phone, Map, Music.
type LaunchMode struct{ Mode ID }

// Frame: one VIDEO_DATA, at the head unit. It is polled as *Frame.
type Frame struct {
	Timestamp uint32 // ms
	Start     VideoStart
	Data      []byte
}

// AudioInit: a stream's format, at the head unit.
type AudioInit struct {
	Stream Stream
	Format AudioFormat
}

// AudioData: PCM of a stream at the head unit, or of the microphone at the
// phone. It is polled as *AudioData.
type AudioData struct {
	Stream    Stream
	Timestamp uint32
	Data      []byte
}

// AudioControl: a stream stops, pauses, resumes, seeks or is interrupted. After
// a seek what was buffered must be thrown away.
type AudioControl struct {
	Stream Stream
	ID     ID // the message that says so, such as MsgMediaSeek
}

// Mic: the phone wants the microphone, or no longer.
type Mic struct {
	On        bool
	Recognise bool // full recognition, not just the wake-up word
}

// Touch: a touch of any kind, at the phone, in pixels of the encoder's picture.
type Touch struct {
	ID     ID     // MsgTouchAction or one of the gestures
	Motion Motion // of MsgTouchAction
	X, Y   int
}

// KeyPress: a hard key, at the phone.
type KeyPress struct{ Key HardKey }

// CarDataRequest: the phone starts or stops a car-data stream, at the head unit.
type CarDataRequest struct {
	Start bool
	Infos []*pb.CarlifeVehicleInfo
}

// Heartbeat: a VIDEO_HEARTBEAT came.
type Heartbeat struct{ Timestamp uint32 }

// ErrorReport: the head unit's ERROR_CODE, at the phone: comma-separated
// "code#milliseconds".
type ErrorReport struct{ Code string }

// Received: any other known message, with its body if it has one.
type Received struct {
	ID   ID
	Body proto.Message
}

// Unknown: a message whose id is not in the catalogue. It is no violation:
// later versions have more.
type Unknown struct {
	ID  ID
	Len int
}

// Timeout: something did not come in time. Unless the session closes too, it
// goes on waiting.
type Timeout struct {
	What   string // "version", "encryption", "encoder init done", "first frame", "video channel"
	Waited time.Duration
}

// Violation: the peer broke a rule. Unless the session closes too, it goes on
// as the published code would.
type Violation struct {
	Rule Rule
	ID   ID    // of the message; zero for damage to the byte stream
	Err  error // details; may be nil
}

// Exit: the phone app ended in good order (MD_EXIT sent, or come).
type Exit struct{}

// Closed: the session is over; the last event.
type Closed struct {
	Reason CloseReason
	Err    error
}

func (VersionMatched) event() {}
func (VersionRefused) event() {}
func (VersionRetry) event()   {}
func (DeviceInfo) event()     {}
func (Statistics) event()     {}
func (Features) event()       {}
func (ModuleState) event()    {}
func (EncryptionOn) event()   {}
func (EncoderReady) event()   {}
func (Started) event()        {}
func (EncoderPaused) event()  {}
func (EncoderReset) event()   {}
func (FrameRate) event()      {}
func (LaunchMode) event()     {}
func (*Frame) event()         {}
func (AudioInit) event()      {}
func (*AudioData) event()     {}
func (AudioControl) event()   {}
func (Mic) event()            {}
func (Touch) event()          {}
func (KeyPress) event()       {}
func (CarDataRequest) event() {}
func (Heartbeat) event()      {}
func (ErrorReport) event()    {}
func (Received) event()       {}
func (Unknown) event()        {}
func (Timeout) event()        {}
func (Violation) event()      {}
func (Exit) event()           {}
func (Closed) event()         {}
