package pcap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
	"github.com/plugfest/plugfest/sim/trace/pcap"
	"github.com/plugfest/plugfest/sim/usb"
)

var captured = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// classic is a pcap file as tcpdump would write it, a millisecond between
// packets.
func classic(t testing.TB, link int, packets ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	require.NoError(t, w.WriteFileHeader(1<<18, layers.LinkType(link)))
	for i, p := range packets {
		require.NoError(t, w.WritePacket(gopacket.CaptureInfo{
			Timestamp: captured.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(p), Length: len(p)}, p))
	}
	return b.Bytes()
}

func TestOurFilesComeBack(t *testing.T) {
	events := record(connection)
	got, err := pcap.ReadAll(bytes.NewReader(write(t, events)))
	require.NoError(t, err)
	require.Equal(t, transfers(events), got)
}

// Whatever transfers there are, a capture keeps them.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		events := record(func(sink func(*sim.Event)) {
			bus := script.New("a b", "100%", sink)
			bus.Number = rapid.IntRange(1, 65535).Draw(rt, "bus")
			bus.Dev = rapid.IntRange(0, 127).Draw(rt, "dev")
			var open []*script.Transfer
			for range rapid.IntRange(0, 20).Draw(rt, "steps") {
				ep := uint8(rapid.IntRange(1, 15).Draw(rt, "ep"))
				data := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "data")
				switch rapid.IntRange(0, 3).Draw(rt, "what") {
				case 0:
					bus.Out(ep, data)
				case 1:
					bus.In(ep, data)
				case 2:
					open = append(open, bus.Submit(ep|0x80, usb.TypeInterrupt, "", 64, nil))
				case 3:
					for _, p := range open {
						p.Complete(usb.Canceled, 0, nil)
					}
					open = nil
				}
			}
		})
		got, err := pcap.ReadAll(bytes.NewReader(write(t, events)))
		require.NoError(rt, err)
		require.Equal(rt, transfers(events), got)
	})
}

func TestCompressedFiles(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(write(t, record(connection)))
	require.NoError(t, z.Close())
	got, err := pcap.ReadAll(&b)
	require.NoError(t, err)
	require.Equal(t, transfers(record(connection)), got)
}

// mon is a packet as usbmon gives it, in either byte order and form.
type mon struct {
	urb        uint64
	event      byte
	xfer       byte
	ep, dev    byte
	bus        uint16
	setup      string
	flag       byte // data flag
	status     int32
	length     uint32
	iso        int
	data       []byte
	dataLength int // where it is not that of data
}

func (m mon) bytes(order binary.AppendByteOrder, mapped bool) []byte {
	b := order.AppendUint64(nil, m.urb)
	b = append(b, m.event, m.xfer, m.ep, m.dev)
	b = order.AppendUint16(b, m.bus)
	setup := make([]byte, 8)
	if m.setup != "" {
		setup = script.Hex(m.setup)
		b = append(b, 0)
	} else {
		b = append(b, '-')
	}
	if m.iso > 0 {
		setup = order.AppendUint32(make([]byte, 4), uint32(m.iso))
	}
	b = append(b, m.flag)
	b = order.AppendUint64(b, uint64(captured.Unix()))
	b = order.AppendUint32(b, 0)
	b = order.AppendUint32(b, uint32(m.status))
	b = order.AppendUint32(b, m.length)
	n := m.dataLength
	if n == 0 {
		n = len(m.data)
	}
	b = order.AppendUint32(b, uint32(n))
	b = append(b, setup...)
	if mapped {
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, uint32(m.iso))
	}
	b = append(b, make([]byte, 16*m.iso)...)
	return append(b, m.data...)
}

// A capture of a real host: kernel pointers as identifiers, used again; a
// completion whose submission came before the capture began; isochronous
// packets; a cut payload.
var field = []mon{
	{urb: 0xffff888012345600, event: 'C', xfer: 3, ep: 0x81, dev: 9, bus: 1, length: 2, data: []byte{1, 2}},
	{urb: 0xffff888012345600, event: 'S', xfer: 2, ep: 0x80, dev: 9, bus: 1, setup: "c053000000000400", flag: '<', status: -115, length: 4},
	{urb: 0xffff888012345600, event: 'C', xfer: 2, ep: 0x80, dev: 9, bus: 1, flag: 0, status: -32},
	{urb: 0xffff888012345600, event: 'S', xfer: 0, ep: 0x81, dev: 9, bus: 1, flag: '<', status: -115, length: 192, iso: 2},
	{urb: 0xffff888012345600, event: 'C', xfer: 0, ep: 0x81, dev: 9, bus: 1, length: 3, iso: 2, data: []byte{7, 8, 9}},
	{urb: 0xffff888012345600, event: 'E', xfer: 3, ep: 0x02, dev: 9, bus: 1, status: -19},
	{urb: 0xffff888012345600, event: 'S', xfer: 3, ep: 0x02, dev: 9, bus: 1, status: -115, length: 1000, data: []byte{5}, dataLength: 1000},
}

func TestRealCaptures(t *testing.T) {
	const want = `+0s dev1.9 > usb complete urb=1 bus=1 dev=9 ep=0x81 type=bulk len=2 errno=0 result=ok data=0102
+1ms host > usb submit urb=2 bus=1 dev=9 ep=0x80 type=control len=4 setup=c053000000000400
+2ms dev1.9 > usb complete urb=2 bus=1 dev=9 ep=0x80 type=control len=0 setup=c053000000000400 errno=-32 result=stall
+3ms host > usb submit urb=3 bus=1 dev=9 ep=0x81 type=isochronous len=192
+4ms dev1.9 > usb complete urb=3 bus=1 dev=9 ep=0x81 type=isochronous len=3 errno=0 result=ok data=070809
+5ms dev1.9 > usb complete urb=4 bus=1 dev=9 ep=0x02 type=bulk len=0 errno=-19 result=disconnected
+6ms host > usb submit urb=5 bus=1 dev=9 ep=0x02 type=bulk len=1000 data=05
`
	for _, tt := range []struct {
		name   string
		link   int
		mapped bool
	}{{"189", pcap.LinkUSBLinux, false}, {"220", pcap.LinkUSBLinuxMapped, true}} {
		t.Run(tt.name, func(t *testing.T) {
			var list [][]byte
			for _, m := range field {
				list = append(list, m.bytes(binary.LittleEndian, tt.mapped))
			}
			got, err := pcap.ReadAll(bytes.NewReader(classic(t, tt.link, list...)))
			require.NoError(t, err)
			var lines string
			for i := range got {
				lines += trace.Describe(&got[i]) + "\n"
			}
			require.Equal(t, want, lines)
		})
	}
}

func TestBigEndianCapture(t *testing.T) {
	b := binary.BigEndian.AppendUint32(nil, 0xA1B2C3D4)
	b = append(b, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, pcap.LinkUSBLinuxMapped)
	p := field[1].bytes(binary.BigEndian, true)
	for _, v := range []int{int(captured.Unix()), 0, len(p), len(p)} {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	got, err := pcap.ReadAll(bytes.NewReader(append(b, p...)))
	require.NoError(t, err)
	require.Equal(t, "+0s host > usb submit urb=1 bus=1 dev=9 ep=0x80 type=control len=4 setup=c053000000000400", trace.Describe(&got[0]))
}

// mixed is a pcapng file of somebody else's with an Ethernet interface too.
func mixed(t *testing.T, packets ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
	require.NoError(t, err)
	i, err := w.AddInterface(pcapgo.NgInterface{Name: "usbmon1", LinkType: pcap.LinkUSBLinuxMapped})
	require.NoError(t, err)
	for _, p := range packets {
		require.NoError(t, w.WritePacket(gopacket.CaptureInfo{Timestamp: captured, CaptureLength: 3, Length: 3}, []byte("eth")))
		require.NoError(t, w.WritePacket(gopacket.CaptureInfo{Timestamp: captured, CaptureLength: len(p), Length: len(p), InterfaceIndex: i}, p))
	}
	require.NoError(t, w.Flush())
	return b.Bytes()
}

func TestOtherLinkTypesAreSkipped(t *testing.T) {
	r, err := pcap.NewReader(bytes.NewReader(mixed(t, field[1].bytes(binary.LittleEndian, true))))
	require.NoError(t, err)
	e, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, "submit", e.Kind)
	require.Equal(t, captured, r.Epoch())
	_, err = r.Next()
	require.Equal(t, io.EOF, err)
	require.Equal(t, 1, r.Skipped())
}

// Devices get their names from their descriptors, from their first transfer at
// address 0 on; a mouse on the same bus keeps its own.
func TestReadAllNamesWhoTakesPart(t *testing.T) {
	foreign := func(events []sim.Event) []byte {
		var list [][]byte
		for _, e := range events {
			if e.Kind != "submit" && e.Kind != "complete" {
				continue
			}
			n := func(key string) uint64 { v, _ := e.Num(key); return uint64(v) }
			m := mon{urb: n("urb"), event: 'S', xfer: 3, ep: byte(n("ep")), dev: byte(n("dev")), bus: uint16(n("bus")),
				status: int32(n("errno")), length: uint32(n("len")), data: e.Data}
			switch {
			case e.Kind == "complete" && m.ep < 0x80:
				m.flag = '>'
			case e.Kind == "submit" && m.ep >= 0x80:
				m.flag = '<'
			}
			if e.Kind == "complete" {
				m.event = 'C'
			} else {
				m.setup = e.Get("setup")
			}
			if e.Get("type") == "control" {
				m.xfer = 2
			}
			list = append(list, m.bytes(binary.LittleEndian, true))
		}
		return classic(t, pcap.LinkUSBLinuxMapped, list...)
	}
	mouse := record(func(sink func(*sim.Event)) {
		b := script.New("headunit", "dev1.3", sink)
		b.Dev = 3
		b.In(0x81, []byte{0, 1, 1})
	})
	want := transfers(append(mouse, record(connection)...))
	got, err := pcap.ReadAll(bytes.NewReader(foreign(want)))
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range got {
		require.Equal(t, want[i].Who+" "+want[i].Get("peer"), got[i].Who+" "+got[i].Get("peer"), trace.Describe(&got[i]))
	}
}

func TestBadFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":     {nil, "pcap: packet 0, before offset 0: neither pcapng nor pcap: give a capture as Wireshark or tcpdump save it"},
		"text":      {[]byte("hello, world"), "pcap: packet 0, before offset 0: neither pcapng nor pcap: give a capture as Wireshark or tcpdump save it"},
		"ethernet":  {classic(t, 1), "pcap: packet 0, before offset 24: link type 1 is neither USB (189, 220) nor I2C (209)"},
		"bad gzip":  {[]byte{0x1F, 0x8B, 0}, "pcap: packet 0, before offset 3: unexpected EOF"},
		"half head": {classic(t, 220)[:20], "pcap: packet 0, before offset 20: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pcap.NewReader(bytes.NewReader(tt.file))
			require.EqualError(t, err, tt.want)
			require.ErrorAs(t, err, new(*pcap.Error))
		})
	}
}

// What is wrong in a packet is said, and the next packet is read.
func TestBadPackets(t *testing.T) {
	good := field[1].bytes(binary.LittleEndian, true)
	change := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	for name, tt := range map[string]struct {
		packet []byte
		want   string
	}{
		"short header":  {good[:63], "usbmon header is 63; want a packet of at least the header's size"},
		"event":         {change(8, 'X'), "event is 88; want 'S', 'C' or 'E'"},
		"transfer type": {change(9, 4), "transfer type is 4; want 0 to 3"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := pcap.NewReader(bytes.NewReader(classic(t, 220, good, tt.packet, good)))
			require.NoError(t, err)
			_, err = r.Next()
			require.NoError(t, err)
			_, err = r.Next()
			require.EqualError(t, err, fmt.Sprintf("pcap: packet 2, before offset %d: %s", 24+16+64+16+len(tt.packet), tt.want))
			e, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, uint64(2), e.Seq)
			_, err = r.Next()
			require.Equal(t, io.EOF, err)
		})
	}
}

// Wherever a file ends, the packets before the end are read and then there is
// either an error or, between two blocks, the end.
func TestTruncatedFiles(t *testing.T) {
	whole := write(t, record(connection)[:12])
	all, err := pcap.ReadAll(bytes.NewReader(whole))
	require.NoError(t, err)
	clean := 0
	for n := range whole {
		got, err := pcap.ReadAll(bytes.NewReader(whole[:n]))
		require.LessOrEqual(t, len(got), len(all))
		for i := range got {
			require.Equal(t, all[i].Data, got[i].Data)
		}
		if err == nil {
			clean++
			continue
		}
		var at *pcap.Error
		require.ErrorAs(t, err, &at)
		require.LessOrEqual(t, at.Offset, int64(n))
	}
	require.Equal(t, 1+1+len(all)-1, clean, "after the section, the interface and each packet but the last")
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"testdata/connection.pcapng", "testdata/chip.pcapng"} {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(b[:min(len(b), 1500)])
	}
	f.Add(classic(f, pcap.LinkUSBLinux, field[4].bytes(binary.LittleEndian, false)))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, _ := pcap.ReadAll(bytes.NewReader(b))
		total := 0
		for i := range events {
			total += len(events[i].Data)
		}
		if len(b) < 2 || b[0] != 0x1F {
			require.LessOrEqual(t, total, len(b), "more payload than file")
		}
		var again bytes.Buffer
		w := pcap.NewWriter(&again, sim.Epoch)
		for i := range events {
			w.Observe(&events[i])
		}
		require.NoError(t, w.Flush())
		_, err := pcap.ReadAll(&again)
		require.NoError(t, err)
	})
}

func BenchmarkReader(b *testing.B) {
	file := write(b, record(connection))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r, err := pcap.NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func ExampleReadAll() {
	file, err := os.Open("testdata/connection.pcapng")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	events, err := pcap.ReadAll(file)
	if err != nil {
		panic(err)
	}
	for i := range events {
		if events[i].Get("setup") == "4051000000000000" {
			fmt.Println(trace.Describe(&events[i]))
		}
	}
	// Output:
	// +103.125ms headunit > usb submit urb=14 bus=1 dev=5 ep=0x00 type=control len=0 setup=4051000000000000
	// +103.25ms phone > usb complete urb=14 bus=1 dev=5 ep=0x00 type=control len=0 setup=4051000000000000 errno=0 result=ok
}
