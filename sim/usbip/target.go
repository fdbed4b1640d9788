package usbip

import (
	"fmt"
	"strings"

	wire "github.com/plugfest/plugfest/wire/usbip"
)

// ParseTarget reads where a device is to be imported from: SERVER/BUSID, with
// SERVER as for [Open].
//
//	192.168.7.2/1-1                 port 3240 there
//	tcp:localhost:4000/1-1.4        another port
//	unix:/run/plugfest.sock/1-1     a Unix socket; the busid is after the last slash
//	192.168.7.2                     the first device that is listed
//	unix:/run/plugfest.sock/        the same
func ParseTarget(spec string) (ClientOptions, error) {
	o := ClientOptions{Server: spec}
	if i := strings.LastIndexByte(spec, '/'); i >= 0 {
		o.Server, o.BusID = spec[:i], spec[i+1:]
	}
	_, _, err := parse(o.Server)
	if err == nil && o.BusID != "" {
		err = wire.CheckBusID(o.BusID)
	}
	if err != nil {
		return ClientOptions{}, fmt.Errorf("usbip: %q: %w; want SERVER/BUSID, as 127.0.0.1:3240/1-1", spec, err)
	}
	return o, nil
}
