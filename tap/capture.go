package tap

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A Capture writes what passes as pcapng. A connection is written as TCP over
// IPv4, whatever socket it had, with a handshake and an end, so that Wireshark
// follows it as a stream; what the tap made of the bytes stands in the packets'
// comments.
type Capture struct {
	mu  sync.Mutex
	ng  *pcapgo.NgWriter
	err error
}

// NewCapture begins a file.
func NewCapture(w io.Writer) (*Capture, error) {
	ng, err := pcapgo.NewNgWriterInterface(w, pcapgo.NgInterface{
		Name: "tap", LinkType: layers.LinkTypeRaw, TimestampResolution: 9,
	}, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "plugfest"}})
	if err != nil {
		return nil, fmt.Errorf("tap: capture: %w", err)
	}
	return &Capture{ng: ng}, nil
}

// Flush writes what is buffered, and returns the first error that writing met.
func (c *Capture) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = c.ng.Flush()
	}
	return c.err
}

// Addresses of what has none of its own, a Unix socket: the two ends of a
// connection within this machine. usbmuxdPort is the port that usbmuxd has where
// it listens on TCP.
const usbmuxdPort = 27015

var (
	clientIP = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	serverIP = netip.AddrFrom4([4]byte{127, 0, 0, 2})
)

// flow is one connection in the capture.
type flow struct {
	c    *Capture
	addr [2]netip.AddrPort
	seq  [2]uint32
	done [2]bool
}

func (c *Capture) open(number int, client, server net.Addr) *flow {
	f := &flow{c: c, addr: [2]netip.AddrPort{
		endpoint(client, clientIP, uint16(32768+number%28000)),
		endpoint(server, serverIP, usbmuxdPort),
	}}
	now := time.Now()
	f.packet(Client, now, nil, nil, func(t *layers.TCP) { t.SYN, t.ACK = true, false })
	f.seq[Client]++
	f.packet(Server, now, nil, nil, func(t *layers.TCP) { t.SYN = true })
	f.seq[Server]++
	f.packet(Client, now, nil, nil, nil)
	return f
}

// endpoint is an address as IPv4 has it.
func endpoint(a net.Addr, ip netip.Addr, port uint16) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok && t.Port != 0 {
		port = uint16(t.Port)
		if own := t.AddrPort().Addr().Unmap(); own.Is4() && !own.IsLoopback() {
			ip = own
		}
	}
	return netip.AddrPortFrom(ip, port)
}

// maxSegment is how much is put into one packet: what fits into IPv4.
const maxSegment = 65535 - 20 - 20

// data writes bytes that passed; the comments go to the first packet.
func (f *flow) data(from Side, at time.Time, b []byte, comments []string) {
	for len(b) > 0 {
		n := min(len(b), maxSegment)
		f.packet(from, at, b[:n], comments, func(t *layers.TCP) { t.PSH = true })
		f.seq[from] += uint32(n)
		b, comments = b[n:], nil
	}
}

func (f *flow) end(from Side, at time.Time) {
	if f.done[from] {
		return
	}
	f.done[from] = true
	f.packet(from, at, nil, nil, func(t *layers.TCP) { t.FIN = true })
	f.seq[from]++
	f.packet(1-from, at, nil, nil, nil)
}

// maxComments bounds what is said of one packet.
const maxComments = 16

func (f *flow) packet(from Side, at time.Time, payload []byte, comments []string, set func(*layers.TCP)) {
	to := 1 - from
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, Flags: layers.IPv4DontFragment,
		SrcIP: f.addr[from].Addr().AsSlice(), DstIP: f.addr[to].Addr().AsSlice()}
	tcp := &layers.TCP{SrcPort: layers.TCPPort(f.addr[from].Port()), DstPort: layers.TCPPort(f.addr[to].Port()),
		Seq: f.seq[from], Ack: f.seq[to], ACK: true, Window: 65535}
	if set != nil {
		set(tcp)
	}
	if !tcp.ACK {
		tcp.Ack = 0
	}
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.c.err != nil {
		return
	}
	buf := gopacket.NewSerializeBuffer()
	f.c.err = tcp.SetNetworkLayerForChecksum(ip)
	if f.c.err == nil {
		f.c.err = gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, tcp, gopacket.Payload(payload))
	}
	if f.c.err == nil {
		if len(comments) > maxComments {
			comments = append(comments[:maxComments:maxComments], fmt.Sprintf("and %d more", len(comments)-maxComments))
		}
		f.c.err = f.c.ng.WritePacketWithOptions(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(buf.Bytes()), Length: len(buf.Bytes())},
			buf.Bytes(), pcapgo.NgPacketOptions{Comments: comments})
	}
}
