package trace

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim"
)

// short is what a layer is called in the ladder.
var short = map[string]string{
	"usb.request":  "usb",
	"iap2.link":    "link",
	"iap2.control": "control",
	"iap2.ea":      "ea",
	"iap2.file":    "file",
	"ea.native":    "native",
}

func shortLayer(layer string) string {
	if strings.HasPrefix(layer, "state.") {
		return "state"
	}
	if s, ok := short[layer]; ok {
		return s
	}
	return layer
}

// title names an event in few words.
func title(e *sim.Event) string {
	switch e.Layer {
	case "iap2.control":
		if id, ok := e.Num("id"); ok {
			return string(appendHex(nil, id, 4)[2:]) + " " + e.Kind
		}
	case "mfi":
		if r := e.Get("register"); r != "" {
			return e.Kind + " " + r
		}
	}
	return e.Kind
}

// silent are the fields that a reader of the ladder does not need, because
// arrow, title or line say it already.
var silent = map[string]string{
	"usb.request":  " result ",
	"usbmux":       " seq ack window ",
	"usbmuxd":      " tag ",
	"iap2.link":    " session len ",
	"iap2.control": " id ",
	"carlife":      " channel id ",
	"mfi":          " register addr ",
	"usb":          " urb bus ",
}

// label says what an event was: its title and fields.
func label(e *sim.Event) string {
	if e.Layer == "iap2.link" && (e.Kind == "syn" || e.Kind == "synack") {
		return synLabel(e)
	}
	b := []byte(title(e))
	skip := silent[e.Layer]
	for i := range e.Fields {
		f := &e.Fields[i]
		switch {
		case f.Key == "peer", strings.Contains(skip, " "+f.Key+" "), !f.IsNum && f.Text == "":
			continue
		case f.Key == "len" && e.Layer == "carlife" && (f.Num == 0 || body(e.Fields[i+1:])):
			continue // the fields after it say more
		case f.Key == "len" && e.Layer == "mfi" && f.Num <= 8:
			continue // the value shows it
		case f.IsNum && f.Num >= 0 && (f.Key == "vendor" || f.Key == "product"):
			b = appendHex(append(append(append(b, ' '), f.Key...), '='), f.Num, 4)
		case isLongHex(f.Text):
			b = append(append(append(append(b, ' '), f.Key...), '='), f.Text[:16]...)
			b = append(b, ".."...)
		case f.IsNum && f.Num == 1 && (f.Key == "retransmission" || f.Key == "encrypted"):
			b = append(append(b, ' '), strings.ToUpper(f.Key)...)
		default:
			b = appendField(append(b, ' '), f)
		}
	}
	if r := e.Get("result"); e.Layer == "usb.request" && r != "" && r != "ok" {
		b = append(append(b, " -> "...), r...)
	}
	switch e.Layer {
	case "usb", "i2c", "iap2.ea", "ea.native", "usbmux", "usbmuxd":
		b = appendPeek(b, e.Data)
	}
	return string(b)
}

// body reports whether there are fields of a message's own.
func body(fields []sim.Field) bool {
	for i := range fields {
		switch fields[i].Key {
		case "timestamp", "encrypted", "fault", "peer":
		default:
			return true
		}
	}
	return false
}

// isLongHex reports whether a text is of bytes and too many to be worth reading.
func isLongHex(s string) bool {
	return len(s) > 24 && strings.Trim(s, "0123456789abcdef.") == ""
}

// synLabel says what a side asks for in as few characters as will do: most
// outstanding packets, their length, retransmission and ack time-outs and
// counts, sessions.
func synLabel(e *sim.Event) string {
	b := strings.ToUpper(e.Kind) + " seq=" + e.Get("seq")
	if e.Kind == "synack" {
		b += " ack=" + e.Get("ack")
	}
	if e.Get("retransmission") != "" {
		b += " RETRANSMISSION"
	}
	if e.Get("version") == "" {
		return b
	}
	return b + " v" + e.Get("version") + " window=" + e.Get("outstanding") + "x" + e.Get("maxlen") +
		" resend=" + e.Get("retransmit_ms") + "msx" + e.Get("retries") +
		" ack=" + e.Get("ack_ms") + "ms/" + e.Get("cumacks") + " " + e.Get("sessions")
}

// appendPeek appends the beginning of a payload.
func appendPeek(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = append(dst, ' ', '[')
	dst = hex.AppendEncode(dst, data[:min(len(data), shortData)])
	if len(data) > shortData {
		dst = append(dst, "..."...)
	}
	return append(dst, ']')
}

// faulty reports whether an event is one to look at twice.
func faulty(e *sim.Event) bool {
	switch e.Layer {
	case "usb":
		return e.Kind == "fault" || e.Kind == "unplug" || e.Kind == "enumeration failed"
	case "usb.request":
		return e.Get("result") != "ok"
	case "iap2.link":
		return e.Kind == "rst" || e.Kind == "eak" || e.Kind == "iap1" || e.Kind == "garbage" ||
			strings.HasPrefix(e.Kind, "bad ") || e.Get("retransmission") != ""
	case "iap2.control":
		return e.Kind == "AuthenticationFailed" || e.Kind == "IdentificationRejected" ||
			e.Kind == "unknown message" || e.Get("fault") != ""
	case "mfi":
		return e.Kind == "nack"
	}
	return e.Get("fault") != ""
}

// phaseOf tells which stage of a connection an event belongs to, or "".
func phaseOf(e *sim.Event) string {
	switch e.Layer {
	case "usb":
		switch e.Kind {
		case "attach":
			return e.Who + " attaches"
		case "detach", "unplug":
			return "detach"
		}
	case "usb.request":
		switch e.Kind {
		case "role switch", "role switch capability":
			return "role switch"
		}
	case "iap2.link":
		switch e.Kind {
		case "marker", "iap1", "syn", "synack":
			return "iAP2 link"
		case "rst":
			return "iAP2 link reset"
		}
	case "iap2.control":
		id, _ := e.Num("id")
		switch {
		case id>>8 == 0xAA:
			return "authentication"
		case id>>8 == 0x1D:
			return "identification"
		case id == 0xEA02:
			return "app launch"
		case id == 0xEA00:
			return "EA session"
		}
	case "ea.native":
		if e.Kind == "open" {
			return "EA native transport"
		}
	case "usbmux":
		if e.Kind == "version" {
			return "usbmux"
		}
	case "lockdown":
		switch e.Kind {
		case "Pair":
			return "pairing"
		case "StartSession":
			return "lockdown session"
		}
	case "carlife":
		return carlifePhase(e)
	}
	return ""
}

func carlifePhase(e *sim.Event) string {
	switch e.Kind {
	case "HU_PROTOCOL_VERSION":
		return "CarLife"
	case "VIDEO_ENCODER_INIT", "VIDEO_ENCODER_START":
		return "CarLife video"
	case "MD_EXIT":
		return "CarLife exit"
	}
	id, _ := e.Num("id")
	if n := id &^ 0x8000; n >= 0x1006A && n <= 0x1006E {
		return "CarLife encryption"
	}
	return ""
}

// seconds is a time as the first column shows it.
func seconds(e *sim.Event) string { return strconv.FormatFloat(e.At.Seconds(), 'f', 6, 64) }
