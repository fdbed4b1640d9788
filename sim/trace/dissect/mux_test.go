package dissect_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// muxConfig is configuration 4 of an iPhone, as published from a real one
// (fritzlb/iOS17-JIT-WIN).
var muxConfig = script.Hex("090275000304 08c0fa 0904000003060101 1b 07050202000200 07058102000200 0705830340000a" +
	"0904010002fffe020f 07050402000200 07058502000200" +
	"0904020000fffd0111 0904020102fffd0111 07058602000200 07050502000200 0904020202fffd0111 07058602000200 07050502000200")

// A muxRig is a configured iPhone and its computer.
type muxRig struct {
	*script.Bus
	t   *testing.T
	d   *dissect.Dissector
	out []sim.Event
}

func newMuxRig(t *testing.T) *muxRig {
	r := &muxRig{t: t}
	r.d = dissect.New(func(e *sim.Event) {
		require.True(t, slices.Contains(dissect.Kinds(e.Layer), e.Kind), "%s %s is not listed", e.Layer, e.Kind)
		if e.Layer != "usb" && e.Layer != "usb.request" && e.Layer != "tls" {
			r.out = append(r.out, e.Clone())
		}
	})
	r.Bus = script.New("headunit", "phone", r.d.Observe)
	r.Plug("attach")
	r.Enumerate(script.PhoneDevice, muxConfig, "Apple Inc.", "iPhone")
	return r
}

func (r *muxRig) want(lines ...string) {
	r.t.Helper()
	require.Equal(r.t, lines, untimed(r.out))
	r.out = nil
}

// A muxPeer writes the packets of both ends of a connection.
type muxPeer struct {
	r          *muxRig
	port, from uint16
	host, dev  uint32 // next sequence numbers
}

func (p *muxPeer) packet(out bool, flags usbmux.Flags, payload []byte) []byte {
	s := usbmux.Segment{Src: p.from, Dst: p.port, Seq: p.host, Ack: p.dev, Flags: flags, Window: 131072, Payload: payload}
	if !out {
		s.Src, s.Dst, s.Seq, s.Ack = p.port, p.from, p.dev, p.host
	}
	b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
	require.NoError(p.r.t, err)
	n := uint32(len(payload))
	if flags&usbmux.SYN != 0 {
		n++
	}
	if out {
		p.host += n
	} else {
		p.dev += n
	}
	return b
}

func (p *muxPeer) toPhone(flags usbmux.Flags, payload []byte) {
	p.r.Out(4, p.packet(true, flags, payload))
}
func (p *muxPeer) toHost(flags usbmux.Flags, payload []byte) {
	p.r.In(5, p.packet(false, flags, payload))
}

func (r *muxRig) connect(port, from uint16) *muxPeer {
	p := &muxPeer{r: r, port: port, from: from}
	p.toPhone(usbmux.SYN, nil)
	p.toHost(usbmux.SYN|usbmux.ACK, nil)
	p.toPhone(usbmux.ACK, nil)
	r.out = nil
	return p
}

func TestMuxPackets(t *testing.T) {
	r := newMuxRig(t)
	r.Out(4, script.Hex("00000000 00000014 00000002 00000000 00000000"))
	r.In(5, script.Hex("00000000 00000014 00000002 00000000 00000000"))
	r.Out(4, script.Hex("00000002 00000011 feedface 0000ffff 07"))
	r.want("headunit > usbmux version major=2 minor=0", "phone > usbmux version major=2 minor=0", "headunit > usbmux setup data=07")
	r.Out(4, script.Hex("0000000600000024feedface000100000001f27e00000000000000005002020000000000"))
	r.In(5, script.Hex("0000000600000024feedface00000001f27e000100000000000000015012020000000000"))
	r.want("headunit > usbmux syn port=62078 from=1 seq=0 ack=0 window=131072 len=0",
		"phone > usbmux synack port=62078 from=1 seq=0 ack=1 window=131072 len=0")
	r.In(5, append(script.Hex("00000001 0000001b feedface 0001ffff 07"), "a new session"[:10]...))
	r.want(`phone > usbmux control type=7 text="a new sess"`)
	// Version 1 has shorter headers.
	r.Out(4, script.Hex("000000060000001c 0001f27e00000000000000005002020000000000"))
	r.want("headunit > usbmux syn port=62078 from=1 seq=0 ack=0 window=131072 len=0")
	r.In(5, script.Hex("00000009 0000000a feed"))
	r.want("phone > usbmux unknown protocol protocol=9 data=feed")
}

func TestMuxConnections(t *testing.T) {
	r := newMuxRig(t)
	p := r.connect(5000, 7)
	p.toPhone(usbmux.ACK, []byte("hello"))
	p.toHost(usbmux.ACK, nil)
	p.toHost(usbmux.ACK|usbmux.PSH, nil)
	p.toHost(usbmux.RST, []byte("no\n"))
	p.toHost(usbmux.RST, nil)
	r.want("headunit > usbmux data port=5000 from=7 seq=1 ack=1 window=131072 len=5 data=68656c6c6f",
		"phone > usbmux ack port=5000 from=7 seq=1 ack=6 window=131072 len=0",
		"phone > usbmux bad flags port=5000 from=7 seq=1 ack=6 window=131072 len=0 flags=PSH|ACK",
		"phone > usbmux rst port=5000 from=7 seq=1 ack=6 window=131072 len=3 text=no",
		"phone > usbmux close port=5000 from=7 sent=0 received=5 received_sha256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		"phone > usbmux rst port=5000 from=7 seq=4 ack=6 window=131072 len=0")
	// One that was refused has no totals.
	p = &muxPeer{r: r, port: 7240, from: 8}
	p.toPhone(usbmux.SYN, nil)
	p.toHost(usbmux.RST|usbmux.ACK, nil)
	require.Len(t, r.out, 2)
}

// A packet longer than the host's reads comes in pieces, and two may share a
// transfer where a carrier has merged them.
func TestMuxPacketsAreFound(t *testing.T) {
	r := newMuxRig(t)
	p := r.connect(5000, 7)
	b := p.packet(false, usbmux.ACK, make([]byte, 20000))
	r.In(5, b[:16384])
	require.Empty(t, r.out)
	r.In(5, b[16384:])
	require.Equal(t, []string{"data"}, kinds(r.out))
	r.out = nil
	r.In(5, append(p.packet(false, usbmux.ACK, []byte("one")), p.packet(false, usbmux.ACK, []byte("two"))...))
	require.Equal(t, []string{"data", "data"}, kinds(r.out))
	r.out = nil
	for _, bad := range []string{"000000", "0000000600000003", "00000006ffffffff", "000000060000000c feedface", "00000000 0000000a 0000"} {
		r.In(5, script.Hex(bad))
		require.Equal(t, []string{"malformed"}, kinds(r.out), bad)
		r.out = nil
	}
	r.In(5, p.packet(false, usbmux.ACK, []byte("again")))
	require.Equal(t, []string{"data"}, kinds(r.out))
}

func kinds(events []sim.Event) (out []string) {
	for i := range events {
		out = append(out, events[i].Kind)
	}
	return out
}

func TestLockdownOnTheMux(t *testing.T) {
	r := newMuxRig(t)
	p := r.connect(lockdown.Port, 1)
	request := func(q lockdown.Request) []byte {
		b, err := q.AppendTo(nil)
		require.NoError(t, err)
		return b
	}
	reply := func(a lockdown.Reply) []byte {
		b, err := a.AppendTo(nil, plist.XML)
		require.NoError(t, err)
		return b
	}
	only := func(lines ...string) {
		t.Helper()
		r.out = slices.DeleteFunc(r.out, func(e sim.Event) bool { return e.Layer == "usbmux" })
		r.want(lines...)
	}
	b := request(lockdown.Request{Kind: lockdown.GetValue, Label: "test", Key: "ProductVersion"})
	p.toPhone(usbmux.ACK, b[:3])
	p.toPhone(usbmux.ACK, b[3:])
	p.toHost(usbmux.ACK, reply(lockdown.Reply{Kind: lockdown.GetValue, Key: "ProductVersion", Value: "17.0"}))
	only("headunit > lockdown GetValue label=test key=ProductVersion", "phone > lockdown GetValue key=ProductVersion value=17.0")
	p.toHost(usbmux.ACK, reply(lockdown.Reply{Kind: lockdown.GetValue, Value: map[string]any{"a": true}}))
	p.toHost(usbmux.ACK, reply(lockdown.Reply{Kind: lockdown.Pair, Error: lockdown.PasswordProtected}))
	p.toPhone(usbmux.ACK, request(lockdown.Request{Kind: "Tea"}))
	p.toHost(usbmux.ACK, reply(lockdown.Reply{Kind: lockdown.StartService, Service: "com.apple.afc", Port: 49152, EnableServiceSSL: true}))
	only("phone > lockdown GetValue value=dictionary", "phone > lockdown Pair error=PasswordProtected", "headunit > lockdown unknown request",
		"phone > lockdown StartService service=com.apple.afc port=49152 tls=1")
	p.toPhone(usbmux.ACK, script.Hex("16030100"))
	p.toHost(usbmux.ACK, script.Hex("16030300"))
	only("headunit > lockdown TLS")

	p = r.connect(lockdown.Port, 2)
	p.toPhone(usbmux.ACK, script.Hex("ffffffff"))
	p.toPhone(usbmux.ACK, b)
	require.Equal(t, "malformed", r.out[1].Kind)
	require.Len(t, r.out, 3)
}

// What TLS hides is shown where an end tells it.
func TestLockdownInTLS(t *testing.T) {
	r := newMuxRig(t)
	r.Dev = 1
	tell := func(stream int, kind string, out int, port uint16, data []byte) {
		r.Emit(sim.Event{Who: "headunit", Layer: "tls", Kind: kind, Data: data, Fields: []sim.Field{
			sim.Int("stream", stream), sim.Int("bus", r.Number), sim.Int("dev", r.Dev), sim.Int("port", port), sim.Int("out", out)}})
	}
	b, err := lockdown.Request{Kind: lockdown.StartService, Service: lockdown.ServiceCarKit}.AppendTo(nil)
	require.NoError(t, err)
	tell(1, "open", 0, lockdown.Port, nil)
	tell(2, "open", 0, 50000, nil)
	tell(1, "data", 1, lockdown.Port, b)
	tell(2, "data", 1, 50000, slices.Concat(marker, syn(0)))
	tell(2, "data", 0, 50000, marker)
	tell(2, "close", 0, 50000, nil)
	tell(2, "data", 0, 50000, marker)
	r.want("headunit > lockdown StartService service=com.apple.carkit.service",
		"headunit > iap2.link marker",
		"headunit > iap2.link syn seq=0 ack=0 session=0 len=19 version=1 outstanding=5 maxlen=1024 retransmit_ms=2000 ack_ms=20 retries=30 cumacks=5 sessions=10:control/1,11:ea/1,12:file/2",
		"phone > iap2.link marker")
}

// Six connections carry CarLife; that one side encrypts holds for all of them.
func TestCarLifeOnTheMux(t *testing.T) {
	r := newMuxRig(t)
	var p [7]*muxPeer
	for _, ch := range carlife.Channels {
		p[ch] = r.connect(ch.Ports().MD, uint16(ch))
	}
	say := func(m carlife.Message) []byte {
		b, err := m.AppendTo(nil)
		require.NoError(t, err)
		return b
	}
	message := func(id carlife.ID, body proto.Message) []byte {
		m, err := carlife.NewMessage(id, body)
		require.NoError(t, err)
		return say(m)
	}
	b := message(carlife.MsgHUProtocolVersion, &carlifepb.CarlifeProtocolVersion{MajorVersion: proto.Int32(1), MinorVersion: proto.Int32(0)})
	p[1].toPhone(usbmux.ACK, b[:5])
	p[1].toPhone(usbmux.ACK, b[5:])
	p[2].toHost(usbmux.ACK, say(carlife.Message{ID: carlife.MsgVideoData, Timestamp: 33, Payload: make([]byte, 100)}))
	p[1].toHost(usbmux.ACK, message(carlife.MsgMDEncryptReady, nil))
	p[2].toHost(usbmux.ACK, say(carlife.Message{ID: carlife.MsgVideoData, Timestamp: 66, Payload: make([]byte, 112)}))
	p[6].toPhone(usbmux.ACK, []byte("not CarLife at all"))
	r.out = slices.DeleteFunc(r.out, func(e sim.Event) bool { return e.Layer == "usbmux" })
	r.want("headunit > carlife HU_PROTOCOL_VERSION channel=1 id=0x00018001 len=4 majorVersion=1 minorVersion=0",
		"phone > carlife VIDEO_DATA channel=2 id=0x00020001 len=100 timestamp=33",
		"phone > carlife MD_ENCRYPT_READY channel=1 id=0x0001006E len=0",
		"phone > carlife VIDEO_DATA channel=2 id=0x00020001 len=112 timestamp=66 encrypted=1",
		"headunit > carlife undecodable channel=6 offset=0 fault")
	p[2].toHost(usbmux.RST, nil)
	require.Equal(t, []string{"phone > usbmux rst port=8240 from=2 seq=237 ack=1 window=131072 len=0",
		"phone > usbmux close port=8240 from=2 sent=236 sent_sha256=d3d453cffeeaa24f376410578065ec6790df0ea1a7aafabd8967d2fad8857739 received=0"}, untimed(r.out)[:2])
	require.Equal(t, "phone > carlife close channel=2 sent=212 sent_sha256=f59194106e93b4b8bfc8b4347ce1f7992e383eef8e1526fce5ee65ba3ed35096 received=0", untimed(r.out)[2])
	p[2] = r.connect(8240, 12)
	p[1].toPhone(usbmux.RST, nil)
	r.connect(7240, 9) // a new session begins in the clear
	p[2].toHost(usbmux.ACK, say(carlife.Message{ID: carlife.MsgVideoData, Timestamp: 99, Payload: make([]byte, 112)}))
	require.Empty(t, r.out[len(r.out)-1].Get("encrypted"))
}
