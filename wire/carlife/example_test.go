package carlife_test

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

// A phone and a head unit joined by nothing but their own bytes.
func Example() {
	phone, _ := carlife.NewPhone(carlife.PhoneOptions{})
	car, _ := carlife.NewVehicle(carlife.VehicleOptions{Width: 800, Height: 480})
	down := carlife.NewMuxDecoder(carlife.DefaultLimits(carlife.ProfileHUApp))
	now := 100 * time.Millisecond

	phone.Start(now)
	car.Start(now)
	for moved := true; moved; {
		moved = false
		for out, ok := car.NextOutput(); ok; out, ok = car.NextOutput() {
			moved = true
			fmt.Println(">", carlife.Sprint(out.Message, carlife.ProfileHUApp))
			phone.Feed(now, out.Message) // in a hurry: without the bytes
		}
		for out, ok := phone.NextOutput(); ok; out, ok = phone.NextOutput() {
			moved = true
			wire, _ := out.AppendMux(nil)
			down.Feed(wire)
			m, _, _ := down.Next()
			if m.ID == carlife.MsgMDInfo || m.ID == carlife.MsgProtocolVersionMatchStatus {
				fmt.Println("<", carlife.Sprint(m, carlife.ProfileHUApp))
			}
			car.Feed(now, m)
		}
	}
	for ev := car.Poll(); ev != nil; ev = car.Poll() {
		if e, ok := ev.(carlife.EncoderReady); ok {
			fmt.Printf("%+v\n", e)
		}
	}
	// Output:
	// > command 00018001 HU_PROTOCOL_VERSION majorVersion=1 minorVersion=0
	// < command 00010002 PROTOCOL_VERSION_MATCH_STATUS matchStatus=1
	// > command 00018027 STATISTIC_INFO cuid="plugfest" versionName="1.0" versionCode=1 channel="20022100" connectCount=1 connectSuccessCount=1 connectTime=0
	// > command 00018003 HU_INFO os="Android" manufacturer="Plugfest" model="simulated head unit" release="4.4.2" sdk_int=19
	// > command 00018007 VIDEO_ENCODER_INIT width=800 height=480 frameRate=0
	// > command 00018028 MODULE_CONTROL moduleID=5 statusID=7
	// < command 00010004 MD_INFO os="iOS" manufacturer="Apple" model="iPhone" release="16.0" token="plugfest-simulated"
	// > command 00018052 HU_FEATURE_CONFIG_RESPONSE cnt=10 featureConfig=[{key="VOICE_WAKEUP" value=1} {key="BLUETOOTH_AUTO_PAIR" value=0} {key="BLUETOOTH_INTERNAL_UI" value=0} {key="FOCUS_UI" value=0} {key="VOICE_MIC" value=0} {key="MEDIA_SAMPLE_RATE" value=0} {key="AUDIO_TRANSMISSION_MODE" value=0} {key="CONTENT_ENCRYPTION" value=0} {key="ENGINE_TYPE" value=0} {key="INPUT_DISABLE" value=0}]
	// > command 00018009 VIDEO_ENCODER_START
	// > command 0001801D LAUNCH_MODE_NORMAL
	// > command 00018055 ERROR_CODE errorCode="10100000#100"
	// {Width:800 Height:480 FrameRate:30}
}

func ExampleMuxDecoder() {
	wire, _ := carlife.Message{ID: carlife.MsgVideoHeartbeat, Timestamp: 1500}.AppendMux(nil)
	d := carlife.NewMuxDecoder(carlife.DefaultLimits(carlife.ProfileHUApp))
	for i := range wire { // one byte at a time
		d.Feed(wire[i : i+1])
		if m, ok, err := d.Next(); ok || err != nil {
			fmt.Println(i+1, m.ID, m.Timestamp, err)
		}
	}
	d.Feed([]byte{0, 0, 0, 9})
	_, _, err := d.Next()
	fmt.Println(err)
	// Output:
	// 20 VIDEO_HEARTBEAT 1500 <nil>
	// carlife: offset 20: mux channel 9: no such channel here (lost byte, or wrong header size?)
}

func ExampleDecode() {
	m, err := carlife.NewMessage(carlife.MsgTouchAction, &carlifepb.CarlifeTouchAction{
		Action: proto.Int32(int32(carlife.MotionDown)), X: proto.Int32(300), Y: proto.Int32(200),
	})
	fmt.Printf("%x %v\n", m.Payload, err)

	body, err := carlife.Decode(m, carlife.ProfileHUApp)
	fmt.Println(body.(*carlifepb.CarlifeTouchAction).GetX(), err)

	m.Payload = m.Payload[:2]
	_, err = carlife.Decode(m, carlife.ProfileHUApp)
	fmt.Println(err)
	// Output:
	// 080010ac0218c801 <nil>
	// 300 <nil>
	// carlife: TOUCH_ACTION (00068001): CarlifeTouchAction lacks required field x (number 2)
}

func ExampleCipher() {
	var c carlife.Cipher
	fmt.Println(c.Enable([]byte("1234567890123456")))
	sealed := c.Seal(nil, []byte("hello CarLife"))
	fmt.Printf("%x\n", sealed)
	_, err := c.Open(nil, []byte{8, 1, 16, 0})
	fmt.Println(err)
	// Output:
	// <nil>
	// c08ce5942d613a257a0802a0c7ad2943
	// carlife: encrypted payload is not a multiple of 16 bytes (clear body, or truncated?): 4 bytes
}

func ExampleVideoSource() {
	src, _ := carlife.NewVideoSource(carlife.VideoOptions{Width: 800, Height: 480, FrameSize: 2000, KeyEvery: 3})
	for range 4 {
		f := src.Next()
		fmt.Println(len(f), carlife.ClassifyVideo(f))
	}
	// Output:
	// 8000 SPS+PPS+IDR
	// 2000 other
	// 2000 other
	// 8000 SPS+PPS+IDR
}
