package dissect

import (
	"encoding/binary"
	"fmt"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Requests to an iPhone. Sources: wllm-rbnt/third-eye, wiomoc/iap2,
// libimobiledevice/usbmuxd.
const (
	vendorOut = usb.TypeVendor
	vendorIn  = usb.DirIn | usb.TypeVendor

	reqChargingCurrent = 0x40
	reqGetMode         = 0x45
	reqRoleSwitch      = 0x51
	reqSetMode         = 0x52
	reqCapability      = 0x53
)

// request names a control request that is complete, and learns from it.
func (u *usbState) request(v *device, s usb.Setup, data []byte) {
	d, t := u.d, &u.t
	ok := t.result == usb.OK.String()
	var kind string
	f := d.derive()
	switch s.RequestType & usb.TypeMask {
	case usb.TypeStandard:
		kind, f = u.standard(v, f, s, data, ok)
	case usb.TypeVendor:
		kind, f = vendor(f, s, data)
	case usb.TypeClass:
		kind, f = v.class(f, s)
	}
	if kind == "" {
		kind = [...]string{"standard", "class", "vendor", "reserved"}[s.RequestType&usb.TypeMask>>5] + " request"
		f = append(f, sim.Text("setup", t.setup))
	}
	d.emit("usb.request", kind, v.host, v.name, append(f, sim.Text("result", t.result)), data)
	if ok && s.RequestType&usb.TypeMask == usb.TypeStandard {
		u.learn(v, s, data)
	}
}

// learn follows what the request changed or told.
func (u *usbState) learn(v *device, s usb.Setup, data []byte) {
	switch s.Request {
	case usb.ReqSetAddress:
		u.remove(address{u.t.bus, u.t.dev})
		u.put(address{u.t.bus, int64(s.Value)}, v)
	case usb.ReqSetConfiguration:
		v.configure(uint8(s.Value))
	case usb.ReqSetInterface:
		v.setInterface(uint8(s.Index), uint8(s.Value))
	case usb.ReqGetDescriptor:
		switch s.Value >> 8 {
		case usb.DescConfiguration:
			v.addConfig(data)
		case usb.DescString:
			if text, err := usb.ParseString(data); err == nil && s.Index != 0 {
				v.strings[s.Value&0xFF] = excerpt(text)
			}
		}
	}
}

func (u *usbState) standard(v *device, f []sim.Field, s usb.Setup, data []byte, ok bool) (string, []sim.Field) {
	switch s.Request {
	case usb.ReqGetDescriptor, usb.ReqSetDescriptor:
		f = append(f, sim.Text("type", descriptorName(uint8(s.Value>>8))), sim.Int("index", s.Value&0xFF), sim.Int("len", u.t.length))
		if text, err := usb.ParseString(data); ok && err == nil && s.Value>>8 == usb.DescString && s.Index != 0 {
			f = append(f, sim.Text("text", excerpt(text)))
		}
	case usb.ReqSetAddress:
		f = append(f, sim.Int("address", s.Value))
	case usb.ReqSetConfiguration:
		f = append(f, sim.Int("value", s.Value))
	case usb.ReqGetConfiguration:
		f = appendByte(f, "value", data)
	case usb.ReqSetInterface:
		f = append(f, sim.Int("interface", s.Index), sim.Int("alternate", s.Value))
	case usb.ReqGetInterface:
		f = appendByte(append(f, sim.Int("interface", s.Index)), "alternate", data)
	case usb.ReqClearFeature, usb.ReqSetFeature:
		f = appendRecipient(append(f, sim.Text("feature", featureName(s))), s)
	case usb.ReqGetStatus:
		f = appendRecipient(f, s)
		if len(data) == 2 {
			f = append(f, sim.Int("status", binary.LittleEndian.Uint16(data)))
		}
	case usb.ReqSynchFrame:
		f = appendRecipient(f, s)
	default:
		return "", f
	}
	return standardNames[s.Request], f
}

var standardNames = map[uint8]string{
	usb.ReqGetStatus: "GET_STATUS", usb.ReqClearFeature: "CLEAR_FEATURE", usb.ReqSetFeature: "SET_FEATURE",
	usb.ReqSetAddress: "SET_ADDRESS", usb.ReqGetDescriptor: "GET_DESCRIPTOR", usb.ReqSetDescriptor: "SET_DESCRIPTOR",
	usb.ReqGetConfiguration: "GET_CONFIGURATION", usb.ReqSetConfiguration: "SET_CONFIGURATION",
	usb.ReqGetInterface: "GET_INTERFACE", usb.ReqSetInterface: "SET_INTERFACE", usb.ReqSynchFrame: "SYNCH_FRAME",
}

func appendByte(f []sim.Field, key string, data []byte) []sim.Field {
	if len(data) > 0 {
		f = append(f, sim.Int(key, data[0]))
	}
	return f
}

func appendRecipient(f []sim.Field, s usb.Setup) []sim.Field {
	switch s.RequestType & usb.ToMask {
	case usb.ToInterface:
		return append(f, sim.Int("interface", s.Index))
	case usb.ToEndpoint:
		return append(f, sim.Int("ep", s.Index))
	}
	return f
}

func featureName(s usb.Setup) string {
	switch {
	case s.Value == usb.FeatureEndpointHalt && s.RequestType&usb.ToMask == usb.ToEndpoint:
		return "halt"
	case s.Value == usb.FeatureRemoteWakeup:
		return "remote wakeup"
	case s.Value == usb.FeatureTestMode:
		return "test mode"
	}
	return fmt.Sprintf("%d", s.Value)
}

func descriptorName(t uint8) string {
	switch t {
	case usb.DescDevice:
		return "device"
	case usb.DescConfiguration:
		return "configuration"
	case usb.DescString:
		return "string"
	case usb.DescDeviceQualifier:
		return "qualifier"
	case usb.DescOtherSpeed:
		return "other-speed"
	case usb.DescBOS:
		return "BOS"
	case usb.DescHID:
		return "HID"
	case usb.DescReport:
		return "report"
	}
	return fmt.Sprintf("%02x", t)
}

func vendor(f []sim.Field, s usb.Setup, data []byte) (string, []sim.Field) {
	switch {
	case s.RequestType == vendorOut && s.Request == reqRoleSwitch:
		return "role switch", append(f, sim.Int("carplay", s.Value))
	case s.RequestType == vendorIn && s.Request == reqCapability:
		if len(data) == 4 {
			f = append(f, sim.Int("capability", binary.LittleEndian.Uint32(data)))
		}
		return "role switch capability", f
	case s.RequestType == vendorOut && s.Request == reqChargingCurrent:
		return "charging current", append(f, sim.Int("normal_ma", s.Index), sim.Int("extra_ma", s.Value))
	case s.RequestType == vendorIn && s.Request == reqGetMode:
		return "get mode", append(f, sim.Text("mode", blob(data)))
	case s.RequestType == vendorIn && s.Request == reqSetMode:
		return "set mode", appendByte(append(f, sim.Int("mode", s.Index)), "answer", data)
	}
	return "", f
}

// hidNames are the requests to a HID interface (HID 1.11, 7.2).
var hidNames = map[uint8]string{
	1: "GET_REPORT", 2: "GET_IDLE", 3: "GET_PROTOCOL", 9: "SET_REPORT", 10: "SET_IDLE", 11: "SET_PROTOCOL",
}

// class names a request to an interface whose class is known.
func (v *device) class(f []sim.Field, s usb.Setup) (string, []sim.Field) {
	name := hidNames[s.Request]
	if v.active == nil || s.RequestType&usb.ToMask != usb.ToInterface || name == "" {
		return "", f
	}
	a := v.active.Alternate(uint8(s.Index), 0)
	if a == nil || a.Class != classHID {
		return "", f
	}
	f = append(f, sim.Int("interface", s.Index))
	if s.Request&^8 == 1 { // a report: its id is the low byte
		f = append(f, sim.Int("report", s.Value&0xFF), sim.Int("len", s.Length))
	}
	return name, f
}
