package pcap

import (
	"fmt"
	"math/rand/v2"
	"net"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/plugfest/plugfest/phone/state"
)

// traffic makes what a phone with nothing to do sends: it asks for names in the
// domain example.com, over IPv4 and IPv6 in turn, and gets answers. Addresses are
// from the blocks for documentation (RFC 5737, RFC 3849). A host finds the phone's
// own in what its Wi-Fi address sends, as go-ios does.
type traffic struct {
	p   *state.State
	rnd *rand.Rand
	mac net.HardwareAddr
	n   int // exchanges
}

// network is what the phone and its router are called in one version of IP.
type network struct{ phone, router net.IP }

var (
	networks = []network{
		{net.IPv4(192, 0, 2, 17), net.IPv4(192, 0, 2, 1)},
		{net.ParseIP("2001:db8::17"), net.ParseIP("2001:db8::1")},
	}
	router = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x01}
)

func newTraffic(p *state.State) *traffic {
	t := &traffic{p: p, rnd: p.World().Rand(p.Name() + ": traffic")}
	t.mac, _ = net.ParseMAC(p.Identity.WiFi)
	return t
}

// exchange adds a question and its answer.
func (t *traffic) exchange(feed *state.Feed[state.Packet]) {
	id := uint16(t.rnd.Uint32())
	port := layers.UDPPort(49152 + t.rnd.IntN(16000))
	name := []byte(fmt.Sprintf("host-%d.example.com", t.rnd.IntN(100)))
	question := []layers.DNSQuestion{{Name: name, Type: layers.DNSTypeA, Class: layers.DNSClassIN}}
	ask := &layers.DNS{ID: id, RD: true, Questions: question}
	tell := &layers.DNS{ID: id, QR: true, RD: true, RA: true, Questions: question, Answers: []layers.DNSResourceRecord{{
		Name: name, Type: layers.DNSTypeA, Class: layers.DNSClassIN, TTL: 60, IP: net.IPv4(198, 51, 100, byte(t.rnd.IntN(250)+1)),
	}}}
	n := networks[t.n%len(networks)]
	t.n++
	t.add(feed, true, t.mac, router, n.phone, n.router, port, 53, ask)
	t.add(feed, false, router, t.mac, n.router, n.phone, 53, port, tell)
}

func (t *traffic) add(feed *state.Feed[state.Packet], out bool, fromMAC, toMAC net.HardwareAddr, from, to net.IP, sport, dport layers.UDPPort, dns *layers.DNS) {
	ethernet := &layers.Ethernet{SrcMAC: fromMAC, DstMAC: toMAC, EthernetType: layers.EthernetTypeIPv6}
	var ip interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	} = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: from, DstIP: to}
	if from.To4() != nil {
		ethernet.EthernetType = layers.EthernetTypeIPv4
		ip = &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: from, DstIP: to}
	}
	udp := &layers.UDP{SrcPort: sport, DstPort: dport}
	_ = udp.SetNetworkLayerForChecksum(ip)
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ethernet, ip, udp, dns); err != nil {
		panic(err) // every field is ours
	}
	b := buf.Bytes()
	feed.Add(state.Packet{
		Time: t.p.Time(), Interface: "en0", Outgoing: out, Process: "mDNSResponder", PID: 71,
		Ethernet: b[:14], IP: b[14:],
	})
}
