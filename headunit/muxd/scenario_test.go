package muxd_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// What users of usbmuxd and its like report as bugs, each with the good outcome.

// A phone that was replugged has another id, and the old one is nobody's.
func TestStaleDeviceIDAfterReplug(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		x.cable.Unplug()
		require.True(t, x.d.WaitGone(dev.ID, sim.Never))
		p := x.program()
		require.Equal(t, usbmuxd.BadDevice, p.connect(dev.ID, portEcho))
		x.cable.Plug()
		again := x.device()
		require.Equal(t, uint32(2), again.ID)
		require.Equal(t, dev.Serial, again.Serial)
		require.Equal(t, usbmuxd.BadDevice, p.connect(dev.ID, portEcho))
		require.Equal(t, usbmuxd.OK, p.connect(again.ID, portEcho))
	})
}

// A detach in the middle of a transfer closes the client, and the daemon serves
// on. (usbmuxd was seen to hang.)
func TestDetachInMidTransfer(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		x.w.Go("upload", func() {
			for {
				if _, err := p.conn.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		})
		n, err := io.CopyN(io.Discard, p.conn, 1<<20)
		require.NoError(t, err)
		require.Equal(t, int64(1<<20), n)
		x.cable.Unplug()
		p.closed()
		require.Equal(t, 1, len(x.conns))
		_, err = x.conns[0].Write([]byte("late"))
		require.Error(t, err, "the phone's end is closed, too")
		require.Empty(t, x.program().ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices)
		x.cable.Plug()
		require.Equal(t, uint32(2), x.device().ID)
	})
}

// A detach while a client waits for its connection refuses it.
func TestDetachDuringConnect(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.After(time.Second, x.cable.Unplug)
		require.Equal(t, usbmuxd.ConnRefused, p.connect(1, 62078))
		require.Equal(t, usbmuxd.BadDevice, p.connect(1, 62078), "the client may ask again")
	})
}

// A detach in the middle of the first exchange with lockdown.
func TestDetachDuringFirstExchange(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("device", func() {
			s := x.answer()
			require.NotEmpty(t, x.segment().Payload)
			s.Payload = []byte{0, 0, 1} // the beginning of an answer
			x.send(x.build(s))
			x.w.Sleep(time.Millisecond)
			x.cable.Unplug()
		})
		require.Equal(t, usbmuxd.OK, p.connect(1, 62078))
		p.raw([]byte("QueryType"))
		require.Equal(t, []byte{0, 0, 1}, p.bytes(3), "what came before is delivered")
		p.closed()
	})
}

// 500 connections one after another on one device, then a listing.
func TestFiveHundredReconnects(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		for i := range 500 {
			p := x.program()
			require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho), "connection %d", i)
			p.raw([]byte("x"))
			p.bytes(1)
			require.NoError(t, p.conn.Close())
		}
		require.Len(t, x.program().ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices, 1)
		x.w.Sleep(time.Second)
		require.Equal(t, 1, x.d.Clients(), "clients that are gone are forgotten")
	})
}

// 500 times unplugged and plugged in: ids count up, and nothing is left behind.
func TestFiveHundredReplugs(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		for range 500 {
			x.cable.Unplug()
			require.True(t, x.d.WaitGone(dev.ID, sim.Never))
			x.cable.Plug()
			next := x.device()
			require.Equal(t, dev.ID+1, next.ID)
			dev = next
		}
		x.w.Sleep(time.Second)
		require.Less(t, len(x.w.Waits()), 20, "processes are left behind: %v", x.w.Waits())
	})
}

// Two clients on one phone at once, each with its own bytes.
func TestTwoClientsInParallel(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		done := x.w.NewCond("both clients")
		left := 2
		for i := range 2 {
			x.w.Go("client", func() {
				p := x.program()
				require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
				for round := range 100 {
					want := bytes.Repeat([]byte{byte(i), byte(round)}, 1500)
					p.raw(want)
					require.Equal(t, want, p.bytes(len(want)))
				}
				left--
				done.Broadcast()
			})
		}
		done.WaitFor(sim.Never, func() bool { return left == 0 })
	})
}

// A thousand connections at once, most of which are dropped without a word.
func TestConnectionStorm(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		done := x.w.NewCond("all clients")
		left := 1000
		for i := range left {
			x.w.Go("client", func() {
				p := x.program()
				if i%3 == 0 { // closes before the answer
					p.send(usbmuxd.Request{Command: usbmuxd.Connect, DeviceID: dev.ID, HasDevice: true, Port: portEcho, HasPort: true})
				} else {
					require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
					want := []byte(fmt.Sprint("client ", i))
					p.raw(want)
					require.Equal(t, want, p.bytes(len(want)))
				}
				require.NoError(t, p.conn.Close())
				left--
				done.Broadcast()
			})
		}
		done.WaitFor(sim.Never, func() bool { return left == 0 })
		x.w.Sleep(time.Minute)
		require.Zero(t, x.d.Clients())
		require.Equal(t, usbmuxd.OK, x.program().connect(dev.ID, portEcho))
	})
}

// Two mux packets in one USB read are taken apart. usbmuxd drops both.
func TestTwoPacketsInOneRead(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		p := x.program()
		x.w.Go("device", func() {
			s := x.answer()
			s.Payload = []byte("one ")
			b := x.build(s)
			s.Seq += 4
			s.Payload = []byte("two")
			x.send(append(b, x.build(s)...))
		})
		require.Equal(t, usbmuxd.OK, p.connect(1, portEcho))
		require.Equal(t, "one two", string(p.bytes(7)))
	})
}

// A phone that stalls its pipe once is read on.
func TestStallOfTheInPipe(t *testing.T) {
	x := newFake(t, muxd.Options{})
	x.run(func() {
		x.in.SetHalt(true)
		x.w.Sleep(time.Second)
		p := x.program()
		x.w.Go("device", func() {
			s := x.answer()
			s.Payload = []byte("again")
			x.send(x.build(s))
		})
		require.Equal(t, usbmuxd.OK, p.connect(1, portEcho))
		require.Equal(t, "again", string(p.bytes(5)))
	})
}

// A phone that never answers VERSION, or with a version that nobody knows, is
// never shown.
func TestDevicesThatAreNotShown(t *testing.T) {
	for name, answer := range map[string]string{
		"mute":      "",
		"version 3": "0000000000000014000000030000000000000000",
	} {
		t.Run(name, func(t *testing.T) {
			x := newFake(t, muxd.Options{})
			require.NoError(t, x.w.Run(func() {
				x.plug(fakeDescriptors())
				require.True(t, x.out.WaitEnabled(10*time.Second))
				x.packet()
				if answer != "" {
					x.hex(answer)
				}
				_, ok := x.d.WaitDevice(x.w.Now() + time.Minute)
				require.False(t, ok)
			}))
		})
	}
}

// A client that takes nothing of what is left when the phone has closed is
// dropped in the end.
func TestClientThatNeverReadsIsDropped(t *testing.T) {
	x := newRig(t, muxd.Options{Drain: 10 * time.Second})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portRead))
		_, err := x.conns[0].Write(make([]byte, 200<<10))
		require.NoError(t, err)
		require.NoError(t, x.conns[0].Close())
		x.w.Sleep(time.Minute)
		require.Zero(t, x.d.Clients())
	})
}

// A listener that never reads is dropped once its notifications are too many.
func TestListenerThatNeverReadsIsDropped(t *testing.T) {
	x := newRig(t, muxd.Options{Backlog: 32 << 10})
	x.run(func(dev usbmuxd.Device) {
		x.program().send(usbmuxd.Request{Command: usbmuxd.Listen})
		for range 150 {
			x.cable.Unplug()
			require.True(t, x.d.WaitGone(dev.ID, sim.Never))
			x.cable.Plug()
			dev = x.device()
		}
		require.Zero(t, x.d.Clients())
	})
}

// Twelve phones at once, on twelve hosts. (usbmuxd was seen to crash with ten.)
func TestTwelvePhones(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		for range 11 {
			x.d.Watch(x.another())
		}
		x.w.Sleep(time.Minute)
		seen := map[uint32]bool{}
		for _, dev := range x.d.Devices() {
			seen[dev.ID] = true
			conn, err := x.d.Dial(dev.ID, portEcho)
			require.NoError(t, err)
			_, err = conn.Write([]byte{byte(dev.ID)})
			require.NoError(t, err)
			b := make([]byte, 1)
			_, err = io.ReadFull(conn, b)
			require.NoError(t, err)
			require.Equal(t, byte(dev.ID), b[0])
		}
		require.Len(t, seen, 12)
	})
}

// As usbmuxd itself speaks: acknowledging every packet, one packet a transfer, no
// time limit.
func TestAsUsbmuxd(t *testing.T) {
	x := newRig(t, muxd.Options{Mux: usbmux.Usbmuxd()})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.ConnRefused, p.connect(dev.ID, 22))
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		want := bytes.Repeat([]byte("usbmuxd"), 100_000)
		x.w.Go("upload", func() { p.raw(want) })
		require.Equal(t, want, p.bytes(len(want)))
		began := x.w.Handovers()
		x.w.Sleep(time.Second)
		require.Less(t, x.w.Handovers()-began, uint64(100), "both ends go on acknowledging")
	})
}
