package phone

import (
	"encoding/hex"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// faulty is a configured phone whose usbmux is like that.
func faulty(t *testing.T, keys string, main func(*muxHost)) {
	t.Helper()
	muxed(t, func(h *muxHost) {
		p := persona(t)
		require.NoError(t, p.Overlay([]byte("usbmux: {"+keys+"}")))
		require.NoError(t, h.p.SetUSBMux(p.USBMux))
		main(h)
	})
}

// syn asks for a port, from a port of the host's.
func (h *muxHost) syn(from, port uint16) {
	h.t.Helper()
	h.send(usbmux.Segment{Src: from, Dst: port, Flags: usbmux.SYN})
}

// established opens a connection that is not the first.
func (h *muxHost) established(from, port uint16) usbmux.Segment {
	h.t.Helper()
	h.syn(from, port)
	answer := h.segment()
	require.Equal(h.t, usbmux.SYN|usbmux.ACK, answer.Flags)
	s := usbmux.Segment{Src: from, Dst: port, Seq: 1, Ack: answer.Seq + 1, Flags: usbmux.ACK}
	h.send(s)
	return s
}

// libimobiledevice#1037: a device that drops the first SYN. The others it answers.
func TestMuxDropSyns(t *testing.T) {
	faulty(t, "drop-syns: 2", func(h *muxHost) {
		h.begin(configMuxEther)
		h.syn(1, 62078)
		h.quiet()
		h.syn(2, 5000)
		h.quiet()
		h.established(3, 62078)
		require.Len(t, h.conns, 1)
		// The host that gives up says so, and nothing comes of it.
		h.send(usbmux.Segment{Src: 1, Dst: 62078, Seq: 1, Flags: usbmux.RST})
		h.quiet()
	})
}

// libimobiledevice#1491: 30 to 60 s until a phone appears.
func TestMuxAnswerLate(t *testing.T) {
	faulty(t, "answer-late: 3s", func(h *muxHost) {
		h.begin(configMuxEther)
		start := h.w.Now()
		h.syn(1, 62078)
		require.Equal(t, usbmux.SYN|usbmux.ACK, h.segment().Flags)
		require.GreaterOrEqual(t, h.w.Now()-start, 3*time.Second)
		require.Less(t, h.w.Now()-start, 3100*time.Millisecond)
		h.send(usbmux.Segment{Src: 1, Dst: 62078, Seq: 1, Ack: 1, Flags: usbmux.ACK})
		h.syn(2, 22)
		require.Equal(t, usbmux.RST, h.segment().Flags, "a refusal is as late")
		h.syn(3, 62078)
		h.w.Sleep(time.Second)
		h.send(usbmux.Segment{Src: 3, Dst: 62078, Seq: 1, Flags: usbmux.RST})
		h.quiet()
		h.w.Sleep(5 * time.Second)
		require.Len(t, h.conns, 1, "one whom the host has left is not answered")
	})
}

// usbmuxd#281: lockdown is refused in the beginning, and only lockdown.
func TestMuxRefuseFor(t *testing.T) {
	faulty(t, "refuse-for: 2s", func(h *muxHost) {
		h.begin(configMuxEther)
		h.syn(1, 62078)
		require.Equal(t, usbmux.RST, h.segment().Flags)
		h.established(2, 5000)
		h.w.Sleep(2 * time.Second)
		h.established(3, 62078)
	})
}

// libimobiledevice#1066: acknowledgements end after so many bytes, and an upload
// stands still one window later.
func TestMuxNoAckAfter(t *testing.T) {
	faulty(t, "no-ack-after: 100", func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		total := 0
		h.w.Go("service", func() {
			buf := make([]byte, 64)
			for {
				n, err := h.conns[0].Read(buf)
				if total += n; err != nil {
					return
				}
			}
		})
		s.Payload = make([]byte, 60)
		h.send(s)
		require.Equal(t, uint32(61), h.segment().Ack)
		for range 5 {
			s.Seq += 60
			h.send(s)
		}
		h.quiet()
		require.Equal(t, 100, total)
		// Another connection has its own count.
		other := h.established(2, 5000)
		require.Len(t, h.conns, 2)
		h.w.Go("other service", func() { io.Copy(io.Discard, h.conns[1]) })
		other.Payload = []byte("hello")
		h.send(other)
		require.Equal(t, uint32(6), h.segment().Ack)
		// The service learns of the end.
		h.send(usbmux.Segment{Src: 1, Dst: 62078, Seq: s.Seq + 60, Flags: usbmux.RST})
		h.w.Sleep(time.Second)
	})
}

// libimobiledevice#782: RST in the middle of a conversation, once what was sent has
// left.
func TestMuxResetAfter(t *testing.T) {
	faulty(t, "reset-after: 20", func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		c := h.conns[0]
		s.Payload = []byte("question")
		h.send(s)
		buf := make([]byte, 100)
		n, err := c.Read(buf)
		require.NoError(t, err)
		require.Equal(t, 8, n)
		require.Empty(t, h.segment().Payload)
		h.w.Go("answer", func() {
			_, err := c.Write([]byte("the answer is 42"))
			require.NoError(t, err)
			_, err = c.Write([]byte("more"))
			require.ErrorIs(t, err, io.ErrClosedPipe)
			_, err = c.Read(buf)
			require.ErrorIs(t, err, io.EOF)
			require.NoError(t, c.Close())
		})
		require.Equal(t, "the answer is 42", string(h.segment().Payload))
		require.Equal(t, usbmux.RST, h.segment().Flags&usbmux.RST)
		h.quiet()
		h.established(2, 62078)
	})
}

// usbmuxd#215: one STALL on the IN pipe. A host that clears it loses nothing.
func TestMuxStallAt(t *testing.T) {
	faulty(t, "stall-at: 3", func(h *muxHost) {
		h.begin(configMuxEther) // packet 1
		h.dial(62078)           // packet 2
		h.w.Go("service", func() { h.conns[0].Write([]byte("after the stall")) })
		_, err := h.try(time.Second)
		require.ErrorIs(t, err, usb.Stall)
		_, err = h.try(time.Second)
		require.ErrorIs(t, err, usb.Stall, "until it is cleared")
		require.NoError(t, h.conn.ClearHalt(0x85))
		require.Equal(t, "after the stall", string(h.segment().Payload))
		h.w.Go("service", func() { h.conns[0].Write([]byte("once")) })
		require.Equal(t, "once", string(h.segment().Payload))
	})
}

// usbmuxd#154: the phone goes as soon as it is there, and comes back.
func TestMuxFlaps(t *testing.T) {
	faulty(t, "flaps: 2, flap-after: 100ms", func(h *muxHost) {
		for range 2 {
			h.begin(configMuxEther)
			h.w.Sleep(50 * time.Millisecond)
			require.NotNil(t, h.cable.B().Attached())
			h.w.Sleep(100 * time.Millisecond)
			require.Nil(t, h.cable.B().Attached())
			h.open()
		}
		h.begin(configMuxEther)
		h.w.Sleep(time.Minute)
		require.NotNil(t, h.cable.B().Attached())
	})
}

// Phones of before version 2, and one that says nothing at all.
func TestMuxVersions(t *testing.T) {
	for _, c := range []struct{ keys, answer string }{
		{"version: 1", "0000000000000014000000010000000000000000"},
		{"version: 3", "0000000000000014000000030000000000000000"},
		{"mute: true", ""},
	} {
		faulty(t, c.keys, func(h *muxHost) {
			require.NoError(t, h.conn.SetConfiguration(4))
			require.NoError(t, h.conn.ClaimInterface(1))
			h.hex("0000000000000014000000020000000000000000")
			if c.answer == "" {
				h.quiet()
				return
			}
			require.Equal(t, c.answer, hex.EncodeToString(h.read()), c.keys)
		})
	}
}

// A phone that answers acknowledgements, and one that minds no window.
func TestMuxAckAcksAndIgnoreWindow(t *testing.T) {
	faulty(t, "ack-acks: true", func(h *muxHost) {
		h.begin(configMuxEther)
		s := h.dial(62078)
		for range 3 {
			h.send(s)
			require.Equal(t, usbmux.ACK, h.segment().Flags)
		}
	})
	faulty(t, "ignore-window: true", func(h *muxHost) {
		h.begin(configMuxEther)
		h.dial(62078)
		h.w.Go("service", func() { h.conns[0].Write(make([]byte, 400_000)) })
		total := 0
		for total < 400_000 {
			total += len(h.segment().Payload)
		}
	})
}

func TestBadUSBMux(t *testing.T) {
	for _, key := range []string{"drop-syns", "reset-after", "no-ack-after", "stall-at", "flaps"} {
		p := persona(t)
		require.ErrorContains(t, p.Overlay([]byte(fmt.Sprintf("usbmux: {%s: -1}", key))), "usbmux."+key+" is -1")
	}
	p := persona(t)
	require.ErrorContains(t, p.Overlay([]byte("usbmux: {version: 0}")), "usbmux.version")
	require.ErrorContains(t, New(sim.New(), "phone", persona(t)).SetUSBMux(USBMux{}), "phone: usbmux.version")
}
