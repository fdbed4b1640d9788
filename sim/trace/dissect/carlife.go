package dissect

import (
	"encoding/binary"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
)

// CarLifeProtocol is the EA protocol over which CarLife runs on an EA native
// transport. Source: Baidu CarLife head-unit application.
const CarLifeProtocol = "com.baidu.CarLifeVehicleProtocol"

// carLifeProtocols are all names that CarLife is known by; the second is that
// of a stack that uses EA sessions.
var carLifeProtocols = []string{CarLifeProtocol, "com.baidu.lbs.CarLife"}

// limits are wider than those of any receiver: what a peer sends too much of is
// to be seen.
var limits = carlife.Limits{Payload: [...]int{
	carlife.ChannelCommand: carlife.MaxShortPayload,
	carlife.ChannelVideo:   4 << 20,
	carlife.ChannelMedia:   1 << 20,
	carlife.ChannelTTS:     1 << 20,
	carlife.ChannelVR:      1 << 20,
	carlife.ChannelTouch:   carlife.MaxShortPayload,
}}

// carLife follows a CarLife session over one byte pipe.
type carLife struct {
	decided bool
	is      bool
	way     [2]carLifeWay
	media   [carlife.ChannelTouch + 1][2]tally // pictures and sound, which have no time stamps in them
}

type carLifeWay struct {
	mux       *carlife.MuxDecoder
	failed    bool // there is no way to find the next frame
	encrypted bool
}

// applies reports whether bytes are to be decoded: the protocol's name tells,
// or else the first bytes.
func (c *carLife) applies(protocol string, way int, b []byte) bool {
	if !c.decided {
		c.decided = true
		if protocol != "" {
			c.is = slices.Contains(carLifeProtocols, protocol)
		} else {
			c.is = looksLikeCarLife(b)
		}
	}
	return c.is && !c.way[way].failed
}

// looksLikeCarLife reports whether b begins with a mux head that makes sense,
// and, as far as it is there, with the header of a message on that channel.
func looksLikeCarLife(b []byte) bool {
	if len(b) < carlife.MuxHeadLen {
		return false
	}
	ch := carlife.Channel(binary.BigEndian.Uint32(b))
	n := uint64(binary.BigEndian.Uint32(b[4:]))
	if !ch.Valid() || n < uint64(ch.HeaderLen()) || n > uint64(limits.Payload[ch]+ch.HeaderLen()) {
		return false
	}
	head := carlife.MuxHeadLen + ch.HeaderLen()
	return len(b) < head || carlife.ID(binary.BigEndian.Uint32(b[head-4:])).Channel() == ch
}

func (c *carLife) feed(d *Dissector, way int, who, peer string, b []byte) {
	w := &c.way[way]
	if w.mux == nil {
		w.mux = carlife.NewMuxDecoder(limits)
	}
	w.mux.Feed(b)
	for {
		m, ok, err := w.mux.Next()
		if err != nil {
			w.failed = true
			f := append(d.derive(), sim.Int("offset", w.mux.Offset()), sim.Text("fault", err.Error()))
			d.emit("carlife", "undecodable", who, peer, f, nil)
			return
		}
		if !ok {
			return
		}
		w.message(d, who, peer, m)
		if info, known := carlife.Lookup(m.ID); known && info.Kind == carlife.PayloadRaw {
			c.media[m.Channel][way].add(m.Payload)
		}
	}
}

// end tells how much of pictures and sound went each way over each channel, and its
// hash; sent is what the phone sent.
func (c *carLife) end(d *Dissector, phone int, who, peer string) {
	for ch := range c.media {
		m := &c.media[ch]
		if m[0].bytes+m[1].bytes == 0 {
			continue
		}
		f := append(d.derive(), sim.Int("channel", ch))
		f = m[phone].fields(f, "sent")
		f = m[1-phone].fields(f, "received")
		d.emit("carlife", "close", who, peer, f, nil)
	}
}

func (w *carLifeWay) message(d *Dissector, who, peer string, m carlife.Message) {
	kind := "unknown message"
	info, known := carlife.Lookup(m.ID)
	if known {
		kind = info.Name
	}
	f := append(d.derive(), sim.Int("channel", m.Channel), sim.Int("id", m.ID), sim.Int("len", len(m.Payload)))
	if m.Timestamp != 0 {
		f = append(f, sim.Int("timestamp", m.Timestamp))
	}
	switch {
	case len(m.Payload) > 0 && w.encrypted:
		f = append(f, sim.Int("encrypted", 1))
	case known && info.Kind == carlife.PayloadProto:
		f = appendBody(f, m)
	}
	// From here on this side's payloads are encrypted; neither message has one.
	if m.ID == carlife.MsgHUAESRecResponse || m.ID == carlife.MsgMDEncryptReady {
		w.encrypted = true
	}
	d.emit("carlife", kind, who, peer, f, m.Payload)
}

// appendBody appends the fields of a message's payload. Two messages have
// another form in the C++ library than in the head-unit application, which is
// tried first.
func appendBody(f []sim.Field, m carlife.Message) []sim.Field {
	body, err := carlife.Decode(m, carlife.ProfileHUApp)
	if err != nil {
		if other, otherErr := carlife.Decode(m, carlife.ProfileCppLib); otherErr == nil {
			body, err = other, nil
		}
	}
	if body != nil {
		f = appendProto(f, "", body.ProtoReflect(), 0)
	}
	if err != nil {
		f = append(f, sim.Text("fault", err.Error()))
	}
	return f
}
