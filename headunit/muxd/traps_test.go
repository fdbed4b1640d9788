package muxd_test

import (
	"bytes"
	"encoding/hex"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// What cost the authors of daemons and simulators the most time, on the side of
// the daemon. The numbers are those of package traps.

// PortNumber is the port with its bytes swapped: 32498 reaches lockdown, and
// 62078 reaches nobody. Some clients send it signed.
func TestTrap01PortNumberIsSwapped(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		for number, want := range map[string]usbmuxd.Result{
			"<integer>62078</integer>":  usbmuxd.ConnRefused,
			"<integer>32498</integer>":  usbmuxd.OK,
			"<integer>-33038</integer>": usbmuxd.OK, // 0x7EF2 - 0x10000
			"<integer>1792</integer>":   usbmuxd.OK, // echo
			"":                          usbmuxd.BadCommand,
		} {
			if number != "" {
				number = "<key>PortNumber</key>" + number
			}
			p := x.program()
			p.raw(framed(usbmuxd.Plist, usbmuxd.KindPlist, 5,
				`<plist version="1.0"><dict><key>MessageType</key><string>Connect</string><key>DeviceID</key><integer>1</integer>`+number+`</dict></plist>`))
			require.Equal(t, want, p.next().Result, number)
		}
	})
}

// PSH|ACK and FIN are no data: the connection is reset.
func TestTrap02OtherFlagsReset(t *testing.T) {
	for _, flags := range []usbmux.Flags{0x18, 0x11} {
		x := newFake(t, muxd.Options{})
		x.run(func() {
			p := x.program()
			x.w.Go("device", func() {
				s := x.answer()
				s.Flags = flags
				x.send(x.build(s))
				require.Equal(t, usbmux.RST, x.segment().Flags)
			})
			require.Equal(t, usbmuxd.OK, p.connect(1, portEcho))
			p.closed()
		})
	}
}

// An ACK without data is not acknowledged: two ends that did would go on for
// ever.
func TestTrap03NoACKOfAnACK(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("client", func() { p.connect(1, portEcho) })
		s := x.answer()
		x.send(x.build(s))
		x.quiet(time.Second)
	})
}

// A device that sends past the window loses its connection, and the daemon goes
// on; usbmuxd 1.1.1 crashes.
func TestTrap04DeviceExceedsTheWindow(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("client", func() { p.connect(1, portEcho) }) // and reads nothing
		s := x.answer()
		reset := false
		x.w.Go("device reads", func() {
			for s := x.segment(); ; s = x.segment() {
				if s.Flags == usbmux.RST {
					reset = true
					return
				}
			}
		})
		s.Payload = make([]byte, 32<<10)
		for !reset && s.Seq < 1<<20 {
			x.send(x.build(s))
			s.Seq += uint32(len(s.Payload))
		}
		require.True(t, reset)
		require.Less(t, s.Seq, uint32(400<<10), "the window and a little for the socket is all that is taken")
		require.Len(t, x.d.Devices(), 1)
	})
}

// wholePackets sends packets of these lengths, and requires that the client gets what is
// in them.
func wholePackets(t *testing.T, lengths ...int) {
	t.Helper()
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("device", func() {
			s := x.answer()
			x.w.Go("device reads", func() {
				for {
					x.out.SetReadDeadline(1 << 62)
					if _, err := x.out.ReadTransfer(make([]byte, 64<<10)); err != nil {
						return
					}
				}
			})
			for _, n := range lengths {
				s.Payload = bytes.Repeat([]byte{byte(n >> 9)}, n-36)
				x.send(x.build(s))
				s.Seq += uint32(len(s.Payload))
			}
		})
		require.Equal(t, usbmuxd.OK, p.connect(1, portEcho))
		for _, n := range lengths {
			require.Equal(t, bytes.Repeat([]byte{byte(n >> 9)}, n-36), p.bytes(n-36), "packet of %d bytes", n)
		}
	})
}

// Packets longer than a read come in full reads and a shorter one.
func TestTrap05ChunksOf16384(t *testing.T) {
	wholePackets(t, 16383, 16384, 16385, 32767, 32768, 32769, 49152, 65535, 65536)
	wholePackets(t, 4097, 600) // the first ones meet the shorter read of a device that idles
	wholePackets(t, 4096, 600)
	wholePackets(t, 65536, 600)
}

// Packets that fill their USB packets end with a zero-length one, from the device
// and to it: without it, two would come as one.
func TestTrap06ZeroLengthPackets(t *testing.T) {
	wholePackets(t, 512, 1024, 600, 16896, 512, 33280)
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		connected := x.w.NewCond("connected")
		x.w.Go("client", func() {
			p.connect(1, portEcho)
			connected.Signal()
		})
		s := x.answer()
		connected.Wait()
		for _, n := range []int{512, 1024, 4096, 600} {
			p.raw(make([]byte, n-36))
			require.Equal(t, n, len(x.packet()))
			s.Ack += uint32(n - 36)
			x.send(x.build(s))
		}
	})
}

// No packet to the device is longer than 49152 bytes; a phone refuses those above
// 65535.
func TestTrap07HostPacketsStayBelow65536(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("client", func() {
			p.connect(1, portEcho)
			p.raw(make([]byte, 500<<10))
		})
		s := x.answer()
		longest := 0
		for got := 0; got < 500<<10; {
			b := x.packet()
			longest = max(longest, len(b))
			require.Equal(t, len(b), int(b[6])<<8|int(b[7]), "the length in the header is that of the transfer")
			got += len(b) - 36
			s.Ack += uint32(len(b) - 36)
			x.send(x.build(s))
		}
		require.Equal(t, 49152, longest)
	})
}

// A SYN that is never answered is given up after five seconds, with result 3;
// usbmuxd waits for ever.
func TestTrap08UnansweredSYN(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		began := x.w.Now()
		require.Equal(t, usbmuxd.ConnRefused, p.connect(1, 62078))
		require.Equal(t, 5*time.Second, x.w.Now()-began)
		require.Equal(t, usbmux.SYN, x.segment().Flags)
		require.Equal(t, usbmux.RST, x.segment().Flags)
	})
}

// A reply is one write: libusbmuxd reads the header with one recv.
func TestTrap09ReplyIsOneWrite(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		for _, r := range []usbmuxd.Request{
			{Command: usbmuxd.ListDevices}, {Command: usbmuxd.ReadBUID}, {Command: "Nonsense"}, {Command: usbmuxd.ListListeners},
			{Command: usbmuxd.Connect, DeviceID: dev.ID, HasDevice: true, Port: portEcho, HasPort: true},
		} {
			p := x.program()
			p.send(r)
			buf := make([]byte, 64<<10)
			n, err := p.conn.Read(buf) // a waiting reader gets what one write brings
			require.NoError(t, err)
			p.dec.Feed(buf[:n])
			m, ok, err := p.dec.Next()
			require.NoError(t, err)
			require.True(t, ok, "%s: the first read brings %d bytes, not the whole message", r.Command, n)
			require.Equal(t, uint32(usbmuxd.Plist), m.Version)
		}
	})
}

// The tools of libusbmuxd 2.0.2 speak in property lists from the first message on.
// Without an answer of that kind ideviceinfo finds no device, and idevice_id
// crashes.
func TestTrap10AnswersInPropertyLists(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		for command, key := range map[usbmuxd.Command]string{
			usbmuxd.ListDevices: "DeviceList", usbmuxd.ReadBUID: "BUID", usbmuxd.Listen: "Number", usbmuxd.ReadPairRecord: "Number",
			usbmuxd.ListListeners: "ListenerList", "Dance": "Number",
		} {
			p := x.program()
			p.send(usbmuxd.Request{Command: command, RecordID: udid})
			head := p.bytes(16)
			require.Equal(t, "0100000008000000"+"01000000", hex.EncodeToString(head[4:]), "version 1, property list, tag 1")
			body := string(p.bytes(int(head[0]) | int(head[1])<<8 - 16))
			require.True(t, strings.HasPrefix(body, "<?xml"), body)
			require.Contains(t, body, "<key>"+key+"</key>")
		}
	})
}

// A header of an unknown version is answered by a binary result 6, from which
// clients learn what to speak.
func TestTrap10UnknownVersion(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		p := x.program()
		p.hex("10000000" + "07000000" + "08000000" + "2a000000")
		require.Equal(t, "14000000"+"00000000"+"01000000"+"2a000000"+"06000000", hex.EncodeToString(p.bytes(20)))
		p.hex("10000000000000000300000001000000")
		require.Equal(t, usbmuxd.OK, p.next().Result, "the client may go on in another")
	})
}

// Pair records are read through the socket.
func TestTrap18PairRecordThroughTheSocket(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		record := []byte(`<plist version="1.0"><dict><key>HostID</key><string>H</string></dict></plist>`)
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.ask(usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid, RecordData: record}).Result)
		require.Equal(t, record, x.program().ask(usbmuxd.Request{Command: usbmuxd.ReadPairRecord, RecordID: udid}).Record)
	})
}

// The daemon asks nobody else: what USBMUXD_SOCKET_ADDRESS says is for clients.
// usbmuxd's preflight, which is a client, would go there.
func TestTrap12TheDaemonIgnoresTheVariable(t *testing.T) {
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer elsewhere.Close()
	asked := make(chan error, 1)
	go func() {
		c, err := elsewhere.Accept()
		if err == nil {
			_ = c.Close()
		}
		asked <- err
	}()
	t.Setenv("USBMUXD_SOCKET_ADDRESS", elsewhere.Addr().String())
	x, l := real(t, "127.0.0.1:0")
	x.run(func(dev usbmuxd.Device) {
		x.w.Outside("client", func() {
			c, result, err := dial(l, dev.ID, portEcho)
			assert.NoError(t, err)
			assert.Equal(t, usbmuxd.OK, result)
			_ = c.Close()
		})
	})
	require.NoError(t, elsewhere.Close())
	require.ErrorIs(t, <-asked, net.ErrClosed, "the daemon connected to another")
}
