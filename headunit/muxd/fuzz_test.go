package muxd_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/wire/usbmux"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// FuzzServe: whatever a program sends, in whatever pieces, the daemon lives, lets go
// of it when it hangs up, and serves the next.
func FuzzServe(f *testing.F) {
	for _, r := range []usbmuxd.Request{
		{Version: 1, Command: usbmuxd.Listen}, {Version: 1, Command: usbmuxd.ListDevices}, {Version: 1, Command: usbmuxd.ReadBUID},
		{Version: 1, Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: portEcho, HasPort: true},
		{Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: 22, HasPort: true},
		{Version: 1, Command: usbmuxd.SavePairRecord, RecordID: "../x", RecordData: record, DeviceID: 1, HasDevice: true},
	} {
		b, err := r.AppendTo(nil)
		require.NoError(f, err)
		f.Add(append(b, "behind"...), uint8(7))
	}
	f.Add([]byte("\xff\xff\xff\xff\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		x := newRig(t, muxd.Options{})
		x.run(func(dev usbmuxd.Device) {
			foe := x.program()
			x.w.Go("foe reads", func() { _, _ = io.Copy(io.Discard, foe.conn) })
			for rest := data; len(rest) > 0; {
				n := min(int(step)+1, len(rest))
				if _, err := foe.conn.Write(rest[:n]); err != nil {
					break
				}
				rest = rest[n:]
				x.w.Sleep(time.Millisecond)
			}
			_ = foe.conn.Close()
			x.w.Sleep(time.Minute)
			require.Zero(t, x.d.Clients())
			require.Equal(t, []usbmuxd.Device{dev}, x.program().ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices)
		})
	})
}

// FuzzDevice: whatever a device sends, the daemon lives, and forgets it when it is
// unplugged.
func FuzzDevice(f *testing.F) {
	s := usbmux.Segment{Src: portEcho, Dst: 1, Ack: 1, Flags: usbmux.SYN | usbmux.ACK, Window: 131072}
	syn, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
	require.NoError(f, err)
	s.Flags, s.Seq, s.Payload = usbmux.ACK, 1, []byte("hello")
	data, err := usbmux.Packet{Protocol: usbmux.ProtoTCP, Tx: 1, Payload: s.AppendTo(nil)}.AppendTo(nil, 2)
	require.NoError(f, err)
	f.Add(append(syn, data...), uint8(len(syn)-1), true)
	f.Add(data, uint8(200), true)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"), uint8(19), false)
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x15\xfe\xed\xfa\xce\x00\x00\x00\x00\x07text"), uint8(255), true)
	f.Fuzz(func(t *testing.T, data []byte, step uint8, up bool) {
		x := newFake(t, muxd.Options{})
		main := func() {
			p := x.program()
			p.send(usbmuxd.Request{Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: portEcho, HasPort: true})
			x.w.Go("device reads", func() {
				buf := make([]byte, 64<<10)
				for {
					x.out.SetReadDeadline(x.w.Now() + time.Hour)
					if _, err := x.out.ReadTransfer(buf); err != nil {
						return
					}
				}
			})
			for rest := data; len(rest) > 0; {
				n := min(int(step)+1, len(rest))
				x.in.SetWriteDeadline(x.w.Now() + time.Second)
				if _, err := x.in.Write(rest[:n]); err != nil {
					break
				}
				rest = rest[n:]
			}
			x.w.Sleep(time.Minute)
			x.cable.Unplug()
			x.w.Sleep(time.Minute)
			require.Empty(t, x.d.Devices())
			require.Empty(t, x.program().ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices)
		}
		if up {
			x.run(main)
			return
		}
		require.NoError(t, x.w.Run(func() {
			x.plug(fakeDescriptors())
			if x.out.WaitEnabled(10 * time.Second) {
				main()
			}
		}))
	})
}
