package carlifepb_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"google.golang.org/protobuf/proto"
)

func Example() {
	b, err := proto.Marshal(&carlifepb.CarlifeVideoEncoderInfo{
		Width: proto.Int32(1280), Height: proto.Int32(720), FrameRate: proto.Int32(0),
	})
	fmt.Printf("%x %v\n", b, err)

	// Every required field must be there, zero or not.
	_, err = proto.Marshal(&carlifepb.CarlifeVideoEncoderInfo{Width: proto.Int32(1280)})
	fmt.Println(err != nil)
	// Output:
	// 08800a10d0051800 <nil>
	// true
}
