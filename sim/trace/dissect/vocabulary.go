package dissect

import (
	"maps"
	"slices"

	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

// Layers lists the layers of what passes on wires: usb, i2c, tls and socket, which a
// [Dissector] reads, and those that it works out.
func Layers() []string {
	return []string{"usb", "i2c", "tls", "socket", "usb.request", "usbmux", "lockdown", "usbmuxd", "iap2.link", "iap2.control", "iap2.ea", "iap2.file", "ea.native", "carlife", "mfi"}
}

// Kinds lists every kind of event that there is on a layer of [Layers], or nil.
func Kinds(layer string) []string {
	switch layer {
	case "usb":
		return []string{"attach", "detach", "reset", "enumerated", "enumeration failed", "plug", "unplug", "fault", "vbus", "submit", "complete"}
	case "i2c":
		return []string{"read", "write"}
	case "tls":
		return []string{"open", "data", "close"}
	case "socket":
		return []string{"open", "data", "close"}
	case "usb.request":
		return requestKinds()
	case "usbmux":
		return []string{"version", "setup", "control", "syn", "synack", "ack", "data", "rst", "close", "bad flags", "unknown protocol", "malformed"}
	case "usbmuxd":
		return socketKinds()
	case "lockdown":
		return append([]string{"TLS", "unknown request", "malformed"}, lockdownKinds...)
	case "iap2.link":
		return []string{"marker", "iap1", "syn", "synack", "data", "ack", "eak", "rst", "slp", "bad payload", "bad header", "garbage"}
	case "iap2.control":
		kinds := []string{"unknown message", "malformed"}
		for m := range control.All() {
			kinds = append(kinds, m.Name)
		}
		return kinds
	case "iap2.ea":
		return []string{"data", "close", "malformed"}
	case "iap2.file":
		kinds := []string{"malformed"}
		for c := range 256 {
			kinds = append(kinds, filetransfer.Code(c).String())
		}
		return kinds
	case "ea.native":
		return []string{"open", "close", "data"}
	case "carlife":
		kinds := []string{"unknown message", "undecodable", "close"}
		for m := range carlife.Messages() {
			kinds = append(kinds, m.Name)
		}
		return kinds
	case "mfi":
		return []string{"read", "write", "nack"}
	}
	return nil
}

func requestKinds() []string {
	kinds := []string{"standard request", "class request", "vendor request", "reserved request",
		"role switch", "role switch capability", "charging current", "get mode", "set mode"}
	kinds = append(kinds, slices.Sorted(maps.Values(standardNames))...)
	return append(kinds, slices.Sorted(maps.Values(hidNames))...)
}
