package ea_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/iap2/ea"
)

// The device opens session 1 of protocol 0; data go out in pieces that fit a
// peer whose link packets have at most 20 bytes.
func Example() {
	var sessions ea.Table
	id, err := sessions.OpenNext(1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for piece := range ea.Split([]byte("hello, accessory"), ea.MaxData(20)) {
		payload, err := sessions.AppendSend(nil, id, piece)
		fmt.Printf("%q %v\n", payload, err)
	}
	_, err = sessions.Receive([]byte("\x00\x02for nobody"))
	fmt.Println(err)
	// Output:
	// "\x00\x01hello, a" <nil>
	// "\x00\x01ccessory" <nil>
	// ea: 10 bytes for session 2: no such session is open
}
