package lockdown_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// A host asks, and a device that is locked answers.
func Example() {
	wire, _ := lockdown.Request{Kind: lockdown.StartService, Service: lockdown.ServiceAFC, Label: "example"}.AppendTo(nil)

	var device lockdown.Decoder
	device.Feed(wire)
	list, _, _ := device.Next()
	request, err := lockdown.ParseRequest(list, plist.Limits{Size: 64 << 10})
	fmt.Println(request, err)
	wire, _ = lockdown.Reply{Kind: request.Kind, Error: lockdown.PasswordProtected}.AppendTo(nil, plist.XML)

	var host lockdown.Decoder
	host.Feed(wire)
	list, _, _ = host.Next()
	reply, _ := lockdown.ParseReply(list, plist.Limits{})
	err = reply.Err(lockdown.StartService)
	fmt.Println(err, err.(lockdown.Error).Code())
	// Output:
	// StartService service="com.apple.afc" label="example" <nil>
	// lockdown: device says PasswordProtected -17
}
