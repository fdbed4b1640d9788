package usbip_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// tap writes what passes a connection into a capture, as TCP segments.
type tap struct {
	net.Conn
	r *recording
	n [2]uint32 // sent, received
}

type recording struct {
	t    testing.TB
	mu   sync.Mutex
	file bytes.Buffer
	w    *pcapgo.Writer
	at   time.Time
	port uint16 // of the client in the connection at hand
}

func record(t testing.TB) *recording {
	r := &recording{t: t, at: time.Unix(1700000000, 0), port: 40000}
	r.w = pcapgo.NewWriter(&r.file)
	require.NoError(t, r.w.WriteFileHeader(65536, layers.LinkTypeRaw))
	return r
}

// over taps every connection that dial makes.
func (r *recording) over(dial func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		r.port++
		k := &tap{Conn: c, r: r}
		r.segment(k, 0, nil, func(h *layers.TCP) { h.SYN, h.ACK = true, false })
		r.segment(k, 1, nil, func(h *layers.TCP) { h.SYN = true })
		k.n = [2]uint32{1, 1}
		return k, nil
	}
}

func (k *tap) Write(p []byte) (int, error) {
	k.r.data(k, 0, p)
	return k.Conn.Write(p)
}

func (k *tap) Read(p []byte) (int, error) {
	n, err := k.Conn.Read(p)
	k.r.data(k, 1, p[:n])
	return n, err
}

func (r *recording) data(k *tap, from int, p []byte) {
	for len(p) > 0 {
		n := min(len(p), 1460)
		r.segment(k, from, p[:n], func(h *layers.TCP) { h.PSH = true })
		p = p[n:]
	}
}

func (r *recording) segment(k *tap, from int, p []byte, change func(*layers.TCP)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{127, 0, 0, 1}, DstIP: net.IP{127, 0, 0, 1}}
	h := &layers.TCP{SrcPort: layers.TCPPort(r.port), DstPort: 3240, Seq: k.n[from], Ack: k.n[1-from], ACK: true, Window: 65535}
	if from == 1 {
		h.SrcPort, h.DstPort = h.DstPort, h.SrcPort
	}
	change(h)
	require.NoError(r.t, h.SetNetworkLayerForChecksum(ip))
	b := gopacket.NewSerializeBuffer()
	require.NoError(r.t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, h, gopacket.Payload(p)))
	r.at = r.at.Add(time.Microsecond)
	n := len(b.Bytes())
	require.NoError(r.t, r.w.WritePacket(gopacket.CaptureInfo{Timestamp: r.at, CaptureLength: n, Length: n}, b.Bytes()))
	k.n[from] += uint32(len(p))
}

// tshark returns the fields of each packet that the filter passes.
func (r *recording) tshark(filter string, fields ...string) []string {
	r.t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		r.t.Skip("tshark is not installed: apt-get install tshark")
	}
	name := filepath.Join(r.t.TempDir(), "usbip.pcap")
	require.NoError(r.t, os.WriteFile(name, r.file.Bytes(), 0o600))
	args := []string{"-d", "tcp.port==3240,usbip", "-r", name, "-Y", filter, "-T", "fields"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(program, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(r.t, err, stderr.String())
	if text := strings.TrimSuffix(string(out), "\n"); text != "" {
		return strings.Split(text, "\n")
	}
	return nil
}

// Wireshark's dissector reads both directions of a whole session, and complains
// of nothing.
func TestTsharkReadsASession(t *testing.T) {
	long(t)
	r := record(t)
	dial := byTCP(t)
	k := link(t, func(s *usbip.Server) func(context.Context) (net.Conn, error) { return r.over(dial(s)) }, usbip.PortOptions{})
	require.NoError(t, k.World.Run(func() {
		conn, g := configured(t, k)
		visit(t, k.World, g, conn)
		k.World.Go("device", func() { g.Endpoint(0x81).Write(bytes.Repeat([]byte("0123456789"), 2000)) })
		require.NoError(t, usb.Do(k.World, conn, &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 32768)}, patience))
		k.Port.Detach()
		for k.Host.(*usbip.Client).Imported() {
			k.World.Sleep(time.Millisecond)
		}
	}))
	require.Empty(t, r.tshark("_ws.malformed || tcp.analysis.flags", "frame.number", "_ws.col.info"))
	ops := r.tshark("usbip.operation", "usbip.operation", "usbip.busid")
	// The first lists may be empty, before the device is attached.
	require.Equal(t, []string{"0x8005\t", "0x0005\t1-1", "0x8003\t1-1", "0x0003\t1-1"}, ops[len(ops)-4:])
	urbs := r.tshark("usbip.urb", "usbip.urb", "usbip.sequence_no", "usbip.status", "usbip.actual_length")
	require.Equal(t, []string{"0x00000001\t1\t\t", "0x00000003\t1\t0\t18"}, urbs[:2])
	require.Equal(t, []string{
		"0x00000001\t16\t\t",       // interrupt in
		"0x00000002\t17,16\t\t",    // its unlink
		"0x00000004\t17\t-104\t",   // in time
		"0x00000001\t18\t\t",       // bulk in
		"0x00000003\t18\t0\t20000", // in fourteen segments
	}, urbs[len(urbs)-5:])
	require.Equal(t, []string{"0x1209\t0x0001", "0x1209\t0x0001"}, r.tshark("usb.idVendor", "usb.idVendor", "usb.idProduct"))
	require.Contains(t, r.tshark("usb.bString", "usb.bString"), "Carrier test")
	require.Equal(t, []string{"0x81,0x02,0x83,0x84,0x05"}, r.tshark("usb.bEndpointAddress", "usb.bEndpointAddress"))
}
