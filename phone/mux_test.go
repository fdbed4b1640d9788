package phone

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// muxHost is a host that writes every packet by hand.
type muxHost struct {
	t     *testing.T
	w     *sim.World
	cable *usb.Cable
	p     *Phone
	conn  usb.Conn
	conns []net.Conn // that the phone has taken, on any port but 22
	tx    uint16
}

// muxed runs main with a phone that is enumerated and not configured.
func muxed(t *testing.T, main func(*muxHost)) {
	t.Helper()
	w := sim.New(sim.TimeLimit(time.Hour))
	h := &muxHost{t: t, w: w, cable: usb.NewCable(w, usb.CableOptions{}), p: New(w, "phone", persona(t))}
	h.p.SetPorts(PortsFunc(func(port uint16, c net.Conn) error {
		if port == 22 {
			return errors.New("closed")
		}
		h.conns = append(h.conns, c)
		return nil
	}))
	require.NoError(t, w.Run(func() {
		h.p.Start(h.cable.B(), h.cable.B())
		h.open()
		main(h)
	}))
}

// open opens the phone.
func (h *muxHost) open() {
	h.t.Helper()
	info, ok := usb.WaitDevice(h.cable.A(), h.w.Now()+10*time.Second)
	require.True(h.t, ok)
	var err error
	h.conn, err = h.cable.A().Open(info.ID)
	require.NoError(h.t, err)
}

// begin configures the phone, and agrees on version 2.
func (h *muxHost) begin(config uint8) {
	h.t.Helper()
	require.NoError(h.t, h.conn.SetConfiguration(config))
	require.NoError(h.t, h.conn.ClaimInterface(1))
	h.hex("0000000000000014000000020000000000000000")
	require.Equal(h.t, "0000000000000014000000020000000000000000", hex.EncodeToString(h.read()))
	h.hex("0000000200000011feedface0000ffff07")
	h.tx = 1
}

func (h *muxHost) write(b []byte) {
	h.t.Helper()
	t := &usb.Transfer{Endpoint: 0x04, Data: b, ZeroPacket: true}
	require.NoError(h.t, usb.Do(h.w, h.conn, t, 5*time.Second))
}

func (h *muxHost) hex(s string) {
	h.t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(h.t, err)
	h.write(b)
}

// try reads one transfer of at most 128 KiB.
func (h *muxHost) try(d time.Duration) ([]byte, error) {
	t := &usb.Transfer{Endpoint: 0x85, Data: make([]byte, 128<<10)}
	err := usb.Do(h.w, h.conn, t, d)
	return t.Data[:t.Actual], err
}

func (h *muxHost) read() []byte {
	h.t.Helper()
	b, err := h.try(5 * time.Second)
	require.NoError(h.t, err)
	return b
}

// quiet requires that the phone says nothing for a while.
func (h *muxHost) quiet() {
	h.t.Helper()
	b, err := h.try(time.Second)
	require.ErrorIs(h.t, err, usb.TimedOut, "%x", b)
}

func (h *muxHost) segment() usbmux.Segment {
	h.t.Helper()
	p, err := usbmux.ParsePacket(h.read(), 2)
	require.NoError(h.t, err)
	s, err := usbmux.ParseSegment(p.Payload)
	require.NoError(h.t, err)
	return s
}

func (h *muxHost) send(s usbmux.Segment) {
	h.t.Helper()
	s.Window = 131072
	b, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Tx: h.tx, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
	require.NoError(h.t, err)
	h.tx++
	h.write(b)
}

// dial opens a connection and returns a segment to go on with.
func (h *muxHost) dial(port uint16) usbmux.Segment {
	h.t.Helper()
	s := usbmux.Segment{Src: 1, Dst: port, Flags: usbmux.SYN}
	h.send(s)
	answer := h.segment()
	require.Equal(h.t, usbmux.SYN|usbmux.ACK, answer.Flags)
	s.Seq, s.Ack, s.Flags = 1, answer.Seq+1, usbmux.ACK
	h.send(s)
	return s
}

// The first connection to lockdown, byte for byte as it was observed.
func TestMuxFirstConnection(t *testing.T) {
	for _, config := range []uint8{3, configMuxEther} {
		muxed(t, func(h *muxHost) {
			h.begin(config)
			h.hex("0000000600000024feedface000100000001f27e00000000000000005002020000000000")
			require.Equal(t, "0000000600000024feedface00000001f27e000100000000000000015012020000000000", hex.EncodeToString(h.read()))
			require.Len(t, h.conns, 1)
			require.Equal(t, "62078", h.conns[0].LocalAddr().String())
			require.Equal(t, "usbmux", h.conns[0].LocalAddr().Network())
		})
	}
}

// Configurations without the usbmux interface have no such endpoints.
func TestMuxInOtherConfigurations(t *testing.T) {
	for _, config := range []uint8{1, configIPod} {
		muxed(t, func(h *muxHost) {
			require.NoError(t, h.conn.SetConfiguration(config))
			require.NoError(t, h.conn.ClaimInterface(0))
			_, err := h.try(time.Second)
			require.ErrorIs(t, err, usb.Invalid)
		})
	}
}

// A port where nothing answers is refused by RST.
func TestMuxRefusedPort(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		h.send(usbmux.Segment{Src: 1, Dst: 22, Flags: usbmux.SYN})
		require.Equal(t, usbmux.RST, h.segment().Flags)
		h.p.SetPorts(nil)
		h.send(usbmux.Segment{Src: 2, Dst: 62078, Flags: usbmux.SYN})
		require.Equal(t, usbmux.RST, h.segment().Flags)
		require.Empty(t, h.conns)
	})
}

// Bytes go both ways, and a close of the host's is the end of what is read.
func TestMuxReadWriteClose(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		c := h.conns[0]
		s.Payload = []byte("question")
		h.send(s)
		b := make([]byte, 100)
		n, err := c.Read(b)
		require.NoError(t, err)
		require.Equal(t, "question", string(b[:n]))
		h.w.Go("answer", func() { c.Write([]byte("answer")) })
		answer := h.segment()
		for len(answer.Payload) == 0 {
			answer = h.segment()
		}
		require.Equal(t, "answer", string(answer.Payload))
		require.Equal(t, uint32(9), answer.Ack)

		h.send(usbmux.Segment{Src: 1, Dst: 62078, Seq: 9, Flags: usbmux.RST})
		_, err = c.Read(b)
		require.ErrorIs(t, err, io.EOF)
		_, err = c.Write(b)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.NoError(t, c.Close())
		_, err = c.Read(b)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// What was written before Close arrives before the RST.
func TestMuxCloseSendsWhatIsQueued(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		h.dial(62078)
		want := bytes.Repeat([]byte("last words "), 5000)
		n, err := h.conns[0].Write(want)
		require.NoError(t, err)
		require.Equal(t, len(want), n)
		require.NoError(t, h.conns[0].Close())
		var got []byte
		for {
			s := h.segment()
			if s.Flags == usbmux.RST {
				break
			}
			got = append(got, s.Payload...)
		}
		require.Equal(t, want, got)
	})
}

// The phone acknowledges data, and never an ACK without data: a host that
// acknowledges every packet would answer for ever.
func TestTrap03NoACKOfAnACK(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		for range 3 {
			h.send(s)
		}
		h.quiet()
	})
}

// Flags other than SYN, SYN|ACK, ACK and RST reset the connection.
func TestTrap02OtherFlagsReset(t *testing.T) {
	for _, flags := range []usbmux.Flags{0x18, 0x11} {
		muxed(t, func(h *muxHost) {
			h.begin(configMuxEther)
			s := h.dial(62078)
			s.Flags, s.Payload = flags, []byte("x")
			h.send(s)
			require.Equal(t, usbmux.RST, h.segment().Flags)
			_, err := h.conns[0].Read(make([]byte, 1))
			require.Error(t, err)
		})
	}
}

// The phone keeps to the host's window: past it usbmuxd crashes.
func TestTrap04KeepsToTheWindow(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		c := h.conns[0]
		written := 0
		h.w.Go("phone writes", func() {
			for written < 1<<20 {
				n, err := c.Write(make([]byte, 10_000))
				if err != nil {
					return
				}
				written += n
			}
		})
		sum := 0
		for sum < 131072 {
			sum += len(h.segment().Payload)
		}
		require.Equal(t, 131072, sum)
		h.quiet()
		require.Less(t, written, 300<<10, "what the host does not take must not pile up")
		s.Ack += uint32(sum)
		h.send(s)
		require.NotEmpty(t, h.segment().Payload)
	})
}

// Every packet to the host is a transfer of its own, of at most 65536 bytes, which
// ends by a short packet or a zero-length one.
func TestTrap06OnePacketATransfer(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		for _, whole := range []int{37, 511, 512, 513, 1024, 16384, 32764} {
			_, err := h.conns[0].Write(make([]byte, whole-36))
			require.NoError(t, err)
			require.Len(t, h.read(), whole)
			s.Ack += uint32(whole - 36)
			h.send(s)
		}
	})
}

// Packets of the host that fill their USB packets are told apart by zero-length
// packets; 65535 bytes is the most, and one more is refused in an iPhone's words.
func TestTrap07LongestPacketFromTheHost(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		c := h.conns[0]
		for _, whole := range []int{512, 1024, 16384, 49152, 65535} {
			s.Payload = bytes.Repeat([]byte{byte(whole)}, whole-36)
			h.send(s)
			got := make([]byte, whole-36)
			_, err := io.ReadFull(c, got)
			require.NoError(t, err)
			require.Equal(t, s.Payload, got)
			s.Seq += uint32(len(s.Payload))
			h.segment() // its ACK
		}
		s.Payload = make([]byte, 65536-36)
		h.send(s)
		p, err := usbmux.ParsePacket(h.read(), 2)
		require.NoError(t, err)
		require.Equal(t, usbmux.ProtoControl, p.Protocol)
		require.Equal(t, "\x03message was too large (65536 bytes, max=65535)", string(p.Payload))
	})
}

// The host that does not read its own answers, and the phone's program that does
// not read, hold up each other and nobody else.
func TestMuxBackPressureFromTheHost(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		s.Payload = make([]byte, 32<<10)
		for range 4 { // the whole window, which nobody reads
			h.send(s)
			s.Seq += uint32(len(s.Payload))
		}
		h.quiet()
		n, err := io.ReadFull(h.conns[0], make([]byte, 128<<10))
		require.NoError(t, err)
		require.Equal(t, 128<<10, n)
		require.Equal(t, s.Seq, h.lastACK())
	})
}

// lastACK reads ACKs until no more come.
func (h *muxHost) lastACK() (ack uint32) {
	h.t.Helper()
	for {
		b, err := h.try(time.Second)
		if err != nil {
			return ack
		}
		p, err := usbmux.ParsePacket(b, 2)
		require.NoError(h.t, err)
		s, err := usbmux.ParseSegment(p.Payload)
		require.NoError(h.t, err)
		ack = s.Ack
	}
}

// Deadlines give up, and do no harm.
func TestMuxDeadlines(t *testing.T) {
	muxed(t, func(h *muxHost) {
		h.begin(configMuxEther)
		h.dial(62078)
		c := h.conns[0]
		began := h.w.Now()
		require.NoError(t, c.SetDeadline(h.w.Time().Add(time.Second)))
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Second, h.w.Now()-began)
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, c.SetWriteDeadline(time.Time{}))
		_, err = c.Write([]byte("x"))
		require.NoError(t, err)
		require.Equal(t, "x", string(h.segment().Payload))
		require.NoError(t, c.SetReadDeadline(h.w.Time().Add(time.Minute)))
		h.w.After(time.Second, func() { c.Close() })
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// Unplugged, unconfigured or configured again, every connection ends; and usbmux
// begins anew after it.
func TestMuxTornDown(t *testing.T) {
	for name, tear := range map[string]func(h *muxHost){
		"unplugged": func(h *muxHost) {
			h.cable.Unplug()
			h.w.Sleep(time.Second)
			h.cable.Plug()
			h.w.Sleep(time.Second)
			h.open()
		},
		"unconfigured":     func(h *muxHost) { require.NoError(h.t, h.conn.SetConfiguration(0)) },
		"configured again": func(h *muxHost) { require.NoError(h.t, h.conn.SetConfiguration(3)) },
		"host restarted": func(h *muxHost) {
			h.hex("0000000000000014000000020000000000000000")
			h.read()
		},
	} {
		t.Run(name, func(t *testing.T) {
			muxed(t, func(h *muxHost) {
				h.begin(configMuxEther)
				h.dial(62078)
				c := h.conns[0]
				var err error
				ended := false
				h.w.Go("reader", func() {
					_, err = c.Read(make([]byte, 1))
					ended = true
				})
				h.w.Yield()
				tear(h)
				h.w.Yield()
				require.True(t, ended)
				require.Error(t, err)
				_, err = c.Write([]byte("x"))
				require.Error(t, err)
				h.begin(configMuxEther)
				h.dial(62078)
				require.Len(t, h.conns, 2)
			})
		})
	}
}

// Fifty replugs leave no process behind.
func TestMuxLeavesNothingBehind(t *testing.T) {
	muxed(t, func(h *muxHost) {
		for range 50 {
			h.begin(configMuxEther)
			h.dial(62078)
			h.cable.Unplug()
			h.w.Sleep(time.Second)
			h.cable.Plug()
			h.w.Sleep(time.Second)
			h.open()
		}
		require.Less(t, len(h.w.Waits()), 10, "%v", h.w.Waits())
	})
}
