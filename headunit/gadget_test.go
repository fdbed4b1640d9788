package headunit

import (
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// The goggles' gadget is, byte for byte, the one of the capture
// (wllm-rbnt/third-eye): its header, its interfaces, its endpoints.
func TestTheGadgetIsTheCapturedOne(t *testing.T) {
	g := newGadget(New(sim.New(), "car", load(t, "dji-goggles")))
	got := hex.EncodeToString(g.core.Descriptors().Configs[0].AppendTo(nil))
	require.Equal(t, "090240000201048001"+
		"0904000002fff00005"+"07058102000200"+"07050102000200"+
		"0904010000fff00106"+
		"0904010102fff00106"+"07058202000200"+"07050202000200", got)
	require.Equal(t, "com.dji.logiclink", g.core.Descriptors().Text(6))
}

// One interface for each native protocol, in their order, each with endpoints
// of its own; protocols inside the link have none.
func TestInterfacesOfTheProtocols(t *testing.T) {
	m := model(t, "protocols: [{name: a, native: true, behaviour: echo}, {name: b, behaviour: echo}, {name: c, native: true, behaviour: echo}]")
	d := newGadget(New(sim.New(), "car", m)).core.Descriptors()
	found := d.Configs[0].Find(0xFF, 0xF0, 1)
	require.Len(t, found, 4)
	require.Equal(t, "a", d.Text(found[1].Alternate.String))
	require.Equal(t, "c", d.Text(found[3].Alternate.String))
	in, out, ok := found[3].BulkPair()
	require.True(t, ok)
	require.Equal(t, []uint8{0x83, 0x03}, []uint8{in, out})
	require.Empty(t, newGadget(New(sim.New(), "car", model(t, "usb: {no-iap: true}"))).core.Descriptors().Configs[0].Find(0xFF, 0xF0, 0))
}

// start plugs an iPhone in and returns the gadget that comes back.
func (b *bench) start() usb.Conn {
	b.t.Helper()
	b.plug(b.iPhone())
	return b.gadget()
}

func TestAConnectionOverUSB(t *testing.T) {
	onCable(t, "", func(b *bench) {
		b.iap(b.start())
		b.begin()
		b.next("RequestAppLaunch")
	})
}

// A phone that leaves is looked for anew.
func TestThePhoneGoes(t *testing.T) {
	onCable(t, "", func(b *bench) {
		for range 3 {
			conn := b.start()
			b.iap(conn)
			b.begin()
			b.cable.Unplug()
			b.s.Close()
			b.w.Sleep(time.Second)
			require.Nil(t, b.cable.A().Attached())
			b.saw("phone left")
			b.cable.Plug()
		}
	})
}

// A host may reset the bus, or unconfigure and configure the gadget: then iAP2
// begins anew on the same gadget.
func TestTheGadgetIsConfiguredAgain(t *testing.T) {
	for name, again := range map[string]func(usb.Conn) error{
		"bus reset":         usb.Conn.Reset,
		"SET_CONFIGURATION": func(c usb.Conn) error { return c.SetConfiguration(1) },
		"unconfigured for a while": func(c usb.Conn) error {
			if err := c.SetConfiguration(0); err != nil {
				return err
			}
			return c.SetConfiguration(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onCable(t, "", func(b *bench) {
				conn := b.start()
				b.iap(conn)
				b.begin()
				b.s.Close()
				require.NoError(t, again(conn))
				require.Equal(t, uint8(1), conn.Configuration())
				b.talk(conn)
				b.begin()
				b.next("RequestAppLaunch")
				b.saw("iAP2 ended")
			})
		})
	}
}

// A phone that unconfigures the gadget and does no more is waited for as long as
// one that never came.
func TestTheGadgetIsUnconfiguredForGood(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.s.Close()
		at := b.w.Now()
		require.NoError(t, conn.SetConfiguration(0))
		b.w.Sleep(13 * time.Second)
		require.Equal(t, at+12*time.Second, b.at("car no phone"))
		require.Nil(t, b.cable.A().Attached())
	})
}

const (
	oneNative = "protocols: [{name: com.example.a, match: 1, native: true, behaviour: echo}]\n"
	echoes    = noLaunch + oneNative
)

// native opens the transport of interface 1.
func (b *bench) native(conn usb.Conn) *usb.Stream {
	b.t.Helper()
	require.NoError(b.t, conn.ClaimInterface(1))
	require.NoError(b.t, conn.SetInterface(1, 1))
	return usb.NewStream(b.w, conn, 0x82, 0x02, usb.StreamOptions{})
}

// The native transport lives from alternate setting 1 to setting 0, and can be
// opened again, also without a 0 in between.
func TestNativeTransport(t *testing.T) {
	onCable(t, echoes, func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.begin()
		for range 3 {
			stream := b.native(conn)
			require.NoError(t, session.Duplex(b.w, stream, 100_000))
			stream.Close()
			require.NoError(t, conn.SetInterface(1, 0))
			b.w.Sleep(time.Second)
			b.saw("session closed protocol=com.example.a why=" + usb.Shutdown.Error())
		}
		b.native(conn).Close()
		stream := b.native(conn)
		require.NoError(t, session.Duplex(b.w, stream, 1000))
	})
}

// A native session counts as one: no launch is repeated while it is open.
func TestANativeSessionEndsTheLaunches(t *testing.T) {
	onCable(t, oneNative+"launch: {bundle: b, retry: 5s, times: 6}", func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.begin()
		b.next("RequestAppLaunch")
		b.native(conn)
		b.quiet(time.Minute)
	})
}

// CarLife over the native transport ends when the phone's end is no CarLife; the
// endpoints then do nothing any more, and the transport can be opened again.
func TestCarLifeThatIsNone(t *testing.T) {
	onCable(t, noLaunch, func(b *bench) {
		conn := b.start()
		b.iap(conn)
		b.begin()
		for range 2 {
			stream := b.native(conn)
			_, err := stream.Write(make([]byte, 64))
			require.NoError(t, err)
			b.w.Sleep(time.Second)
			require.Contains(t, b.states[len(b.states)-1], "session closed protocol=com.baidu.CarLifeVehicleProtocol why=session: CarLife closed: violation")
			for _, p := range b.w.Waits() {
				require.NotContains(t, p.Process, "CarLife", "closing wakes the readers of the gadget's endpoints")
			}
			stream.SetWriteDeadline(b.w.Now() + time.Second)
			_, err = stream.Write(make([]byte, 64))
			require.ErrorIs(t, err, usb.TimedOut)
			stream.Close()
			require.NoError(t, conn.SetInterface(1, 0))
		}
	})
}

// Closing a pair ends what waits on it, and leaves its next user alone.
func TestClosingAPair(t *testing.T) {
	onCable(t, echoes, func(b *bench) {
		conn := b.start()
		require.NoError(t, conn.SetConfiguration(1))
		b.w.Sleep(time.Second)
		g := newGadget(b.h)
		require.NoError(t, conn.ClaimInterface(0))
		b.cable.A().Detach()
		b.w.Sleep(time.Second)
		require.NoError(t, b.cable.A().Attach(g.core))
		conn = b.gadget()
		require.NoError(t, conn.SetConfiguration(1))

		first := g.open(&g.iap)
		var readErr, writeErr error
		b.w.Go("reader", func() { _, readErr = first.Read(make([]byte, 1)) })
		b.w.Go("writer", func() { _, writeErr = first.Write([]byte("nobody asks for it")) })
		b.w.Sleep(time.Second)
		require.NoError(t, readErr)
		require.NoError(t, first.Close())
		b.w.Sleep(time.Nanosecond)
		require.ErrorIs(t, readErr, io.ErrClosedPipe)
		require.ErrorIs(t, writeErr, io.ErrClosedPipe)
		_, err := first.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.ErrClosedPipe)

		second := g.open(&g.iap)
		require.NoError(t, first.Close())
		got := make([]byte, 5)
		b.w.Go("reader", func() { _, readErr = io.ReadFull(second, got) })
		require.NoError(t, conn.ClaimInterface(0))
		usb.NewStream(b.w, conn, 0x81, 0x01, usb.StreamOptions{}).Write([]byte("hello"))
		b.w.Sleep(time.Second)
		require.NoError(t, readErr)
		require.Equal(t, "hello", string(got))
	})
}

// A hundred plugs and unplugs, at every stage of a connection, leave no process
// behind.
func TestNothingIsLeftAfterUnplugging(t *testing.T) {
	yaml := fileTransfer + `
protocols: [{name: com.example.a, match: 1, native: true, behaviour: source, bytes: 100000000}, {name: com.example.b, match: 1, behaviour: echo}]
`
	m := model(t, yaml)
	m.Ident.Location = true
	m.Launch = Launch{Bundle: "com.example.app", Retry: time.Second, Times: 100}
	onCableWith(t, m, func(b *bench) {
		living := func() []sim.Wait {
			b.w.Sleep(time.Minute)
			return b.w.Waits()
		}
		before := living()
		for round := range 100 {
			b.cable.Plug()
			stage := func(n int) bool { return round%7 >= n }
			b.s = nil
			if stage(1) {
				b.plug(b.iPhone())
			}
			var conn usb.Conn
			if stage(2) {
				conn = b.gadget()
			}
			if stage(3) {
				b.iap(conn)
			}
			if stage(4) {
				b.authenticate()
			}
			if stage(5) {
				b.identify()
				b.send("StartLocationInformation", control.F("GGA", true))
				require.NoError(t, b.s.SendFile([]byte{200, 4, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2}))
			}
			if stage(6) {
				b.native(conn)
				b.s.OpenEA(1)
				b.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", 1), control.F("SessionID", 1))
			}
			b.w.Sleep(time.Duration(round%13) * 7 * ms)
			b.cable.Unplug()
			if b.s != nil {
				b.s.Close()
			}
			b.cable.B().Detach()
			b.w.Sleep(15 * time.Second)
		}
		after := living()
		require.Len(t, after, len(before), "%v", after)
		for i := range after {
			require.Equal(t, before[i].Process, after[i].Process)
			require.Equal(t, before[i].For, after[i].For)
		}
	})
}

// The link of a model damages what it says it damages.
func TestCorruptedPackets(t *testing.T) {
	m := model(t, "link: {corrupt-every: 3, retransmit: 500ms}")
	playOn(t, m, link.Config{}, nil, func(x *script) {
		x.begin()
		x.next("RequestAppLaunch")
		require.Positive(t, x.s.Link().Counters().BadFrames)
	})
}
