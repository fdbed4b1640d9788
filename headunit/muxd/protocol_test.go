package muxd_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// The binary protocol byte for byte, as early tools spoke it.
func TestBinaryProtocol(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		listener := x.program()
		listener.hex("10000000" + "00000000" + "03000000" + "02000000")
		require.Equal(t, "14000000"+"00000000"+"01000000"+"02000000"+"00000000", hex.EncodeToString(listener.bytes(20)))
		require.Equal(t, "1c010000"+"00000000"+"04000000"+"00000000"+
			"01000000"+"a812"+hex.EncodeToString([]byte(udid))+strings.Repeat("00", 256-len(udid))+"0000"+"01000100",
			hex.EncodeToString(listener.bytes(284)))

		p := x.program()
		p.hex("18000000" + "00000000" + "02000000" + "03000000" + "01000000" + "0016" + "0000") // port 22
		require.Equal(t, "14000000"+"00000000"+"01000000"+"03000000"+"03000000", hex.EncodeToString(p.bytes(20)))
		p.hex("18000000" + "00000000" + "02000000" + "04000000" + "01000000" + "f27e" + "0000") // lockdown
		require.Equal(t, "14000000"+"00000000"+"01000000"+"04000000"+"00000000", hex.EncodeToString(p.bytes(20)))

		x.cable.Unplug()
		require.Equal(t, "14000000"+"00000000"+"05000000"+"00000000"+"01000000", hex.EncodeToString(listener.bytes(20)))
		p.closed()
	})
}

// The results of Connect.
func TestConnectResults(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		for name, c := range map[string]struct {
			r    usbmuxd.Request
			want usbmuxd.Result
		}{
			"no device id":      {usbmuxd.Request{Port: portEcho, HasPort: true}, usbmuxd.BadDevice},
			"unknown device id": {usbmuxd.Request{DeviceID: 99, HasDevice: true, Port: portEcho, HasPort: true}, usbmuxd.BadDevice},
			"no port":           {usbmuxd.Request{DeviceID: dev.ID, HasDevice: true}, usbmuxd.BadCommand},
			"closed port":       {usbmuxd.Request{DeviceID: dev.ID, HasDevice: true, Port: 22, HasPort: true}, usbmuxd.ConnRefused},
			"open port":         {usbmuxd.Request{DeviceID: dev.ID, HasDevice: true, Port: portEcho, HasPort: true}, usbmuxd.OK},
		} {
			c.r.Command = usbmuxd.Connect
			require.Equal(t, c.want, x.program().ask(c.r).Result, name)
		}
	})
}

// What no daemon understands.
func TestBadCommands(t *testing.T) {
	const dict = `<plist version="1.0"><dict>%</dict></plist>`
	for name, c := range map[string]struct {
		message []byte
		want    usbmuxd.Result
		silent  bool
	}{
		"unknown command":       {message: framed(1, 8, 9, strings.ReplaceAll(dict, "%", "<key>MessageType</key><string>Dance</string>")), want: usbmuxd.BadCommand},
		"no command":            {message: framed(1, 8, 9, strings.ReplaceAll(dict, "%", "")), want: usbmuxd.BadCommand},
		"command of wrong type": {message: framed(1, 8, 9, strings.ReplaceAll(dict, "%", "<key>MessageType</key><true/>")), want: usbmuxd.BadCommand},
		"record id of wrong type": {message: framed(1, 8, 9, strings.ReplaceAll(dict, "%",
			"<key>MessageType</key><string>ReadPairRecord</string><key>PairRecordID</key><integer>5</integer>")), want: usbmuxd.Invalid},
		"binary, unknown kind": {message: framed(0, 77, 9, ""), want: usbmuxd.BadCommand},
		"binary, short":        {message: framed(0, 2, 9, "\x01"), want: usbmuxd.BadCommand},
		"version 2":            {message: framed(2, 8, 9, ""), want: usbmuxd.BadVersion},
		"no list":              {message: framed(1, 8, 9, "hello"), silent: true},
		"binary list":          {message: framed(1, 8, 9, "bplist00\xd0\x08\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09"), silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			x := newRig(t, muxd.Options{})
			x.run(func(usbmuxd.Device) {
				p := x.program()
				p.raw(c.message)
				if !c.silent {
					r := p.next()
					require.Equal(t, c.want, r.Result)
					require.Equal(t, uint32(9), r.Tag)
				}
				require.Len(t, p.ask(usbmuxd.Request{Command: usbmuxd.ListDevices}).Devices, 1, "the client may go on")
			})
		})
	}
}

// A message that claims more than 64 KiB, or less than its header, ends the
// client at once.
func TestImpossibleLengths(t *testing.T) {
	for _, length := range []string{"01000100", "ffffffff", "0f000000", "00000000"} {
		x := newRig(t, muxd.Options{})
		x.run(func(usbmuxd.Device) {
			p := x.program()
			p.hex(length + "01000000" + "08000000" + "01000000")
			p.closed()
		})
	}
}

// A request may come byte by byte, and several in one piece.
func TestRequestsInPieces(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		one, err := usbmuxd.Request{Version: 1, Tag: 1, Command: usbmuxd.ListDevices}.AppendTo(nil)
		require.NoError(t, err)
		two, err := usbmuxd.Request{Version: 1, Tag: 2, Command: usbmuxd.ReadBUID}.AppendTo(nil)
		require.NoError(t, err)
		p := x.program()
		for i := range one {
			p.raw(one[i : i+1])
			x.w.Sleep(time.Millisecond)
		}
		require.Len(t, p.next().Devices, 1)
		p.raw(append(one, two...))
		require.Equal(t, uint32(1), p.next().Tag)
		require.Equal(t, uint32(2), p.next().Tag)
	})
}

// What a client sends right behind Connect is the beginning of the connection.
func TestBytesBehindConnect(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		b, err := usbmuxd.Request{Version: 1, Tag: 1, Command: usbmuxd.Connect, DeviceID: dev.ID, HasDevice: true, Port: portEcho, HasPort: true}.AppendTo(nil)
		require.NoError(t, err)
		p := x.program()
		p.raw(append(b, "early"...))
		require.Equal(t, usbmuxd.OK, p.next().Result)
		require.Equal(t, "early", string(p.bytes(5)))
	})
}

// A listener is told of what is there, and of what comes and goes.
func TestListen(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.ask(usbmuxd.Request{Command: usbmuxd.Listen}).Result)
		r := p.next()
		require.Equal(t, "Attached", r.Type)
		require.Equal(t, dev, r.Device, "the same as in ListDevices")
		require.Zero(t, r.Tag)
		x.cable.Unplug()
		r = p.next()
		require.Equal(t, "Detached", r.Type)
		require.Equal(t, dev.ID, r.Device.ID)
		x.cable.Plug()
		r = p.next()
		require.Equal(t, "Attached", r.Type)
		require.Equal(t, dev.ID+1, r.Device.ID)
	})
}

// Any command of a listener closes it, without a reply.
func TestCommandAfterListenCloses(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.ask(usbmuxd.Request{Command: usbmuxd.Listen}).Result)
		require.Equal(t, "Attached", p.next().Type)
		p.send(usbmuxd.Request{Command: usbmuxd.ListDevices})
		_, err := p.try(time.Minute)
		require.Error(t, err)
		require.NotErrorIs(t, err, sim.ErrEnded)
		x.w.Sleep(time.Second)
		require.Zero(t, x.d.Clients())
	})
}

// ListListeners names those that listen.
func TestListListeners(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(usbmuxd.Device) {
		l := x.program()
		l.ask(usbmuxd.Request{Command: usbmuxd.Listen, Client: usbmuxd.Client{ProgName: "upowerd"}})
		p := x.program()
		p.send(usbmuxd.Request{Command: usbmuxd.ListListeners})
		b := p.bytes(16)
		body := p.bytes(int(b[0]) | int(b[1])<<8 - 16)
		require.Equal(t, 1, strings.Count(string(body), "<key>ProgName</key>"))
		require.Contains(t, string(body), "upowerd")
	})
}

// Close ends clients and lets go of devices, which another daemon can take then.
func TestCloseAndStartAgain(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.connect(dev.ID, portEcho))
		require.NoError(t, x.d.Close())
		p.closed()
		x.w.Sleep(time.Second)
		x.d = muxd.New(x.w, "muxd again", muxd.Options{})
		x.d.Watch(x.cable.A())
		dev = x.device()
		require.Equal(t, uint32(1), dev.ID)
		require.Equal(t, usbmuxd.OK, x.program().connect(dev.ID, portEcho))
	})
}
