package bench

import (
	"encoding/hex"
	"fmt"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Send puts a frame on the wire that no engine has sent: as bytes of the sender's
// link, past its own state.
//
//	send phone > iap2.link rst seq=9
//	send headunit > iap2.link ack seq=1 ack=200
//	send headunit > iap2.link marker
//	send headunit > iap2.link data session=10 seq=5 ack=5 bytes=40400006AA00
//	send headunit > raw bytes data=FF00FF
func (b *Bench) Send(frame scenarios.Pattern) error {
	data, err := encode(frame)
	if err != nil {
		return err
	}
	switch frame.Who {
	case phoneName:
		return b.phone.Inject(data)
	case headunitName:
		return b.unit.Inject(data)
	}
	return fmt.Errorf("bench: %q cannot send; want %s or %s", frame.Who, phoneName, headunitName)
}

// linkKinds are the link packets that Send can make, by the control byte.
var linkKinds = map[string]uint8{
	"ack":  link.ControlACK,
	"data": link.ControlACK,
	"eak":  link.ControlEAK | link.ControlACK,
	"rst":  link.ControlRST,
	"slp":  link.ControlSLP | link.ControlACK,
	"syn":  link.ControlSYN,
}

func encode(f scenarios.Pattern) ([]byte, error) {
	kind := f.KindText()
	payload, err := hex.DecodeString(f.Get("bytes"))
	if err != nil {
		return nil, fmt.Errorf("bench: bytes of %v: %w", f, err)
	}
	switch {
	case f.Layer == "raw":
		return payload, nil
	case f.Layer != "iap2.link":
		return nil, fmt.Errorf("bench: cannot send on layer %s; want iap2.link or raw", f.Layer)
	case kind == "marker":
		return link.AppendMarker(nil), nil
	}
	control, ok := linkKinds[kind]
	if !ok {
		return nil, fmt.Errorf("bench: cannot send %s; want marker, ack, data, eak, rst, slp or syn", kind)
	}
	p := link.Packet{Control: control, Seq: num(f, "seq"), Ack: num(f, "ack"), Session: num(f, "session"), Payload: payload}
	return p.AppendTo(nil)
}

func num(f scenarios.Pattern, key string) uint8 {
	n, _ := f.Num(key)
	return uint8(n)
}
