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
//	send headunit > raw bytes bytes=FF00FF
//
// A frame of another form, or with a field that it does not have, is a
// [scenarios.ErrInvalid].
func (b *Bench) Send(frame scenarios.Pattern) error {
	data, err := encode(frame)
	if err != nil {
		return err
	}
	if frame.Who == phoneName {
		return b.phone.Inject(data)
	}
	return b.unit.Inject(data)
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
	if err := checkFrame(f); err != nil {
		return nil, scenarios.MarkInvalid(fmt.Errorf("bench: %w", err))
	}
	if f.KindText() == "marker" {
		return link.AppendMarker(nil), nil
	}
	data, err := payload(f)
	if err != nil || f.Layer == "raw" {
		return data, err
	}
	p := link.Packet{Control: linkKinds[f.KindText()], Seq: num(f, "seq"), Ack: num(f, "ack"), Session: num(f, "session"), Payload: data}
	return p.AppendTo(nil)
}

func payload(f scenarios.Pattern) ([]byte, error) {
	data, err := hex.DecodeString(f.Get("bytes"))
	if err != nil {
		return nil, fmt.Errorf("bytes=%s: want hexadecimal digits, two a byte", f.Get("bytes"))
	}
	return data, nil
}

func num(f scenarios.Pattern, key string) uint8 {
	n, _ := f.Num(key)
	return uint8(n)
}
